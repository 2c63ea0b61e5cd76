#pragma once

/* One configured sink: a place where annotated lines go. The part that all sinks share is here: a
 * failure is reported once, and the sink is tried again at longer and longer intervals; a
 * checkpoint commits it in two phases, prepare and settle. The part that differs from kind to kind
 * is a table of operations.
 *
 * A new kind of sink is one file with such a table, and one row in kinds.c. */

#include "app/config/config.h"
#include "app/config/config_kind.h"
#include "io/files/position.h"
#include "io/output/sink_file.h"

#include <gloss/annotate.h>
#include <gloss/catalog.h>
#include <gloss/scanner.h>
#include <gloss/spans.h>
#include <stdbool.h>
#include <stdint.h>

struct sink;

/** Some bytes could not be written and wait: write nothing more until a retry returns 0. */
#define SINK_BLOCKED 1
/** The sink does not hold the bytes that were committed: another program cut it or rewrote it. */
#define SINK_CHANGED 1

/** The operations of a kind of sink. An operation may be NULL only where its comment says so. */
struct sink_ops {
    /** Makes a sink, not yet open, from its settings. Of struct sink it sets only the name.
     * Returns 0 or a negative errno. */
    int (*make)(struct sink **ret_sink, const struct config_sink *config);
    void (*free)(struct sink *s);

    /** Opens the output that the configuration names, or creates it. Returns 0 or a negative errno.
     */
    int (*open)(struct sink *s);
    bool (*is_open)(const struct sink *s);
    /** The file that it writes; false: none is open. NULL: it writes no files. */
    bool (*identity)(const struct sink *s, struct sink_file_identity *ret_identity);
    /** Hands all spans to the kernel, or keeps a copy of the rest, behind the bytes that wait.
     * Returns 0; SINK_BLOCKED: some bytes wait; -ENOMEM: not even a copy could be kept. */
    int (*write)(struct sink *s, const struct gloss_spans *spans);
    /** Writes one line with its findings, for kinds that take findings instead of text. Returns as
     * write. NULL: the kind takes annotated text. */
    int (*line)(struct sink *s, const char *source, const struct gloss_line *line);
    /** Whether some bytes wait. */
    bool (*is_blocked)(const struct sink *s);
    /** Writes the bytes that wait. Returns 0 when none is left, else SINK_BLOCKED. */
    int (*retry)(struct sink *s);
    /** The negative errno of the last failure; -EAGAIN: the reader is slow; 0: there
     * was none since the last success. */
    int (*failure)(const struct sink *s);
    /** What a person can do about that failure: "; free some room". NULL, or returns NULL: the
     * advice that holds for every sink is enough. */
    const char *(*mend)(int error);

    /** The bytes that wait, for the state. Borrowed until the next call of any operation. */
    struct gloss_span (*pending)(const struct sink *s);
    /** Takes the bytes that the state has as pending; they are written first. Returns 0 or a
     * negative errno. */
    int (*restore_pending)(struct sink *s, struct gloss_span bytes);
    /** The position behind the last written byte, for the state. NULL, or returns false: the sink
     * has no position. */
    bool (*position)(struct sink *s, struct sink_position *ret_position);
    /** Removes the bytes that were written behind that position. Returns 0; SINK_CHANGED: the sink
     * is left as it is; or a negative errno. NULL: written bytes cannot be removed, so a crash may
     * double lines. */
    int (*cut_back)(struct sink *s, const struct sink_position *position);
    /** Brings all written bytes to the disk. Called in another thread. Returns 0 or a negative
     * errno. NULL: the kind has no disk to sync. */
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
    struct config_kind config; /* what the configuration knows of the kind */
    const struct sink_ops *ops;
};

struct sink {
    const struct sink_kind *kind;
    const char *name;          /* in the state and in messages; owned by the kind */
    struct gloss_notes *notes; /* NULL: it takes findings, or is counters.file */
    size_t group;              /* index of its group in the topology */

    bool opened;       /* opened since its last checkpoint: the state does not know the file yet */
    bool dirty;        /* written to since its last checkpoint started */
    bool unsure;       /* a sync failed: what was written since the last checkpoint may be lost */
    bool cut;          /* cut or deleted by another process: a checkpoint comes before more lines */
    bool failing;      /* a message said so */
    int error;         /* the negative errno of the last failure; 0: none since it was up */
    unsigned failures; /* how many tries failed in a row */
    uint64_t since_ns; /* when it last changed between up and failing; 0: at the start */
    uint64_t slow_ns;  /* since when its reader takes nothing; 0: the reader takes bytes */
    uint64_t retry_ns; /* when the bytes that wait are tried again */

