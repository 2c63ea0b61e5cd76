/* The tables, and the steps from the tables of an older version to those of this one.
 *
 * A version is a step: migrations[n] makes version n + 1 of version n. Version 0 is a database
 * without tables, so making a new state is the way from 0 to the end, and every step is tested by
 * every new state. The version stands in the file's header (user_version), beside a number that
 * says whose file it is (application_id). Steps are only ever added.
 *
 * The columns keep the names under which they were first written: head_ and mark_ are the head and
 * the tail print, seen_ns is a file's own time, met_ns when it was last seen, owed what is pending.
 *
 * Whoever can write the file could give it tables that work without end when they are read:
 * generated columns, views, triggers. So a state is read only if its schema is what
 * these steps make of an empty database up to its version.
 *
 * Tables are STRICT, so that SQLite's own check finds a text where a number belongs. Their keys are
 * their names, in the order in which they are read. */

#include "io/state/store_private.h"

#include "core/base/util.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID 0x676c6f73 /* "glos" */
#define TEXT_OF(number) TEXT_OF_(number)
#define TEXT_OF_(number) #number

static const char *const migrations[] = {
    "CREATE TABLE state ("
    "  id INTEGER PRIMARY KEY CHECK (id = 1),"
    "  since_ns INTEGER NOT NULL,"
    "  committed_ns INTEGER NOT NULL,"
    "  unknown_dropped INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE files ("
    "  source TEXT NOT NULL, path TEXT NOT NULL, serial INTEGER NOT NULL,"
    "  dev INTEGER NOT NULL, ino INTEGER NOT NULL,"
    "  offset INTEGER NOT NULL, lines INTEGER NOT NULL,"
    "  head_len INTEGER NOT NULL, head_hash INTEGER NOT NULL,"
    "  mark_len INTEGER NOT NULL, mark_hash INTEGER NOT NULL,"
    "  seen_ns INTEGER NOT NULL, done INTEGER NOT NULL,"
    "  PRIMARY KEY (source, path, serial)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE sinks ("
    "  path TEXT NOT NULL PRIMARY KEY,"
    "  dev INTEGER NOT NULL, ino INTEGER NOT NULL, length INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE sources ("
    "  name TEXT NOT NULL PRIMARY KEY,"
    "  bytes INTEGER NOT NULL, lines INTEGER NOT NULL, matched_lines INTEGER NOT NULL,"
    "  hits INTEGER NOT NULL, successes INTEGER NOT NULL,"
    "  first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,"
    "  read_first_ns INTEGER NOT NULL, read_last_ns INTEGER NOT NULL,"
    "  tail_ns INTEGER NOT NULL, tail_line INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE counts ("
    "  source TEXT NOT NULL, catalog TEXT NOT NULL, code TEXT NOT NULL,"
    "  hits INTEGER NOT NULL, lines INTEGER NOT NULL,"
    "  first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, last_line INTEGER NOT NULL,"
    "  PRIMARY KEY (source, catalog, code)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE unknown ("
    "  catalog TEXT NOT NULL, code TEXT NOT NULL, hits INTEGER NOT NULL,"
    "  PRIMARY KEY (catalog, code)"
    ") STRICT, WITHOUT ROWID;"
    "PRAGMA application_id = " TEXT_OF(APPLICATION_ID) ";"
                                                       "PRAGMA user_version = 1;",
    /* A print of the bytes before a sink's length shows whether another program changed them. */
    "ALTER TABLE sinks ADD COLUMN mark_len INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE sinks ADD COLUMN mark_hash INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 2;",
    /* Counts from before this version are in no history: it begins with the last commit. */
    "ALTER TABLE state ADD COLUMN history_from_ns INTEGER NOT NULL DEFAULT 0;"
    "UPDATE state SET history_from_ns = committed_ns;"
    "CREATE TABLE history ("
    "  begin_s INTEGER NOT NULL, kind INTEGER NOT NULL,"
    "  source TEXT NOT NULL, catalog TEXT NOT NULL, code TEXT NOT NULL,"
    "  period_s INTEGER NOT NULL,"
    "  bytes INTEGER NOT NULL, lines INTEGER NOT NULL, matched_lines INTEGER NOT NULL,"
    "  hits INTEGER NOT NULL, successes INTEGER NOT NULL,"
    "  first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,"
    "  PRIMARY KEY (begin_s, kind, source, catalog, code)"
    ") STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 3;",
    "CREATE TABLE journals ("
    "  source TEXT NOT NULL PRIMARY KEY, cursor TEXT NOT NULL,"
    "  time_ns INTEGER NOT NULL, offset INTEGER NOT NULL, lines INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = 4;",
    /* `owed`: bytes that are pending for a sink that cannot be written. */
    ("ALTER TABLE sinks ADD COLUMN owed BLOB NOT NULL DEFAULT x'';"
     "PRAGMA user_version = 5;"),
    /* A file that was closed before this version counts as last found at the next start. */
    ("ALTER TABLE files ADD COLUMN met_ns INTEGER NOT NULL DEFAULT 0;"
     "PRAGMA user_version = 6;"),
    /* Sources (kind 0) and sinks (1) that the configuration has no more, and since when. */
    ("CREATE TABLE unused ("
     "  kind INTEGER NOT NULL, name TEXT NOT NULL, since_ns INTEGER NOT NULL,"
     "  PRIMARY KEY (kind, name)"
     ") STRICT, WITHOUT ROWID;"
     "PRAGMA user_version = 7;"),
    /* Positions of any kind of source and sink; unknown codes counted by source, so that some
     * sources can be committed while others wait; and the groups that are committed together.
     * Unknown codes from before this version have no source: theirs is ''. */
    ("CREATE TABLE cursors ("
     "  source TEXT NOT NULL, key TEXT NOT NULL, cursor TEXT NOT NULL,"
     "  time_ns INTEGER NOT NULL, offset INTEGER NOT NULL, lines INTEGER NOT NULL,"
     "  PRIMARY KEY (source, key)"
     ") STRICT, WITHOUT ROWID;"
     "INSERT INTO cursors SELECT source, '', cursor, time_ns, offset, lines FROM journals;"
     "DROP TABLE journals;"
     "ALTER TABLE sinks ADD COLUMN cursor TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE sources ADD COLUMN unknown_dropped INTEGER NOT NULL DEFAULT 0;"
     "ALTER TABLE unknown RENAME TO unknown_before;"
     "CREATE TABLE unknown ("
     "  source TEXT NOT NULL, catalog TEXT NOT NULL, code TEXT NOT NULL, hits INTEGER NOT NULL,"
     "  PRIMARY KEY (source, catalog, code)"
     ") STRICT, WITHOUT ROWID;"
     "INSERT INTO unknown SELECT '', catalog, code, hits FROM unknown_before;"
     "DROP TABLE unknown_before;"
     "CREATE TABLE groups ("
     "  name TEXT NOT NULL PRIMARY KEY, number INTEGER NOT NULL, committed_ns INTEGER NOT NULL"
     ") STRICT, WITHOUT ROWID;"
     "PRAGMA user_version = 8;"),
    /* The files that sinks have written, by which they are known when they were rotated away; and
     * what sources do not read, and why. */
    ("CREATE TABLE outputs ("
     "  path TEXT NOT NULL, serial INTEGER NOT NULL,"
     "  dev INTEGER NOT NULL, ino INTEGER NOT NULL, head BLOB NOT NULL,"
     "  PRIMARY KEY (path, serial)"
     ") STRICT, WITHOUT ROWID;"
     "CREATE TABLE skipped ("
     "  source TEXT NOT NULL, path TEXT NOT NULL, reason TEXT NOT NULL,"
     "  PRIMARY KEY (source, path)"
     ") STRICT, WITHOUT ROWID;"
     "PRAGMA user_version = 9;"),
};

