#pragma once

/* What the files of the service share: its state, and what they do for each other. */

#include "app/common/clock.h"
#include "app/service/checkpoint.h"
#include "app/service/topology.h"
#include "core/base/nanoseconds.h"
#include "io/os/dirwatch.h"
#include "io/os/sd_notify.h"
#include "io/tail/half_line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum { SIGNALS = 4 };

struct service {
    const char *config_file;
    const struct config_kinds *kinds;
    struct clock clock; /* the wall clock, for lines and for the state */
    uint64_t epoch_ns;  /* wall clock minus steady clock, at the start */
    uint64_t now_ns;    /* epoch_ns + steady clock, when this step started: it never steps */
    struct topology *topology;
    struct topology *next; /* of a reload that is not done yet; NULL: there is none */
    struct store *store;
    struct own_files own;
    struct source_owner owner;
    struct half_lines half_lines; /* owner.half_lines */

    uv_loop_t loop;
    uv_timer_t timer;
    uv_idle_t idle;
    uv_poll_t ready; /* on owner.ready_fd */
    uv_signal_t signals[SIGNALS];
    struct dirwatch *dirwatch;
    struct sd_notify notify;
    size_t open_handles;
    bool watching_failed, said_overflow;

    bool is_called;         /* a file or an input has woken the loop since the last step */
    uint64_t slept_ns;      /* when the loop went to sleep last */
    size_t first_source;    /* index of the source that has the first turn of this step */
    uint64_t checkpoint_ns; /* when a checkpoint is due; UINT64_MAX: there is nothing to commit */
    uint64_t counters_ns, renew_ns, backup_ns; /* when they are due */
    uint64_t forget_ns;       /* when a checkpoint is to drop positions that are too old */
    unsigned commit_failures; /* how many failed in a row; while it is not 0, nothing is read */
    struct checkpoint checkpoint;
    uv_work_t writing;
    bool is_writing; /* another thread has the store, for a checkpoint or a backup */
    bool said_slow_disk;
    uint64_t writing_ns; /* since when is_writing is set */
    int backup_result;
    bool wants_reload, wants_checkpoint, stopping, stopped;
    bool said_last;   /* the last record of the counters is written */
    uint64_t stop_ns; /* when a stop gives up */
    int status;
};

/* service.c: ending, waking */

/** Ends the service after a failure that must not happen, such as lack of memory. The last commit
 * is intact, and the next start goes on from there. */
void service_die(struct service *s, const char *component, int error);
/** Lets the loop come back to its work at once. */
void service_wake(struct service *s);
/** Has the watchdog pinged between lines of the topology that take long. */
void service_watch_lines(struct service *s);

/* service_checkpoint.c: time, checkpoints, sinks */

/** Reads the clocks. */
void service_tick(struct service *s);
/** The time that comes ns after the start of this step. */
uint64_t service_after(const struct service *s, uint64_t ns);
/** Makes a checkpoint now. Returns 0; CHECKPOINT_LATER: some groups are not in it; or a negative
 * errno, after it has logged it. */
int service_checkpoint(struct service *s);
/** The same, but returns 0 also when only other groups are not in it. */
int service_checkpoint_group(struct service *s, size_t group);
/** Starts a checkpoint, and lets the second thread wait for the disk; its end wakes the loop. */
void service_begin_checkpoint(struct service *s);
/** Says, once, that the disk takes long. */
void service_report_slow_disk(struct service *s);
/** Copies the state, in the second thread. */
void service_begin_backup(struct service *s);
/** Whether sources may be read: not while commits fail, nor when the disk is slow and much was read
 * since the last checkpoint. */
bool service_may_read(const struct service *s);
/** Decides after the turns of a step when the next checkpoint is due. */
void service_plan_checkpoint(struct service *s);
/** Lets each source look for its input. Returns 0 or a negative errno. */
int service_scan(struct service *s);
/** Has a checkpoint made when sources skip other paths than the state says. */
void service_look_at_skipped(struct service *s);
/** Tries again the sinks for which bytes wait and whose time has come. */
void service_retry_sinks(struct service *s);
/** Makes a checkpoint when another process has cut a sink, and opens a deleted sink again. */
void service_check_sinks(struct service *s);
/** Opens sinks again that were rotated away. */
void service_reopen_sinks(struct service *s);
/** Writes a record of the counters to counters.file. */
void service_write_counters(struct service *s);

/* service_schedule.c: whose turn it is */

/** Gives each source a turn; each round starts with another source. Returns whether there is more
 * to read at once. */
bool service_take_turns(struct service *s);
/** When the next turn is due though nothing wakes the loop; UINT64_MAX: no turn is. */
uint64_t service_turns_due_ns(const struct service *s);
/** Lets an input wake the loop only when its source may have a turn now. */
void service_listen(struct service *s);

/* service_reload.c */

/** Makes a second topology and puts it in place of the first; or keeps the first and logs why.
 * While something has to wait, the wish stays and the next step tries again. */
void service_reload(struct service *s);
