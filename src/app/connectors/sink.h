#pragma once

/* One configured sink: where annotated lines go. What every sink has stands here: a failure is said
 * once and tried again at longer and longer intervals, and what a checkpoint says of the sink comes
 * in two phases. What differs from kind to kind is a table of operations.
 *
 * A new kind of sink is one file with such a table, and one row in kinds.c. */

#include "app/config/config.h"
#include "app/config/config_kind.h"
#include "io/files/position.h"

#include <gloss/annotate.h>
#include <gloss/catalog.h>
#include <gloss/scanner.h>
#include <gloss/spans.h>
#include <stdbool.h>
#include <stdint.h>

struct sink;

/** Something could not be written and waits: give nothing more until a retry returns 0. */
#define SINK_BLOCKED 1
/** What is committed of the sink does not stand there: somebody cut it or wrote it anew. */
#define SINK_CHANGED 1

/** What a kind of sink can do. Those that may be NULL say so; all others must be there. */
struct sink_ops {
    /** Makes one, not yet open, from its settings. Fills in nothing but what is its own.
     * Returns 0 or a negative errno. */
    int (*make)(struct sink **ret_sink, const struct config_sink *config);
    void (*free)(struct sink *s);

    /** Opens what the configuration names, or makes it. Returns 0 or a negative errno. */
    int (*open)(struct sink *s);
    bool (*is_open)(const struct sink *s);
    /** Hands all of it to the kernel, or keeps a copy of the rest, behind what waits already.
     * Returns 0; SINK_BLOCKED; -ENOMEM: not even a copy could be kept. */
    int (*write)(struct sink *s, const struct gloss_spans *spans);
    /** For kinds that take findings instead of text: one line with its findings.
     * Returns as write. NULL: it takes annotated text. */
    int (*line)(struct sink *s, const char *source, const struct gloss_line *line);
    bool (*is_blocked)(const struct sink *s);
    /** Tries again what waits. Returns 0 when nothing does any more, else SINK_BLOCKED. */
    int (*retry)(struct sink *s);
    /** The negative errno of the last failure; -EAGAIN: its reader is slow; 0: none. */
    int (*failure)(const struct sink *s);
    /** What a person can do about that failure: "; free some room". NULL, or returns NULL: nothing
     * more than is true of every sink. */
    const char *(*mend)(int error);

    /** What waits, for the state. Borrowed until the sink is touched. */
    struct gloss_span (*pending)(const struct sink *s);
    /** What the state had of it, to be written first. Returns 0 or a negative errno. */
    int (*restore_pending)(struct sink *s, struct gloss_span bytes);
    /** Where it stands, for the state. NULL, or false: it has no position. */
    bool (*position)(struct sink *s, struct sink_position *ret_position);
    /** Takes back what was written behind that position. Returns 0; SINK_CHANGED: it is left as it
     * is; or a negative errno. NULL: nothing can be taken back, so a death may double lines. */
    int (*cut_back)(struct sink *s, const struct sink_position *position);
    /** Brings what was written to the disk. Called in another thread. Returns 0 or a negative
     * errno. NULL: nothing can be done. */
    int (*sync)(struct sink *s);
    /** Whether the file is shorter than it was left, or deleted. NULL: nobody can do that. */
    bool (*was_cut)(const struct sink *s);
    /** Whether its path names another file than the open one. NULL: never. */
    bool (*was_moved)(const struct sink *s);
    /** Whether a checkpoint of its group may be made now. NULL: always. */
    bool (*may_commit)(const struct sink *s);
    /** Takes over, from the same sink of a former configuration, what the state does not hold.
     * NULL: the state holds everything. */
    void (*inherit)(struct sink *s, struct sink *former);

    /** A reader that takes nothing for so long counts as a failure. 0: it may take its time. */
    uint64_t hanging_ns;
};

struct sink_kind {
    struct config_kind config; /* how the configuration describes it */
    const struct sink_ops *ops;
};

struct sink {
    const struct sink_kind *kind;
    const char *name;          /* in the state and in messages; owned by the kind */
    struct gloss_notes *notes; /* NULL: it takes findings, or is counters.file */
    size_t group;              /* those connected by lines share its number */

