#pragma once

/* The state and its checkpoints. One transaction holds, together, how far each source is read, how
 * long each sink is, and what each counter holds. It uses a rollback journal and no write-ahead
 * log, so that a reader needs no right to write beside the file, whether the service runs or not.
 * Beside PATH stand PATH-journal, PATH.lock and PATH.backup; all have mode 0640 whatever the umask
 * is.
 *
 * Paths and names are bytes without NUL; numbers may use all 64 bits. */

#include "io/files/position.h"

#include <gloss/catalog.h>
#include <gloss/counters.h>
#include <gloss/diag.h>
#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** One followed file. source, position.path and position.serial together are unique. */
struct store_file {
    const char *source; /* the source's name in the configuration */
    struct file_position position;
};

/** How far a source has read an input that is no file, such as the journal. source and key
 * together are unique. */
struct store_cursor {
    const char *source;
    const char *key;    /* which of the inputs of the source; "" for a source that has one */
    const char *cursor; /* names the position, in the words of that kind of source */
    uint64_t time_ns;   /* of the entry that was read last */
    uint64_t offset;    /* bytes of text that it has given so far */
    uint64_t lines;     /* lines that it has given so far */
};

/** One sink. */
struct store_sink {
    const char *path; /* unique */
    struct sink_position position;
    struct gloss_span pending; /* bytes that are to be written behind that position */
};

/** A file that a sink writes, or has written: it may have been rotated away, and its inode may be
 * another file's by now. path and serial together are unique. */
struct store_output {
    const char *path; /* of the sink */
    uint64_t serial;  /* of the files of that sink: from 1, growing from the oldest on */
    uint64_t dev, ino;
    struct gloss_span head; /* its first bytes, up to FINGERPRINT_BYTES of them */
};

/** A path that a source does not read, and why. source and path together are unique. */
struct store_skipped {
    const char *source, *path, *reason;
};

struct store;

struct link_target;
/** Whether a file is the state, or one that the state keeps beside it. */
bool store_has_file(const struct store *s, const struct link_target *target);

struct store_options {
    const char *path; /* of the database; its folder exists */
    uint64_t now_ns;  /* since 1970: for the name of a state that is set aside, and for its start */
    bool read_only;   /* for summary and explain: nothing is created, locked for long, or changed */
};

#define STORE_E_HELD 1   /* another process has it open for writing */
#define STORE_E_NEWER 2  /* its schema is of a newer version */
#define STORE_E_ABSENT 3 /* read_only, and there is none */

/** Opens or creates a state. A damaged state is set aside under a new name (PATH.damaged-TIME) and
 * the last good copy (PATH.backup) takes over, as it does where the state is missing; with no copy
 * it begins anew. store_origin() says what happened.
 *
 * Read-only, nothing is set aside. When a writer died in the middle of a commit, the state is read
 * from a private copy in $TMPDIR or /tmp, which is gone when this returns.
 *
 * @diags  receives, when the result is not 0, one error that says what is wrong and what to do;
 * when it is 0, a warning if the state was set aside or restored.
 *
 * Returns 0; STORE_E_HELD, STORE_E_NEWER, STORE_E_ABSENT; a negative errno: -EUCLEAN it is damaged
 * (read_only), -EINVAL it is another program's database. */
int store_open(struct store **ret_store, const struct store_options *options,
               struct gloss_diags *diags);
struct store *store_free(struct store *s);
static inline void store_freep(struct store **s)
{
    *s = store_free(*s);
}

enum store_origin {
    STORE_FRESH,    /* there was none: a first start */
    STORE_RESUMED,  /* as it was left */
    STORE_RESTORED, /* damaged or missing; the backup took over */
    STORE_LOST,     /* damaged, and no backup: like a first start, but sinks must not be cut */
};
enum store_origin store_origin(const struct store *s);
/** When the state was created, and when it was last committed, in nanoseconds since 1970. Both are
 * as the last store_open(), store_load_counters() or store_commit() found them. */
uint64_t store_since_ns(const struct store *s);
uint64_t store_committed_ns(const struct store *s);

/** Calls fn with each file, cursor, sink, output or skipped path that the state has, in the order
 * of their names and serials. Strings live until fn returns; fn must not start the same walk again.
 * A non-zero result of fn ends the walk and is returned; else 0 or a negative errno. */
int store_each_file(struct store *s, int (*fn)(void *ctx, const struct store_file *file),
                    void *ctx);
int store_each_cursor(struct store *s, int (*fn)(void *ctx, const struct store_cursor *cursor),
                      void *ctx);
int store_each_sink(struct store *s, int (*fn)(void *ctx, const struct store_sink *sink),
                    void *ctx);
int store_each_output(struct store *s, int (*fn)(void *ctx, const struct store_output *output),
                      void *ctx);
int store_each_skipped(struct store *s, int (*fn)(void *ctx, const struct store_skipped *skipped),
                       void *ctx);
/** Adds all counts of the state to counters, in one consistent read. Codes are found by catalog and
 * code. Counts of codes that no catalog has any more, and unknown codes of such catalogs, stay in
 * the state and are not loaded; the source's own sums still have them.
 *
 * @counters  have counted nothing yet; from now on they are those that store_put_counters() takes.
 *
 * Returns 0, or a negative errno: -EBUSY within a checkpoint. After an error the counters may hold
 * a part and are of no use. */
