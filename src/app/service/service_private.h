#pragma once

/* What the files of the service share: its state, and what they do for each other. */

#include "app/common/clock.h"
#include "app/service/checkpoint.h"
#include "app/service/topology.h"
#include "core/base/nanoseconds.h"
#include "io/os/dirwatch.h"
#include "io/os/sd_notify.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum { SIGNALS = 4 };

struct service {
    const char *config_file;
    const struct config_kinds *kinds;
    struct clock clock; /* of lines: the wall clock */
    uint64_t epoch_ns;  /* wall minus steady clock at the start: the time that does not step */
    uint64_t now_ns;    /* epoch_ns + steady clock, when this step started: for durations */
    struct topology *topology;
    struct topology *next; /* of a reload that waits; NULL: none */
    struct store *store;
    struct source_owner owner;

    uv_loop_t loop;
    uv_timer_t timer;
    uv_idle_t idle;
    uv_poll_t ready; /* on owner.ready_fd */
    uv_signal_t signals[SIGNALS];
    struct dirwatch *dirwatch;
    struct sd_notify notify;
    size_t open_handles;
    bool watching_failed, said_overflow;

    bool is_called;         /* by a file or an input, since the last step */
    uint64_t slept_ns;      /* when the last step left nothing to do at once */
    size_t first_source;    /* whose turn is first in this step */
    uint64_t checkpoint_ns; /* when one is due; UINT64_MAX: nothing to write down */
    uint64_t counters_ns, renew_ns, backup_ns;
    uint64_t forget_ns;       /* when a checkpoint is to forget what is too old */
    unsigned commit_failures; /* in a row; not 0: nothing is read */
    struct checkpoint checkpoint;
    uv_work_t writing;
    bool is_writing; /* another thread has the store, for a checkpoint or a backup */
    bool said_slow_disk;
    uint64_t writing_ns; /* since when */
    int backup_result;
    bool wants_reload, wants_checkpoint, stopping, stopped;
    bool said_last;   /* the last counters record is written */
    uint64_t stop_ns; /* when a stop gives up */
    int status;
};

/* service.c: ending, waking */

/** Closes all handles; the loop ends when they are closed. The first status given counts. */
void service_end(struct service *s, int status);
/** Ends the service after a failure that must not happen, such as lack of memory. The last commit
 * is intact, and the next start goes on from there. */
void service_die(struct service *s, const char *component, int error);
/** Lets the loop come back to its work at once. */
void service_wake(struct service *s);

/* service_checkpoint.c: time, checkpoints, sinks */

/** Reads the clocks. */
void service_tick(struct service *s);
/** The time that comes ns after the start of this step. */
uint64_t service_after(const struct service *s, uint64_t ns);
/** Has a checkpoint made within that time. */
void service_due_by(struct service *s, uint64_t wait_ns);
/** Makes one now. Returns 0; CHECKPOINT_LATER: some group is not in it; or a negative errno, which
 * is said. */
int service_checkpoint(struct service *s);
/** The same, where only one group matters. */
int service_checkpoint_group(struct service *s, size_t group);
/** Begins one, and lets another thread wait for the disk; the loop is woken at its end. */
void service_begin_checkpoint(struct service *s);
/** Says, once, that the disk takes long. */
void service_report_slow_disk(struct service *s);
/** Copies the state, in another thread. */
void service_begin_backup(struct service *s);
/** Whether files may be read: not while commits fail, nor when too much is read that is in none. */
bool service_may_read(const struct service *s);
/** After what was read in this step: one now, soon, or not at all? */
void service_plan_checkpoint(struct service *s);
/** Looks what there is to read. Returns 0 or a negative errno. */
int service_scan(struct service *s);
void service_retry_sinks(struct service *s);
/** Makes a checkpoint where somebody cut a sink, and opens one again that was deleted. */
void service_check_sinks(struct service *s);
/** Opens sinks again that were rotated away. */
void service_reopen_sinks(struct service *s);
/** Writes a record of the counters, for counters.file. */
void service_write_counters(struct service *s);

/* service_schedule.c: whose turn it is */

/** One round of turns, each time started by another source. Returns whether there is more to read
 * at once. */
bool service_take_turns(struct service *s);
/** When the next turn is due though nothing wakes us; UINT64_MAX: none is. */
uint64_t service_turns_due_ns(const struct service *s);
/** Lets those inputs wake the loop that it would read now. */
void service_listen(struct service *s);

/* service_reload.c */

/** Makes a second topology aside and swaps, or keeps the first and says why. */
void service_reload(struct service *s);