static_assert(ARRAY_SIZE(migrations) == STORE_SCHEMA_VERSION, "a version is a step");

int store_schema_version(struct db *db, uint64_t *ret_version)
{
    uint64_t application = 0, version = 0, table = 0;
    int r;

    r = db_ask(db, "PRAGMA application_id", &application);
    if (r == 0)
        r = db_ask(db, "PRAGMA user_version", &version);
    if (r == 0)
        r = db_ask(db, "SELECT 1 FROM sqlite_schema LIMIT 1", &table);
    if (r < 0 && r != -ENODATA)
        return r;
    if (application != APPLICATION_ID && (application != 0 || version != 0 || table != 0))
        return -EINVAL;
    if ((int64_t)version < 0)
        return -EUCLEAN;
    if (version > STORE_SCHEMA_VERSION)
        return STORE_E_NEWER;
    *ret_version = version;
    return 0;
}

static int run_migrations(struct db *db, uint64_t version, uint64_t now_ns)
{
    int r = 0;

    for (uint64_t v = version; v < STORE_SCHEMA_VERSION && r == 0; v++)
        r = db_exec(db, migrations[v]);
    if (r < 0)
        return r;
    return DB_RUN(db,
                  "INSERT OR IGNORE INTO state (id, since_ns, committed_ns, unknown_dropped)"
                  " VALUES (1, ?1, ?1, 0)",
                  DB_NUMBER(now_ns));
}