    bool opened;       /* since the last checkpoint of it: the state does not know it yet */
    bool dirty;        /* written to since the last checkpoint of it began */
    bool unsure;       /* a sync failed: what was written since the last checkpoint may be lost */
    bool cut;          /* by another process, or deleted: a checkpoint comes before more lines */
    bool failing;      /* a message said so */
    unsigned failures; /* in a row */
    uint64_t since_ns; /* when it last changed between up and failing; 0: at the start */
    uint64_t slow_ns;  /* since when it takes nothing; 0: it does */
    uint64_t retry_ns; /* when what waits is tried again */

    struct sink_position committed; /* what the state says of it; ino 0: nothing */
    bool has_pending;               /* what waited is in the state */
    struct gloss_buf pending;       /* what waits while it is not open */
    struct {
        struct sink_position position;
        bool dirty, cut, has_pending;
    } prepared; /* as it was when the checkpoint under way began */
};

/** Makes the sink that the configuration describes, not yet open.
 * @set  for its notes; NULL: it is counters.file. Returns 0 or a negative errno. */
int sink_new(struct sink **ret_sink, const struct config_sink *config,
             const struct gloss_catalogs *set);
struct sink *sink_free(struct sink *s);

/** Whether it takes findings (sink_line()) rather than annotated text (sink_write()). */
bool sink_takes_findings(const struct sink *s);
/** For struct pipeline_output: what does not go through waits. Returns 0 or -ENOMEM. */
int sink_write(void *ctx, const struct gloss_spans *spans);
int sink_line(struct sink *s, const char *source, const struct gloss_line *line);

/** Whether it cannot take more now: something waits, or it could not be opened again. */
bool sink_is_blocked(const struct sink *s);
/** As the operation, from the sink of the same name in a former configuration. */
void sink_inherit(struct sink *s, struct sink *former);
/** Whether the state knows from where on it is written to, so that a start can cut it back: nothing
 * may be written to one that was opened since the last checkpoint. */
bool sink_is_known(const struct sink *s);
/** Whether a checkpoint of its group may be made. */
bool sink_may_commit(const struct sink *s);
/** Takes back what was written behind the last checkpoint. Returns as the operation. */
int sink_cut_back(struct sink *s);
/** Opens it, and gives it what the state says is pending. Returns 0 or a negative errno. */
int sink_open(struct sink *s);
/** Opens what its name leads to now; what waits goes there. Returns 0; or a negative errno: then
 * it is not open, and may be tried again. */
int sink_reopen(struct sink *s);
bool sink_is_open(const struct sink *s);
bool sink_was_moved(const struct sink *s);
/** What waits. Good until the sink is touched. */
struct gloss_span sink_pending(const struct sink *s);

/** A checkpoint starts: fills `prepared`; what is written from now on makes it dirty anew. */
void sink_prepare(struct sink *s);
/** Brings what was prepared to the disk. Touches nothing but the kind's own descriptor: another
 * thread may call it. Returns 0 or a negative errno. */
int sink_sync(struct sink *s);
/** The checkpoint was committed, or failed. */
void sink_settle(struct sink *s, bool committed);

/** Looks whether somebody cut it, or deleted it. */
void sink_look(struct sink *s);
/** Tries what waits when its time has come; says when it fails and when it heals. */
void sink_retry(struct sink *s, uint64_t now_ns);
/** When sink_retry() is due; UINT64_MAX: never. */
uint64_t sink_due_ns(const struct sink *s);

/** What a person can do about that error of the sink: "; free some room", or "". */
const char *sink_mend(const struct sink *s, int error);

/** Whether what waits does so only because its reader takes its time. */
bool sink_has_slow_reader(const struct sink *s);

/** How it is, for the status sentence. Texts are borrowed until the sink is touched. */
struct sink_status {
    const char *name, *kind;
    bool up;
    uint64_t since_ns; /* when that changed last, by the steady clock; 0: at the start */
    uint64_t pending_bytes;
    const char *error; /* why it is not up, or NULL */
};
void sink_describe(const struct sink *s, struct sink_status *ret_status);