int store_load_counters(struct store *s, struct gloss_counters *counters);

/** The times that a history answers for. */
struct store_span {
    uint64_t from_ns;  /* the earliest time that is counted: the time asked for, or up to an hour
                          before it, when it lies within a period */
    uint64_t whole_ns; /* from that time on nothing is missing */
};

/** Adds what was counted since a time, by the minute for the last day and by the hour for 30 days,
 * to counters that have counted nothing yet and are not for store_put_counters(). All sources are
 * added, also those without a hit; of codes and unknown codes those that store_load_counters()
 * would load. Returns as store_load_counters(). */
int store_load_since(struct store *s, struct gloss_counters *counters, uint64_t since_ns,
                     struct store_span *ret_span);
/** The most rows that a history has. Beyond that, minutes become hours earlier than after a day,
 * and the oldest rows go. */
#define STORE_HISTORY_ROWS 200000

/** Counts the hits that store_load_counters() leaves out: those of codes that no catalog of the set
 * has. Returns 0 or a negative errno. */
int store_orphans(struct store *s, const struct gloss_catalogs *set, uint64_t *ret_hits);

/** Selects the sources that a checkpoint writes: fn says whether a source is one of them. The
 * others wait for a later checkpoint. */
struct store_selection {
    bool (*fn)(void *ctx, const char *source);
    void *ctx;
};

/** One checkpoint: store_begin(), then what changed, then store_commit(). Nothing is visible before
 * store_commit() returned 0. Any failure rolls all of it back (then store_rollback() need not be
 * called), and each call up to the next store_begin() fails with -ECANCELED. A checkpoint into
 * which nothing was put writes nothing. Each function returns 0 or a negative errno: -EBUSY: a
 * reader held the state for a second; -ENOSPC: the disk is full; of store_begin() also -EROFS: the
 * state was opened read-only; -EALREADY: a checkpoint is under way. */
int store_begin(struct store *s);
int store_put_file(struct store *s, const struct store_file *file);
int store_drop_file(struct store *s, const char *source, const char *path, uint64_t serial);
/** Makes the files of a path those of another source. Returns 1; 0: there are none, or that one
 * has some of that path already; or a negative errno. */
int store_move_files(struct store *s, const char *source, const char *path, const char *to);
int store_put_cursor(struct store *s, const struct store_cursor *cursor);
/** Drops all cursors of a source. */
int store_drop_cursors(struct store *s, const char *source);
int store_put_sink(struct store *s, const struct store_sink *sink);
int store_drop_sink(struct store *s, const char *path);
int store_put_output(struct store *s, const struct store_output *output);
int store_drop_output(struct store *s, const char *path, uint64_t serial);
int store_put_skipped(struct store *s, const struct store_skipped *skipped);
/** Drops all skipped paths of a source. */
int store_drop_skipped(struct store *s, const char *source);
/** Forgets, within a checkpoint, the names that have not been used since a time before
 * older_than_ns: of a source how far it was read; of a sink its position, unless something is
 * pending for it; of a group its number. A name that is found unused for the first time is noted in
 * the state together with now_ns; one that is used again loses that note.
 *
 * @is_used  whether the configuration has that name.
 * @now_ns  as of store_commit(), not 0. */
enum store_kind { STORE_SOURCES, STORE_SINKS, STORE_GROUPS };
int store_forget_unused(struct store *s, enum store_kind kind,
                        bool (*is_used)(void *ctx, const char *name), void *ctx, uint64_t now_ns,
                        uint64_t older_than_ns);
/** Writes the counts that changed since they were put last (those of dirty sources) and clears the
 * dirty flags; when the checkpoint fails, they are set again. Counting may go on at once: what is
 * counted between this call and the commit belongs to the next checkpoint. To be called once in a
 * checkpoint.
 *
 * @counters   those of the last store_load_counters().
 * @selection  of the sources whose counts are written; NULL: all. */
int store_put_counters(struct store *s, struct gloss_counters *counters,
                       const struct store_selection *selection);
/** Notes one more checkpoint of a group, at that time. The number of a group's checkpoint grows; a
 * group that is new gets a number greater than those of all others. */
int store_put_group(struct store *s, const char *name, uint64_t now_ns);
/** Commits: store_flush(), then store_settle(). */
int store_commit(struct store *s, uint64_t now_ns);
void store_rollback(struct store *s);

/** The first of a commit's two steps: waits for the disk. It touches the database alone, so another
 * thread may take it, as long as nobody else touches the store meanwhile. Returns as
 * store_commit(). */
int store_flush(struct store *s, uint64_t now_ns);
/** The second step. @r  the result of store_flush(); it is returned. */
int store_settle(struct store *s, int r);

/** Copies the state to PATH.backup, by way of a new file that replaces the old copy. Not within a
 * checkpoint. Returns 0, or a negative errno; the old copy is then as it was. */
int store_backup(struct store *s);
/** How many rows were changed so far: whether a put changed anything shows in it. */
uint64_t store_changes(const struct store *s);
/** The last failure in SQLite's words; owned by the store, until its next failure. */
const char *store_problem(const struct store *s);
