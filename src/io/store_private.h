#pragma once

/* What the files of the store share: the open state, its tables, and what it knows of counters. */

#include "io/db.h"
#include "io/store.h"

/** The counts as the state has them, so that only others are written. */
struct store_written {
    struct gloss_counters *counters; /* borrowed; NULL: none were loaded */
    uint64_t **codes;                /* by source: hits by entry id; NULL: none */
    size_t n_sources, sources_size;
    uint64_t *unknown; /* hits, by their index */
    size_t n_unknown, unknown_size;
    uint64_t unknown_dropped;
};

struct store {
    char *path;  /* behind all links */
    int lock_fd; /* -1: not locked */
    struct db *db;
    bool read_only;
    enum store_origin origin;
    uint64_t since_ns, committed_ns;
    bool begun;              /* between begin and commit */
    uint64_t changes_before; /* db_changes() at begin */
    bool counters_put;       /* in this checkpoint */
    struct store_written written;
};

/* ---- store_schema.c */

#define STORE_SCHEMA_VERSION 2

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
/** 0, or why a put is out of place. */
int store_may_put(const struct store *s);

/* ---- store_counters.c */

/** What was put is committed. */
void store_counters_committed(struct store *s);
void store_written_deinit(struct store_written *w);
