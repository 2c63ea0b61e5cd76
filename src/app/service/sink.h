#pragma once

/* One sink of the service: where annotated lines go, in which form, and what to do when it fails.
 */

#include "app/config/config.h"
#include "io/output/sink_file.h"

#include <gloss/annotate.h>
#include <gloss/catalog.h>
#include <stdbool.h>
#include <stdint.h>

struct sink {
    struct sink_file *file;
    struct gloss_notes *notes; /* NULL: the journal; or of records of the counters */
    bool is_journal;
    bool dirty;        /* written to since the last checkpoint began */
    bool unsure;       /* what was written since may not be on the disk, ever */
    bool cut;          /* by somebody, or deleted: a checkpoint comes before more lines */
    bool failing;      /* it was said */
    unsigned failures; /* in a row */
    uint64_t slow_ns;  /* since when it takes nothing; 0: it does */
    uint64_t retry_ns; /* when what waits is tried again */
    struct sink_position committed; /* what the state says of it; ino 0: nothing */
    struct {
        struct sink_position position;
        bool dirty, cut, has_pending;
    } prepared;               /* as it was when the checkpoint under way began */
    bool has_pending;         /* what waited is in the state */
    struct gloss_buf pending; /* what waits while no file is open */
};

/** @config  NULL: of the counters, then @path is their file.
 * Returns 0, or a negative errno. The file is not opened. */
int sink_new(struct sink **ret_sink, const struct config_sink *config, const char *path,
             const struct gloss_catalogs *set);
struct sink *sink_free(struct sink *d);

/** For struct pipeline_output: hands spans to the outlet; what does not go through waits there. */
int sink_write(void *ctx, const struct gloss_spans *spans);
/** One entry of the journal for each code of the line. Returns 0 or -ENOMEM. */
int sink_enter(struct sink *d, const char *source, const struct gloss_line *line);
/** Whether it cannot take more now: something waits, or its file could not be opened again. */
bool sink_is_blocked(const struct sink *d);
/** Opens its file, and owes it what the state says. Returns 0 or a negative errno. */
int sink_open(struct sink *d);
/** Opens the file that the path names now; what waits is owed to that. Returns 0; or a negative
 * errno: then none is open, and it may be tried again. */
int sink_reopen(struct sink *d);
/** What waits. Good until the drain is touched. */
struct gloss_span sink_pending(const struct sink *d);
/** A checkpoint begins: fills `told`; what is written from now on makes it dirty anew. */
void sink_prepare(struct sink *d);
/** The checkpoint has ended. */
void sink_settle(struct sink *d, bool committed);
/** Looks whether somebody cut its file, or deleted it. */
void sink_look(struct sink *d);
/** Tries what waits when its time has come; says when it fails and when it heals. */
void sink_retry(struct sink *d, uint64_t now_ns);
/** When sink_retry() is due; UINT64_MAX: never. */
uint64_t sink_due_ns(const struct sink *d);
