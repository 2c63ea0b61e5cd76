#pragma once

/* The checkpoint. One transaction says, together, how far each source is read, how
 * long each sink is, and what each counter holds. Rollback journal, not WAL: whoever may read
 * the file may read the state, live or at rest. Beside PATH stand PATH-journal, PATH.lock and
 * PATH.backup; all have mode 0640 whatever the umask is.
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

/** How far a source has read something that is no file, such as the journal. source and key
 * together are unique. */
struct store_cursor {
    const char *source;
    const char *key;    /* which of the things that the source reads; "" where it reads one */
    const char *cursor; /* names the position, in the words of that kind of source */
    uint64_t time_ns;   /* of what was read last */
    uint64_t offset;    /* bytes of text that it has given so far */
    uint64_t lines;     /* and lines */
};

/** One sink. */
struct store_sink {
    const char *path; /* unique */
    struct sink_position position;
    struct gloss_span pending; /* bytes that are to be written behind them */
};

struct store;

struct store_options {
    const char *path; /* of the database; its folder exists */
    uint64_t now_ns;  /* for names of what is set aside, for since */
    bool read_only;   /* for summary and explain: nothing is created, locked for long, or changed */
};

#define STORE_E_HELD 1   /* another process has it open for writing */
#define STORE_E_NEWER 2  /* its schema is of a newer version */
#define STORE_E_ABSENT 3 /* read_only, and there is none */

/** Opens or creates a state. A damaged one is set aside under a new name (PATH.damaged-TIME) and
 * the last good copy (PATH.backup) takes over, as it does where the state is missing; with no copy
 * it begins anew. store_origin() says what happened.
 *
 * Read-only, nothing is set aside; what a writer that died left half done is read from a private
 * copy in $TMPDIR or /tmp, which is gone when this returns.
 *
 * @diags  receives one error that says what is wrong and what to do where the result is not 0, and
 * a warning about a state that was set aside or restored where it is.
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
    STORE_LOST,     /* damaged, and no backup: as a first start, but sinks must not be cut */
};
enum store_origin store_origin(const struct store *s);
/** When the state began, and of its last commit; nanoseconds since 1970. As of store_open(),
 * store_load_counters() or store_commit(), whichever was last. */
uint64_t store_since_ns(const struct store *s);
uint64_t store_committed_ns(const struct store *s);

/** Reads what is remembered, in the order of their names and serials. Strings live until fn
 * returns; it must not walk the same again. fn's non-zero result ends the walk and is returned.
 * Else 0 or a negative errno. */
int store_each_file(struct store *s, int (*fn)(void *ctx, const struct store_file *file),
                    void *ctx);
int store_each_cursor(struct store *s, int (*fn)(void *ctx, const struct store_cursor *cursor),
                      void *ctx);
int store_each_sink(struct store *s, int (*fn)(void *ctx, const struct store_sink *sink),
                    void *ctx);
/** Adds everything counted to counters: codes are found by catalog and code; counts of codes that
 * no catalog has any more, and unknown codes of such catalogs, are kept in the state, not loaded (a
 * source's own sums still have them). One consistent read. Not within a checkpoint.
 *
 * @counters  have counted nothing yet; from now on they are those that store_put_counters() takes.
 *
 * Returns 0 or a negative errno; then the counters may hold a part and are of no use. */
int store_load_counters(struct store *s, struct gloss_counters *counters);

/** The times that a history answers for. */
struct store_span {
    uint64_t from_ns;  /* the earliest time that is counted: what was asked for, or up to an hour
                          before, where that begins within a period */
    uint64_t whole_ns; /* nothing is missing from then on */
};

/** Adds what was counted since a time, by the minute for the last day and by the hour for 30 days,
 * to counters that have counted nothing yet and are not for store_put_counters(). All sources are
 * there, those where nothing happened too; of codes and unknown codes those that
 * store_load_counters() knows. Returns 0 or a negative errno, as that does. */
int store_load_since(struct store *s, struct gloss_counters *counters, uint64_t since_ns,
                     struct store_span *ret_span);
