#pragma once

/* A database file, as the state needs it. Only sqlite.c knows that it is SQLite's.
 *
 * Numbers are uint64_t. SQLite's are int64_t: the same 64 bits are stored, so a number from 2^63 on
 * looks negative in SQL and comes back as it was. No statement compares or adds such numbers; the
 * history adds in SQL, but what is counted within an hour is far below 2^63.
 *
 * Results are 0 or a negative errno; -EUCLEAN: the file is damaged, or has other tables than the
 * statement asks for; -EBUSY: another process held it for too long; -ESTALE: the file was moved or
 * deleted; -EROFS: it cannot be written; -ELIBACC: SQLite cannot be loaded; -ENOMEM. db_problem()
 * says it in words.
 *
 * The file is not trusted. A walk gives no more rows and text than the file can hold, a text is at
 * most DB_TEXT_MAX bytes long, and no statement works without end: a file that asks for more is
 * damaged (-EUCLEAN). */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

#define DB_TEXT_MAX 65536

enum db_mode {
    DB_READ,   /* never writes, not even to finish what a crash left */
    DB_WRITE,  /* the file must exist */
    DB_MEMORY, /* a new database without a file; path is not used */
};

/** Opens a database.
 * @path  of its file; not used with DB_MEMORY.
 * @patience_ms  how long a statement waits for another process's lock.
 * Returns 0, or a negative errno; -ENOENT: there is no such file. */
int db_open(struct db **ret_db, const char *path, enum db_mode mode, int patience_ms);
struct db *db_free(struct db *db);
static inline void db_freep(struct db **db)
{
    *db = db_free(*db);
}

/** The value for one of the parameters ?1, ?2, … of a statement: `text` where that is not NULL,
 * else `bytes` where those are not NULL, else `number`. All is borrowed for the call. */
struct db_value {
    const char *text, *bytes;
    uint64_t number; /* of bytes: how many there are */
};
#define DB_TEXT(t) ((struct db_value){.text = (t)})
#define DB_NUMBER(n) ((struct db_value){.number = (n)})
#define DB_BYTES(p, n) ((struct db_value){.bytes = (n) > 0 ? (p) : "", .number = (n)})

/** Runs statements that have no parameters and no rows. */
int db_exec(struct db *db, const char *sql);
/** Runs one statement. It is kept prepared until db_free(), and found again by the address of its
 * text, which must therefore be a constant of the program. */
int db_run(struct db *db, const char *sql, const struct db_value *values, size_t n);
#define DB_RUN(db, sql, ...)                                    \
    db_run((db), (sql), (const struct db_value[]){__VA_ARGS__}, \
           sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value))

/** One row of a result; columns are counted from 0. Texts and bytes live until the function that
 * got the row returns. A text or bytes that are NULL in SQL are empty here. */
struct db_row;
uint64_t db_number(struct db_row *row, int column);
const char *db_text(struct db_row *row, int column);
struct gloss_span db_bytes(struct db_row *row, int column);

/** Calls fn with each row; a non-zero result of fn ends the walk and is returned. The statement is
 * kept as by db_run(). */
int db_each(struct db *db, const char *sql, int (*fn)(void *ctx, struct db_row *row), void *ctx);
/** The same for a statement with one parameter, a number. */
int db_each_from(struct db *db, const char *sql, uint64_t number,
                 int (*fn)(void *ctx, struct db_row *row), void *ctx);
/** Reads the first column of the first row. -ENODATA: there is no row. */
int db_ask(struct db *db, const char *sql, uint64_t *ret_number);

/** Reads every page and looks at its structure. -EUCLEAN: it is damaged. */
int db_check(struct db *db);
/** Replaces all of `to` by the content of `from`. */
int db_copy(struct db *to, struct db *from);

/** Ends the transaction without its changes. Nothing happens when there is no transaction. */
void db_rollback(struct db *db);
/** Rows changed through this handle so far. */
uint64_t db_changes(const struct db *db);
/** Whether the file was opened with DB_WRITE but cannot be written. */
bool db_is_read_only(const struct db *db);
/** Whether the last call failed because a crash left changes half done, which DB_READ cannot undo.
 */
bool db_needs_recovery(const struct db *db);
/** Says in words what is wrong with the content, as db_problem(). Returns `error`. */
int db_refuse(struct db *db, int error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** The last failure in words; owned by the database, until its next failure. */
const char *db_problem(const struct db *db);
