#pragma once

/* The home of SQLite: the checkpoint. One transaction says, together, how far each file is read,
 * how long each sink is, and what each counter holds. Rollback journal, not WAL: whoever may read
 * the file may read the state, live or at rest. */

#include <gloss/catalog.h>
#include <gloss/counters.h>
#include <gloss/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Fingerprint of up to 256 bytes: their number and a 64-bit hash. len 0: of nothing. */
struct store_print {
    uint32_t len;
    uint64_t hash;
};

/** One generation of a followed file. */
struct store_file {
    const char *source; /* the source's name in the configuration */
    const char *path;   /* under which it was followed: of its lineage */
    uint64_t
        serial; /* of this generation in its lineage, growing; source, path and serial are unique */
    uint64_t dev, ino;
    uint64_t offset;         /* bytes read whole: the begin of the line that comes next */
    uint64_t lines;          /* lines read before offset */
    struct store_print head; /* of its first bytes */
    struct store_print mark; /* of the bytes before offset */
    uint64_t seen_ns;        /* when it was last looked at */
    bool done;               /* read to its end, not to be looked for any more */
};

/** One sink. */
struct store_sink {
    const char *path; /* unique */
    uint64_t dev, ino;
    uint64_t length; /* bytes of it that are committed */
};

struct store;

struct store_options {
    const char *path; /* of the database; its folder exists */
    uint64_t now_ns;  /* for names of what is set aside, for since */
    bool read_only;   /* for summary and explain: nothing is created, locked for long, or changed */
};

#define STORE_E_HELD 1   /* another process has it; store_holder() tells its pid */
#define STORE_E_NEWER 2  /* its schema is of a newer version */
#define STORE_E_ABSENT 3 /* read_only, and there is none */

/** Opens or creates a state. A damaged one is set aside under a new name (PATH.damaged-TIME) and
 * the last good copy (PATH.backup) takes over; with no copy it begins anew. What happened is told
 * by store_origin().
 *
 * @diag  receives one line about what is wrong where the result is not 0, and about a state that
 * was set aside where it is.
 *
 * Returns 0; STORE_E_HELD, STORE_E_NEWER, STORE_E_ABSENT; a negative errno. */
int store_open(struct store **ret_store, const struct store_options *options,
               struct gloss_diags *diags);
struct store *store_free(struct store *s);
static inline void store_freep(struct store **s)
{
    *s = store_free(*s);
}

/** pid that held it when STORE_E_HELD came from the last store_open() of this path; 0: not known.
 */
pid_t store_holder(const char *path);

enum store_origin {
    STORE_FRESH,    /* there was none: a first start */
    STORE_RESUMED,  /* as it was left */
    STORE_RESTORED, /* damaged; the backup took over */
    STORE_LOST,     /* damaged, and no backup: as a first start, but sinks must not be cut */
};
enum store_origin store_origin(const struct store *s);
/** When the state began, and of its last commit; nanoseconds since 1970. */
uint64_t store_since_ns(const struct store *s);
uint64_t store_committed_ns(const struct store *s);

/** Reads what is remembered. Strings live until the call returns (fn) resp. the next call. fn's
 * non-zero result ends the walk and is returned. Else 0 or a negative errno. */
int store_each_file(struct store *s, int (*fn)(void *ctx, const struct store_file *file),
                    void *ctx);
int store_each_sink(struct store *s, int (*fn)(void *ctx, const struct store_sink *sink),
                    void *ctx);
/** Adds everything counted to counters: codes are found by catalog and code; counts of codes that
 * no catalog has any more are kept in the state, not loaded. Returns 0 or a negative errno. */
int store_load_counters(struct store *s, struct gloss_counters *counters);

/** One checkpoint: begin, what changed, commit. Nothing is visible before commit returned 0; any
 * failure rolls all of it back (then store_rollback() need not be called). Each returns 0 or a
 * negative errno. */
int store_begin(struct store *s);
int store_put_file(struct store *s, const struct store_file *file);
int store_drop_file(struct store *s, const char *source, const char *path, uint64_t serial);
int store_put_sink(struct store *s, const struct store_sink *sink);
int store_drop_sink(struct store *s, const char *path);
/** Writes the counts that changed since the last successful commit (dirty sources). The dirty flags
 * are cleared by store_commit(). */
int store_put_counters(struct store *s, struct gloss_counters *counters);
int store_commit(struct store *s, uint64_t now_ns);
void store_rollback(struct store *s);

/** Copies the state to PATH.backup (SQLite's backup, into a new file that replaces the old one). 0
 * or a negative errno. */
int store_backup(struct store *s);
/** What SQLite said of the last failure; owned by the store. */
const char *store_problem(const struct store *s);