/** The history has at most that many rows; with more, minutes become hours earlier, and what is
 * oldest goes. */
#define STORE_HISTORY_ROWS 200000

/** How many hits store_load_counters() leaves out: of codes that no catalog of the set has. */
int store_orphans(struct store *s, const struct gloss_catalogs *set, uint64_t *ret_hits);

/** Which sources a checkpoint speaks of: others wait for a later one. */
struct store_selection {
    bool (*fn)(void *ctx, const char *source);
    void *ctx;
};

/** The last checkpoint of a group of sources and sinks that are connected. */
struct store_group {
    const char *name; /* unique */
    uint64_t number;
    uint64_t committed_ns;
};

/** As store_each_file(). */
int store_each_group(struct store *s, int (*fn)(void *ctx, const struct store_group *group),
                     void *ctx);

/** One checkpoint: begin, what changed, commit. Nothing is visible before commit returned 0; any
 * failure rolls all of it back (then store_rollback() need not be called), and what follows up to
 * the next begin fails with -ECANCELED. Where nothing was put, nothing is written. Each returns 0
 * or a negative errno: -EBUSY a reader held it for a second, -ENOSPC. */
int store_begin(struct store *s);
int store_put_file(struct store *s, const struct store_file *file);
int store_drop_file(struct store *s, const char *source, const char *path, uint64_t serial);
/** Makes the files of a path those of another source. Returns 1; 0: there are none, or that one
 * has some of that path already; or a negative errno. */
int store_move_files(struct store *s, const char *source, const char *path, const char *to);
int store_put_cursor(struct store *s, const struct store_cursor *cursor);
/** All cursors of a source. */
int store_drop_cursors(struct store *s, const char *source);
int store_put_sink(struct store *s, const struct store_sink *sink);
int store_drop_sink(struct store *s, const char *path);
/** Forgets what is remembered of names that are not used any more, once they were found so before
 * older_than_ns: of sources how far they were read, of sinks what they hold, but for those that
 * have something pending; of groups their number. That they are, and since when, is in the state.
 * Within a checkpoint.
 * @now_ns  as of store_commit(), not 0. */
enum store_kind { STORE_SOURCES, STORE_SINKS, STORE_GROUPS };
int store_forget_unused(struct store *s, enum store_kind kind,
                        bool (*is_used)(void *ctx, const char *name), void *ctx, uint64_t now_ns,
                        uint64_t older_than_ns);
/** Writes the counts that changed since they were put last (dirty sources) and clears the dirty
 * flags; where it is not committed in the end, they are set again. Counting may go on at once: what
 * is counted between this and the commit belongs to the next checkpoint. Once in a checkpoint.
 *
 * @counters   those of the last store_load_counters().
 * @selection  of the sources whose counts are written; NULL: all. */
int store_put_counters(struct store *s, struct gloss_counters *counters,
                       const struct store_selection *selection);
/** Some sources and sinks are committed together: that is one more checkpoint of their group, at
 * that time. Numbers grow, over all groups. */
int store_put_group(struct store *s, const char *name, uint64_t now_ns);
/** store_flush() and store_settle() in one. */
int store_commit(struct store *s, uint64_t now_ns);
void store_rollback(struct store *s);

/** A commit in two steps. The first one waits for the disk; another thread may take it, if nobody
 * else touches the store meanwhile. It touches the database alone. Returns as store_commit(). */
int store_flush(struct store *s, uint64_t now_ns);
/** The second one. r is what the first one returned, and is returned. */
int store_settle(struct store *s, int r);

/** Copies the state to PATH.backup (SQLite's backup, into a new file that replaces the old one).
 * Not within a checkpoint. 0 or a negative errno; the old copy is then as it was. */
int store_backup(struct store *s);
/** How many rows were changed so far: whether a put changed anything shows in it. */
uint64_t store_changes(const struct store *s);
/** What SQLite said of the last failure; owned by the store, until its next failure. */
const char *store_problem(const struct store *s);
