/* SQLite, reduced to what the state needs: run a constant statement with values, see the rows of
 * one, copy a database. Its result codes become errnos here and go no further.
 *
 * A statement is prepared when it is first used and kept until the database is closed. It is found
 * again by the address of its text, which is a constant of the program: there are some twenty, and
 * a walk over twenty pointers costs less than any hash.
 *
 * The library is loaded with the first database, because a command that needs no state would
 * otherwise spend a sixth of its start on loading it. SQLite hands a table of all its functions to
 * each extension, and its header for extensions sends every call through that table; so SQLite
 * takes this file for an extension. */

#include "io/state/sqlite.h"

#include "core/base/util.h"

#include <dlfcn.h>
#include <sqlite3ext.h>
#include <stdarg.h>
#include <stdio.h>

#define LIBRARY "libsqlite3.so.0"

/* A statement may run so many instructions of SQLite's machine, and more for each byte of the file.
 * The longest work of ours, the check of every row, takes a few of them for each byte. */
#define STEPS_MIN UINT64_C(50000000)
#define STEPS_A_BYTE 16
#define STEPS_AT_ONCE 1000000
/* The least that a row takes in a file. A walk over more rows than fit there goes over some of them
 * again and again: pages of a crafted file may be each other's parts. */
#define ROW_BYTES 8
#define SQL_BYTES_MAX 65536
#define VALUE_BYTES_MAX (256 * 1024 * 1024)

static const sqlite3_api_routines *sqlite3_api; /* the table; set once and never changed */

struct statement {
    const char *sql;
    sqlite3_stmt *handle;
};

struct db {
    sqlite3 *handle;
    struct statement *statements;
    size_t n_statements, statements_size;
    int code; /* SQLite's extended result code of the last failure */
    char problem[256];
    uint64_t steps, steps_max; /* of the statement that runs */
};

struct db_row {
    sqlite3_stmt *handle;
    bool no_memory;
    bool too_long;  /* a text is */
    uint64_t taken; /* bytes of this row and of those before it */
};

/* The errno of a system call that failed within SQLite. */
static int translate_system(const struct db *db, int code)
{
    int error = sqlite3_system_errno(db->handle);

    if (code == SQLITE_IOERR_NOMEM)
        return -ENOMEM;
    return error > 0 ? -error : -EIO;
}

/* SQLITE_ERROR means damage here: the statements are constants, so the tables must be other ones.
 */
static int translate(const struct db *db, int code)
{
    if (code == SQLITE_READONLY_DBMOVED)
        return -ESTALE;
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return -EACCES;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
    case SQLITE_INTERRUPT:
    case SQLITE_TOOBIG:
        return -EUCLEAN;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return translate_system(db, code);
    default:
        return -EINVAL;
    }
}

static int fail(struct db *db, int code)
{
    int r = translate(db, code);
    const char *text = sqlite3_errmsg(db->handle);

    db->code = code;
    if (r == -ESTALE)
        text = "the file was moved or deleted";
    if (code == SQLITE_INTERRUPT)
        text = "reading it takes work without end";
    if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN)
        snprintf(db->problem, sizeof(db->problem), "%s: %s", text, strerror(-r));
    else
        snprintf(db->problem, sizeof(db->problem), "%s", text);
    return r;
}

static int take_functions(sqlite3 *handle, char **error, const sqlite3_api_routines *functions)
{
    (void)handle;
    (void)error;
    sqlite3_api = functions;
    return SQLITE_OK;
}

/* Finds one of the two functions that are called before there is a table. */
static void find(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);

    memcpy(function, &found, sizeof(found));
}

/* Opens an empty database in memory, because SQLite hands out the table when it opens one. The
 * library stays loaded (RTLD_NODELETE), so its handle can be closed. */
static int load(void)
{
    int (*extend)(void (*entry)(void)) = NULL, (*open)(const char *name, sqlite3 **handle) = NULL;
    sqlite3 *handle = NULL;
    void *library;
    int code;

    if (sqlite3_api)
        return 0;
    library = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return -ELIBACC;
    find(library, "sqlite3_auto_extension", &extend);
    find(library, "sqlite3_open", &open);
    dlclose(library);
    if (!extend || !open)
        return -ELIBACC;
    code = extend((void (*)(void))take_functions);
    if (code == SQLITE_OK)
        code = open(":memory:", &handle);
    if (!sqlite3_api)
        return code == SQLITE_NOMEM ? -ENOMEM : -ELIBACC;
    sqlite3_close(handle);
    sqlite3_reset_auto_extension();
    return 0;
}

/* Called each STEPS_AT_ONCE steps; a non-zero result ends the statement. */
static int on_steps(void *ctx)
{
    struct db *db = ctx;

    db->steps += STEPS_AT_ONCE;
    return db->steps > db->steps_max;
}

/* Another program may have written the database: none of its triggers and views runs, and no
 * statement works or grows without end. */