    struct sink_position committed; /* its position in the state; ino 0: the state has none */
    bool has_pending;               /* the state has pending bytes of it */
    struct gloss_buf pending;       /* bytes that wait while it is not open */
    struct {
        struct sink_position position;
        bool dirty, cut, has_pending;
    } prepared; /* as it was when the checkpoint under way started */
};

/** Makes the sink that the configuration describes, not yet open.
 * @set  for its notes; NULL: it is counters.file. Returns 0 or a negative errno. */
int sink_new(struct sink **ret_sink, const struct config_sink *config,
             const struct gloss_catalogs *set);
struct sink *sink_free(struct sink *s);

/** Whether it takes findings (sink_line()) rather than annotated text (sink_write()). */
bool sink_takes_findings(const struct sink *s);
/** Writes annotated text; bytes that cannot be written wait. @ctx  the sink: the function is the
 * `write` of a struct pipeline_output. Returns 0 or -ENOMEM. */
int sink_write(void *ctx, const struct gloss_spans *spans);
/** The same for the findings of one line. */
int sink_line(struct sink *s, const char *source, const struct gloss_line *line);

/** Whether it cannot take more now: bytes wait, or it could not be opened again. */
bool sink_is_blocked(const struct sink *s);
/** As the operation, from the sink of the same name in a former configuration; a failure goes on,
 * so that it is not reported again. */
void sink_inherit(struct sink *s, struct sink *former, uint64_t now_ns);
/** Whether the state knows its position, so that a start can cut it back. Nothing may be written to
 * a sink before that: one that was opened since its last checkpoint is not known. */
bool sink_is_known(const struct sink *s);
/** Whether a checkpoint of its group may be made. */
bool sink_may_commit(const struct sink *s);
/** Removes the bytes that were written since the last checkpoint. Returns as the operation. */
int sink_cut_back(struct sink *s);
/** Opens it, and gives it the bytes that the state has as pending. Returns 0 or a negative errno.
 */
int sink_open(struct sink *s);
/** Opens the file that its path names now; the bytes that wait go there. Returns 0; or a negative
 * errno, after it has been reported: then it is not open, and the call may be repeated. */
int sink_reopen(struct sink *s, uint64_t now_ns);
bool sink_is_open(const struct sink *s);
bool sink_was_moved(const struct sink *s);
/** As the operation. */
bool sink_identity(const struct sink *s, struct sink_file_identity *ret_identity);
/** The bytes that wait. Valid until the sink is written to, opened or retried. */
struct gloss_span sink_pending(const struct sink *s);

/** A checkpoint starts: fills in `prepared`. Bytes that are written from now on belong to the next
 * checkpoint. */
void sink_prepare(struct sink *s);
/** Brings the prepared bytes to the disk. It touches nothing but the kind's own descriptor, so
 * another thread may call it. Returns 0 or a negative errno. */
int sink_sync(struct sink *s);
/** The checkpoint was committed, or failed. */
void sink_settle(struct sink *s, bool committed);

/** Looks whether another process has cut or deleted it, and sets `cut`. */
void sink_look(struct sink *s);
/** Writes the bytes that wait when their time has come; logs when the sink starts to fail, and when
 * it can be written again. Nothing is written before the state knows its position, because after a
 * crash the same bytes would be written once more. */
void sink_retry(struct sink *s, uint64_t now_ns);
/** When sink_retry() is due; UINT64_MAX: never. */
uint64_t sink_due_ns(const struct sink *s);

/** What a person can do about that error of the sink: "; free some room", or "". */
const char *sink_mend(const struct sink *s, int error);

/** Whether bytes wait only because its reader is slow. */
bool sink_has_slow_reader(const struct sink *s);

/** How it is, for the status sentence. Texts are borrowed until the sink is touched. */
struct sink_status {
    const char *name, *kind;
    bool up;
    uint64_t since_ns; /* when `up` changed last, by the steady clock; 0: at the start */
    uint64_t pending_bytes;
    const char *error; /* why it is not up; NULL: it is up */
};
void sink_describe(const struct sink *s, struct sink_status *ret_status);
