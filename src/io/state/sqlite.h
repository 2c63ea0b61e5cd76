#pragma once

/* A database file, as the state needs it. Only db.c knows that it is SQLite's.
 *
 * Numbers are uint64_t. SQLite's are int64_t: the same 64 bits are stored, so what is 2^63 and more
 * looks negative in SQL and comes back as it was; no statement compares or adds such numbers. (The
 * history adds in SQL: what is counted within an hour is small.)
 *
 * Results are 0 or a negative errno; -EUCLEAN: the file is damaged, or has other tables than the
 * statement asks for; -EBUSY: another process held it for too long; -ESTALE: the file was moved or
 * deleted; -EROFS: it cannot be written; -ELIBACC: SQLite cannot be loaded. db_problem() has the
 * words. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

enum db_mode {
    DB_READ,   /* never writes, not even to finish what a crash left */
    DB_WRITE,  /* the file must be there */
    DB_MEMORY, /* a new one, without a file; path is not used */
};

/** @patience_ms  how long a statement waits for another process's lock. */
int db_open(struct db **ret_db, const char *path, enum db_mode mode, int patience_ms);
struct db *db_free(struct db *db);
static inline void db_freep(struct db **db)
{
    *db = db_free(*db);
}

/** What a statement is given in place of ?1, ?2, …; text NULL: the number; of bytes it is how many.
 */
struct db_value {
    const char *text, *bytes;
    uint64_t number;
};
#define DB_TEXT(t) ((struct db_value){.text = (t)})
#define DB_NUMBER(n) ((struct db_value){.number = (n)})
#define DB_BYTES(p, n) ((struct db_value){.bytes = (n) > 0 ? (p) : "", .number = (n)})

/** Runs statements that take and give nothing. */
int db_exec(struct db *db, const char *sql);
/** Runs one statement. It is kept, prepared, by the address of its text: a constant. */
int db_run(struct db *db, const char *sql, const struct db_value *values, size_t n);
#define DB_RUN(db, sql, ...)                                    \
    db_run((db), (sql), (const struct db_value[]){__VA_ARGS__}, \
           sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value))

/** One row of a result; columns from 0. A text lives until the function that got the row returns.
 */
struct db_row;
uint64_t db_number(struct db_row *row, int column);
const char *db_text(struct db_row *row, int column);
struct gloss_span db_bytes(struct db_row *row, int column);

/** Calls fn with each row; its non-zero result ends that and is returned. Kept as by db_run(). */
int db_each(struct db *db, const char *sql, int (*fn)(void *ctx, struct db_row *row), void *ctx);
/** The same of a statement that takes one number. */
int db_each_from(struct db *db, const char *sql, uint64_t number,
                 int (*fn)(void *ctx, struct db_row *row), void *ctx);
/** The first column of the first row; -ENODATA: there is no row. */
int db_ask(struct db *db, const char *sql, uint64_t *ret_number);

/** Reads every page and looks at its structure. -EUCLEAN: it is damaged. */
int db_check(struct db *db);
/** Makes `to` the same as `from`, whatever it was. */
int db_copy(struct db *to, struct db *from);

/** Ends a transaction without its changes; nothing happens where there is none. */
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);
/** Rows changed so far. */
uint64_t db_changes(const struct db *db);
/** Whether DB_WRITE got a file that it cannot write. */
bool db_is_read_only(const struct db *db);
/** Whether the last failure was that a crash left changes half done, which DB_READ cannot undo. */
bool db_needs_recovery(const struct db *db);
/** What the last failure was, in words. */
const char *db_problem(const struct db *db);