static void harden(struct db *db)
{
    sqlite3 *handle = db->handle;

    db->steps_max = STEPS_MIN;
    sqlite3_progress_handler(handle, STEPS_AT_ONCE, on_steps, db);
    sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, SQL_BYTES_MAX);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, (int *)NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, (int *)NULL);
}

int db_open(struct db **ret_db, const char *path, enum db_mode mode, int patience_ms)
{
    static const int flags[] = {
        [DB_READ] = SQLITE_OPEN_READONLY,
        [DB_WRITE] = SQLITE_OPEN_READWRITE,
        [DB_MEMORY] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY,
    };
    CLEANUP(db_freep) struct db *db = NULL;
    int code, r = load();

    if (r < 0)
        return r;
    db = calloc(1, sizeof(*db));
    if (!db)
        return -ENOMEM;
    code = sqlite3_open_v2(mode == DB_MEMORY ? ":memory:" : path, &db->handle,
                           flags[mode] | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                           /* vfs= */ NULL);
    if (!db->handle)
        return -ENOMEM;
    if (code != SQLITE_OK)
        return fail(db, code);
    harden(db);
    sqlite3_busy_timeout(db->handle, patience_ms);
    *ret_db = TAKE_PTR(db);
    return 0;
}

struct db *db_free(struct db *db)
{
    if (!db)
        return NULL;
    for (size_t i = 0; i < db->n_statements; i++)
        sqlite3_finalize(db->statements[i].handle);
    free(db->statements);
    sqlite3_close(db->handle);
    free(db);
    return NULL;
}

static int find_statement(struct db *db, const char *sql, sqlite3_stmt **ret_handle)
{
    struct statement *s;
    int code;

    for (size_t i = 0; i < db->n_statements; i++) {
        if (db->statements[i].sql == sql) {
            *ret_handle = db->statements[i].handle;
            return 0;
        }
    }
    if (GROW(&db->statements, &db->statements_size, db->n_statements + 1) < 0)
        return -ENOMEM;
    s = &db->statements[db->n_statements];
    code = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->handle,
                              /* tail= */ NULL);
    if (code != SQLITE_OK)
        return fail(db, code);
    s->sql = sql;
    db->n_statements++;
    *ret_handle = s->handle;
    return 0;
}

/* The answer of a pragma; 0 where there is none. */
static uint64_t ask_pragma(struct db *db, const char *sql)
{
    sqlite3_stmt *handle;
    uint64_t number = 0;

    if (find_statement(db, sql, &handle) < 0)
        return 0;
    if (sqlite3_step(handle) == SQLITE_ROW)
        number = (uint64_t)sqlite3_column_int64(handle, 0);
    sqlite3_reset(handle);
    return number;
}

/* Gives this walk, and the statements behind it, their share of work. Returns how many bytes its
 * rows may have; a little more than the file has, because another process may be writing it. */
static uint64_t begin_work(struct db *db)
{
    static const char pages[] = "PRAGMA page_count", size[] = "PRAGMA page_size";
    uint64_t bytes = ask_pragma(db, pages) * ask_pragma(db, size);

    db->steps = 0;
    db->steps_max = STEPS_MIN + STEPS_A_BYTE * bytes;
    return bytes > 0 ? 2 * bytes + (1 << 20) : UINT64_MAX;
}

int db_exec(struct db *db, const char *sql)
{
    int code;

    db->steps = 0;
    code = sqlite3_exec(db->handle, sql, /* callback= */ NULL, /* ctx= */ NULL,
                        /* message= */ NULL);
    return code == SQLITE_OK ? 0 : fail(db, code);
}

static int bind(sqlite3_stmt *handle, const struct db_value *values, size_t n)
{
    int code = SQLITE_OK;

    for (size_t i = 0; i < n && code == SQLITE_OK; i++) {
        int at = (int)i + 1;

        if (values[i].text)
            code = sqlite3_bind_text(handle, at, values[i].text, -1, SQLITE_STATIC);
        else if (values[i].bytes)
            code =
                sqlite3_bind_blob64(handle, at, values[i].bytes, values[i].number, SQLITE_STATIC);
        else
            code = sqlite3_bind_int64(handle, at, (sqlite3_int64)values[i].number);
    }
    return code;
}

int db_run(struct db *db, const char *sql, const struct db_value *values, size_t n)
{
    sqlite3_stmt *handle;
    int code, r;

    r = find_statement(db, sql, &handle);
    if (r < 0)
        return r;
    db->steps = 0;
    code = bind(handle, values, n);
    if (code == SQLITE_OK)
        code = sqlite3_step(handle);
    r = code == SQLITE_DONE || code == SQLITE_ROW ? 0 : fail(db, code);
    sqlite3_reset(handle);
    sqlite3_clear_bindings(handle);
    return r;
}

uint64_t db_number(struct db_row *row, int column)
{
    return (uint64_t)sqlite3_column_int64(row->handle, column);
}