int store_schema_migrate(struct db *db, uint64_t version, uint64_t now_ns)
{
    int r;

    if (version == STORE_SCHEMA_VERSION)
        return 0;
    r = db_exec(db, "BEGIN IMMEDIATE");
    if (r == 0)
        r = run_migrations(db, version, now_ns);
    if (r == 0)
        r = db_exec(db, "COMMIT");
    if (r < 0)
        db_rollback(db);
    return r;
}

/* ---- Whether a schema is ours. */

#define OBJECTS_MAX 64

static const char objects_sql[] = "SELECT type, name, sql FROM sqlite_schema";

/* What a schema has: a table, an index, … */
struct object {
    char *type, *name, *sql; /* owned */
    bool found;              /* in the schema that is checked */
};

struct objects {
    struct object items[OBJECTS_MAX];
    size_t n;
    struct db *db; /* that is checked */
};

static void objects_deinit(struct objects *o)
{
    for (size_t i = 0; i < o->n; i++) {
        free(o->items[i].type);
        free(o->items[i].name);
        free(o->items[i].sql);
    }
}

static int on_expected(void *ctx, struct db_row *row)
{
    struct objects *expected = ctx;
    struct object *object = &expected->items[expected->n];

    assert(expected->n < OBJECTS_MAX);
    expected->n++;
    *object = (struct object){.type = strdup(db_text(row, 0)),
                              .name = strdup(db_text(row, 1)),
                              .sql = strdup(db_text(row, 2))};
    return object->type && object->name && object->sql ? 0 : -ENOMEM;
}

/* Whether two statements have the same letters; blanks between them do not count. */
static bool same_sql(const char *a, const char *b)
{
    for (;; a++, b++) {
        a += strspn(a, " \n");
        b += strspn(b, " \n");
        if (*a != *b || *a == '\0')
            return *a == *b;
    }
}

static int on_object(void *ctx, struct db_row *row)
{
    struct objects *expected = ctx;
    const char *type = db_text(row, 0), *name = db_text(row, 1), *sql = db_text(row, 2);

    for (size_t i = 0; i < expected->n; i++) {
        struct object *object = &expected->items[i];

        if (!STREQ(object->name, name))
            continue;
        if (!STREQ(object->type, type) || !same_sql(object->sql, sql))
            break;
        object->found = true;
        return 0;
    }
    return db_refuse(expected->db, -EINVAL, "its %.20s '%.60s' is not as glossd makes it", type,
                     name);
}

/* What the steps up to a version make. */
static int expect(struct objects *expected, uint64_t version)
{
    CLEANUP(db_freep) struct db *memory = NULL;
    int r = db_open(&memory, /* path= */ NULL, DB_MEMORY, /* patience_ms= */ 0);

    for (uint64_t v = 0; v < version && r == 0; v++)
        r = db_exec(memory, migrations[v]);
    return r < 0 ? r : db_each(memory, objects_sql, on_expected, expected);
}

static int on_state(void *ctx, struct db_row *row)
{
    (void)row;
    ++*(unsigned *)ctx;
    return 0;
}

int store_schema_check(struct db *db, uint64_t version)
{
    CLEANUP(objects_deinit) struct objects expected = {.db = db};
    unsigned rows = 0;
    int r = expect(&expected, version);

    if (r == 0)
        r = db_each(db, objects_sql, on_object, &expected);
    for (size_t i = 0; i < expected.n && r == 0; i++)
        if (!expected.items[i].found)
            r = db_refuse(db, -EUCLEAN, "the table '%s' is missing", expected.items[i].name);
    if (r == 0 && version > 0)
        r = db_each(db, "SELECT 1 FROM state", on_state, &rows);
    if (r == 0 && version > 0 && rows != 1)
        r = db_refuse(db, -EUCLEAN, "the table 'state' has %u rows", rows);
    return r;
}
