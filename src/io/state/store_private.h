#pragma once

/* What the files of the store share: the open state, its tables, and what it knows of counters. */

#include "io/state/sqlite.h"
#include "io/state/store.h"

/** What a put changed of what is known to be written, to be taken back if it is not committed. */
struct store_undo {
    uint64_t *number; /* was `before`; NULL: none */
    uint64_t before;
    struct gloss_source_counts *source; /* was dirty; NULL: none */
};

/** The counts as the state has them, or will have them once the checkpoint under way is committed,
 * so that only others are written. */
struct store_written {
    struct gloss_counters *counters; /* borrowed; NULL: none were loaded */
    uint64_t **codes;                /* by source: hits by entry id; NULL: none */
    size_t n_sources, sources_size;
    uint64_t *unknown; /* hits, by their index */
    size_t n_unknown, unknown_size;
    struct store_undo *undo; /* of this checkpoint */
    size_t n_undo, undo_size;
};

/** What is known of the history's rows. */
struct store_history {
    uint64_t folded_s;     /* before that there are no minutes any more */
    uint64_t dropped_s;    /* before that there is nothing any more */
    uint64_t rows_at_most; /* there may be fewer: a row may have been there already */
};

struct store {
    char *path;  /* behind all links */
    int lock_fd; /* -1: not locked */
    struct db *db;
    bool read_only;
    enum store_origin origin;
    uint64_t opened_ns, since_ns, committed_ns;
    bool begun;              /* between begin and commit */
    uint64_t changes_before; /* db_changes() when it began */
    struct store_written written;
    struct store_history history, history_next; /* as committed; as this checkpoint makes it */
};

/* ---- store_schema.c */

#define STORE_SCHEMA_VERSION 8

/** Whose database it is, and of which version; version 0 is one without tables. 0; STORE_E_NEWER;
 * -EINVAL another program's; -EUCLEAN. */
int store_schema_version(struct db *db, uint64_t *ret_version);
/** Makes an older one a present one, in one transaction. */
int store_schema_migrate(struct db *db, uint64_t version, uint64_t now_ns);
/** Whether all tables and the one row of `state` are there: 0, -EUCLEAN or another errno. */
int store_schema_check(struct db *db);

/* ---- store.c */

/** Reads since and committed. */
int store_read_times(struct store *s);
/** Where r is not 0, rolls back and ends the checkpoint. Returns r. */
int store_fail(struct store *s, int r);
/** Returns 0, or a negative errno: no checkpoint is under way, or it failed. */
int store_may_put(const struct store *s);

/* ---- store_counters.c */

/** What was put is committed, or is not. */
void store_counters_commit(struct store *s);
void store_counters_rolled_back(struct store *s);
/** The entry of that name in that catalog; NULL: there is none. */
const struct gloss_entry *store_entry(const struct gloss_catalogs *set, const char *catalog,
                                      const char *code);
/** Adds to an unknown code, where its catalog is there and there is room. @source  "": it is not
 * known. 0 or -ENOMEM. */
int store_add_unknown(struct gloss_counters *counters, const char *source, const char *catalog,
                      const char *code, uint64_t hits);
void store_written_deinit(struct store_written *w);

/* ---- store_history.c; each returns 0 or a negative errno */

/** Lets the counters keep a history, to be written by store_history_put(). */
int store_history_load(struct store *s, struct gloss_counters *counters);
/** Writes what the counters' history holds of some sources, within a checkpoint. */
int store_history_put(struct store *s, struct gloss_history *history,
                      const struct store_selection *selection);
/** Folds minutes that are old enough to hours, and drops what is too old or too much. */
int store_history_tidy(struct store *s, uint64_t now_ns);
/** What was put is committed, or is not. */
void store_history_commit(struct store *s, struct gloss_history *history);
void store_history_rolled_back(struct gloss_history *history);