const char *db_text(struct db_row *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row->handle, column);

    int n = sqlite3_column_bytes(row->handle, column);

    if (!text && sqlite3_column_type(row->handle, column) != SQLITE_NULL)
        row->no_memory = true;
    row->taken += (uint64_t)n;
    row->too_long |= n > DB_TEXT_MAX;
    return text && n <= DB_TEXT_MAX ? text : "";
}

struct gloss_span db_bytes(struct db_row *row, int column)
{
    const char *bytes = sqlite3_column_blob(row->handle, column);
    int n = sqlite3_column_bytes(row->handle, column);

    if (!bytes && n > 0)
        row->no_memory = true;
    row->taken += (uint64_t)n;
    return bytes ? gloss_span(bytes, (size_t)n) : gloss_span("", 0);
}

/* What is wrong with a row that was given: 0 or a negative errno. */
static int judge_row(struct db *db, const struct db_row *row, uint64_t max_bytes)
{
    if (row->no_memory)
        return -ENOMEM;
    if (row->too_long)
        return db_refuse(db, -EUCLEAN, "a text in it is longer than %d bytes", DB_TEXT_MAX);
    if (row->taken > max_bytes)
        return db_refuse(db, -EUCLEAN, "it has more rows than there is room for in its file");
    return 0;
}

static int each_row(struct db *db, struct db_row row, int (*fn)(void *ctx, struct db_row *row),
                    void *ctx)
{
    uint64_t max_bytes = begin_work(db);
    int code, r = 0;

    while (r == 0 && (code = sqlite3_step(row.handle)) != SQLITE_DONE) {
        r = code == SQLITE_ROW ? fn(ctx, &row) : fail(db, code);
        row.taken += ROW_BYTES;
        if (r == 0)
            r = judge_row(db, &row, max_bytes);
    }
    sqlite3_reset(row.handle);
    return r;
}

int db_each(struct db *db, const char *sql, int (*fn)(void *ctx, struct db_row *row), void *ctx)
{
    struct db_row row = {0};
    int r = find_statement(db, sql, &row.handle);

    return r < 0 ? r : each_row(db, row, fn, ctx);
}

int db_each_from(struct db *db, const char *sql, uint64_t number,
                 int (*fn)(void *ctx, struct db_row *row), void *ctx)
{
    struct db_row row = {0};
    int r = find_statement(db, sql, &row.handle), code;

    if (r < 0)
        return r;
    code = bind(row.handle, &DB_NUMBER(number), 1);
    return code == SQLITE_OK ? each_row(db, row, fn, ctx) : fail(db, code);
}

struct answer {
    uint64_t number;
    bool given;
};

static int on_answer(void *ctx, struct db_row *row)
{
    struct answer *answer = ctx;

    if (!answer->given)
        answer->number = db_number(row, 0);
    answer->given = true;
    return 0;
}

int db_ask(struct db *db, const char *sql, uint64_t *ret_number)
{
    struct answer answer = {0};
    int r = db_each(db, sql, on_answer, &answer);

    if (r == 0 && !answer.given)
        r = -ENODATA;
    if (r == 0)
        *ret_number = answer.number;
    return r;
}

/* A row of the check is "ok" or says what is wrong; one mistake is enough to know. */
static int on_finding(void *ctx, struct db_row *row)
{
    struct db *db = ctx;
    const char *text = db_text(row, 0);

    if (STREQ(text, "ok"))
        return 0;
    snprintf(db->problem, sizeof(db->problem), "%s", text);
    for (char *newline; (newline = strchr(db->problem, '\n'));)
        *newline = ' ';
    return -EUCLEAN;
}

int db_check(struct db *db)
{
    static const char sql[] = "PRAGMA quick_check(1)";

    return db_each(db, sql, on_finding, db);
}

int db_copy(struct db *to, struct db *from)
{
    sqlite3_backup *backup = sqlite3_backup_init(to->handle, "main", from->handle, "main");
    int code;

    if (!backup)
        return fail(to, sqlite3_extended_errcode(to->handle));
    sqlite3_backup_step(backup, /* pages, all: */ -1);
    code = sqlite3_backup_finish(backup);
    return code == SQLITE_OK ? 0 : fail(to, code);
}

void db_rollback(struct db *db)
{
    if (sqlite3_get_autocommit(db->handle) == 0)
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

uint64_t db_changes(const struct db *db)
{
    return (uint64_t)sqlite3_total_changes64(db->handle);
}

bool db_is_read_only(const struct db *db)
{
    return sqlite3_db_readonly(db->handle, "main") == 1;
}

bool db_needs_recovery(const struct db *db)
{
    return db->code == SQLITE_READONLY_ROLLBACK || db->code == SQLITE_READONLY_RECOVERY;
}

int db_refuse(struct db *db, int error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(db->problem, sizeof(db->problem), format, args);
    va_end(args);
    return error;
}

const char *db_problem(const struct db *db)
{
    return db->problem;
}
