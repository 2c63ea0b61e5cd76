#pragma once

/* What the files of the store share: the open state, its tables, and what it knows of counters. */

#include "io/state/sqlite.h"
#include "io/state/store.h"

/** One change that a put made to struct store_written or to a source, to be taken back when the
 * checkpoint fails. */
struct store_undo {
    uint64_t *number; /* a number that was `before`; NULL: no number was changed */
    uint64_t before;
    struct gloss_source_counts *source; /* a source that was dirty; NULL: no source was changed */
};

/** The counts as the state has them, or will have them once the checkpoint under way is committed.
 * Only counts that differ from these are written. */
struct store_written {
    struct gloss_counters *counters; /* borrowed; NULL: none were loaded */
    uint64_t **codes;                /* by source: hits by entry id; NULL: the source has no hits */
    size_t n_sources, sources_size;
    uint64_t *unknown; /* hits by the index of the unknown code */
    size_t n_unknown, unknown_size;
    struct store_undo *undo; /* of this checkpoint */
    size_t n_undo, undo_size;
};

/** What is known of the history's rows; times in seconds since 1970. */
struct store_history {
    uint64_t folded_s;     /* before that time, rows are hours and no minutes */
    uint64_t dropped_s;    /* before that time, there are no rows any more */
    uint64_t rows_at_most; /* there may be fewer: a put may have added to a row that existed */
};

struct store {
    char *path;  /* with all links resolved */
    int lock_fd; /* -1: not locked */
    struct db *db;
    bool read_only;
    enum store_origin origin;
    uint64_t opened_ns, since_ns, committed_ns;
    bool begun;              /* between begin and commit */
    uint64_t changes_before; /* db_changes() when it began */
    struct store_written written;
    /* The history as committed, and as the checkpoint under way makes it. */
    struct store_history history, history_next;
};

/* ---- store_schema.c */

#define STORE_SCHEMA_VERSION 9

/** Reads the version of the schema; 0: a database without tables. Returns 0; STORE_E_NEWER;
 * -EINVAL: it is another program's database; -EUCLEAN: it is damaged; another negative errno. */
int store_schema_version(struct db *db, uint64_t *ret_version);
/** Brings a database of that version to this program's, in one transaction. Returns 0 or a negative
 * errno. */
int store_schema_migrate(struct db *db, uint64_t version, uint64_t now_ns);
/** Checks that the schema is the one of that version, and that the one row of `state` is there.
 * Nothing else is asked of a database before. Returns 0; -EUCLEAN: something is missing; -EINVAL:
 * something is not as glossd makes it; or another negative errno. */
int store_schema_check(struct db *db, uint64_t version);

/* ---- store.c */

/** Reads since_ns and committed_ns. Returns 0 or a negative errno. */
int store_read_times(struct store *s);
/** When r is not 0, rolls back and ends the checkpoint. Returns r. */
int store_fail(struct store *s, int r);
/** Returns 0, or a negative errno: no checkpoint is under way, or it failed. */
int store_may_put(const struct store *s);

/* ---- store_counters.c */

/** The checkpoint was committed, or rolled back. */
void store_counters_commit(struct store *s);
void store_counters_rolled_back(struct store *s);
/** The entry of that code in the catalog of that name; NULL: there is none. */
const struct gloss_entry *store_entry(const struct gloss_catalogs *set, const char *catalog,
                                      const char *code);
/** Adds hits to an unknown code; does nothing when its catalog is not loaded, or when there are
 * GLOSS_UNKNOWN_MAX unknown codes. @source  "": it is not known. Returns 0 or -ENOMEM. */
int store_add_unknown(struct gloss_counters *counters, const char *source, const char *catalog,
                      const char *code, uint64_t hits);
void store_written_deinit(struct store_written *w);

/* ---- store_history.c; each returns 0 or a negative errno */

/** Lets the counters keep a history, to be written by store_history_put(). */
int store_history_load(struct store *s, struct gloss_counters *counters);
/** Writes, within a checkpoint, the counters' history of the selected sources; NULL: of all. */
int store_history_put(struct store *s, struct gloss_history *history,
                      const struct store_selection *selection);
/** Folds old minutes to hours, and drops rows that are too old or beyond STORE_HISTORY_ROWS. */
int store_history_tidy(struct store *s, uint64_t now_ns);
/** The checkpoint was committed, or rolled back. */
void store_history_commit(struct store *s, struct gloss_history *history);
void store_history_rolled_back(struct gloss_history *history);
