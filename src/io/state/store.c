/* The state's rows and its one transaction.
 *
 * A checkpoint begins as SQLite's deferred transaction: nothing is locked or written before the
 * first row is put. Rows are written whole, by their key. The first failure of any part rolls back
 * at once and closes the checkpoint, so that a caller who overlooks one cannot commit the rest.
 *
 * With a rollback journal a commit is: the old pages go to the journal and to disk, the new ones to
 * the database and to disk, then the journal's head is zeroed, which is the instant of the commit.
 * A death before that instant leaves a journal that the next opening plays back. */

#include "io/state/store.h"

#include "core/base/util.h"
#include "io/state/store_files.h"
#include "io/state/store_private.h"

#include <stdio.h>
#include <unistd.h>

struct store *store_free(struct store *s)
{
    if (!s)
        return NULL;
    store_written_deinit(&s->written);
    db_free(s->db);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    free(s->path);
    free(s);
    return NULL;
}

enum store_origin store_origin(const struct store *s)
{
    return s->origin;
}

uint64_t store_since_ns(const struct store *s)
{
    return s->since_ns;
}

uint64_t store_committed_ns(const struct store *s)
{
    return s->committed_ns;
}

const char *store_problem(const struct store *s)
{
    return db_problem(s->db);
}

/* ---- Reading. */

static int on_times(void *ctx, struct db_row *row)
{
    struct store *s = ctx;

    s->since_ns = db_number(row, 0);
    s->committed_ns = db_number(row, 1);
    return 0;
}

int store_read_times(struct store *s)
{
    static const char sql[] = "SELECT since_ns, committed_ns FROM state";

    return db_each(s->db, sql, on_times, s);
}

struct file_walk {
    int (*fn)(void *ctx, const struct store_file *file);
    void *ctx;
};

static int on_file(void *ctx, struct db_row *row)
{
    const struct file_walk *walk = ctx;
    const struct store_file file = {
        .source = db_text(row, 0),
        .position =
            {
                .path = db_text(row, 1),
                .serial = db_number(row, 2),
                .dev = db_number(row, 3),
                .ino = db_number(row, 4),
                .offset = db_number(row, 5),
                .lines = db_number(row, 6),
                .head_print = {.len = (uint32_t)db_number(row, 7), .hash = db_number(row, 8)},
                .tail_print = {.len = (uint32_t)db_number(row, 9), .hash = db_number(row, 10)},
                .file_time_ns = db_number(row, 11),
                .done = db_number(row, 12) != 0,
                .last_seen_ns = db_number(row, 13),
            },
    };

    return walk->fn(walk->ctx, &file);
}

int store_each_file(struct store *s, int (*fn)(void *ctx, const struct store_file *file), void *ctx)
{
    static const char sql[] =
        "SELECT source, path, serial, dev, ino, offset, lines, head_len, head_hash, mark_len,"
        " mark_hash, seen_ns, done, met_ns FROM files ORDER BY source, path, serial";
    struct file_walk walk = {.fn = fn, .ctx = ctx};

    return db_each(s->db, sql, on_file, &walk);
}

struct cursor_walk {
    int (*fn)(void *ctx, const struct store_cursor *cursor);
    void *ctx;
};

static int on_cursor(void *ctx, struct db_row *row)
{
    const struct cursor_walk *walk = ctx;
    const struct store_cursor cursor = {
        .source = db_text(row, 0),
        .key = db_text(row, 1),
        .cursor = db_text(row, 2),
        .time_ns = db_number(row, 3),
        .offset = db_number(row, 4),
        .lines = db_number(row, 5),
    };

    return walk->fn(walk->ctx, &cursor);
}

int store_each_cursor(struct store *s, int (*fn)(void *ctx, const struct store_cursor *cursor),
                      void *ctx)
{
    static const char sql[] =
        "SELECT source, key, cursor, time_ns, offset, lines FROM cursors ORDER BY source, key";
    struct cursor_walk walk = {.fn = fn, .ctx = ctx};

    return db_each(s->db, sql, on_cursor, &walk);
}

struct sink_walk {
    int (*fn)(void *ctx, const struct store_sink *sink);
    void *ctx;
};

static int on_sink(void *ctx, struct db_row *row)
{
    const struct sink_walk *walk = ctx;
    struct store_sink sink = {
        .path = db_text(row, 0),
        .position =
            {
                .dev = db_number(row, 1),
                .ino = db_number(row, 2),
                .length = db_number(row, 3),
                .tail_print = {.len = (uint32_t)db_number(row, 4), .hash = db_number(row, 5)},
            },
        .pending = db_bytes(row, 6),
    };

    snprintf(sink.position.cursor, sizeof(sink.position.cursor), "%s", db_text(row, 7));
    return walk->fn(walk->ctx, &sink);
}

int store_each_sink(struct store *s, int (*fn)(void *ctx, const struct store_sink *sink), void *ctx)
{
    static const char sql[] =
        "SELECT path, dev, ino, length, mark_len, mark_hash, owed, cursor FROM sinks"
        " ORDER BY path";
    struct sink_walk walk = {.fn = fn, .ctx = ctx};

    return db_each(s->db, sql, on_sink, &walk);
}

/* ---- One checkpoint. */

int store_fail(struct store *s, int r)
{
    if (r == 0)
        return 0;
    db_rollback(s->db);
    store_counters_rolled_back(s);
    s->begun = false;
    return r;
}

int store_may_put(const struct store *s)
{
    return s->begun ? 0 : -ECANCELED;
}

int store_begin(struct store *s)
{
    int r;

    if (s->read_only)
        return -EROFS;
    if (s->begun)
        return -EALREADY;
    r = db_exec(s->db, "BEGIN");
    if (r < 0)
        return r;
    s->begun = true;
    s->history_next = s->history;
    s->changes_before = db_changes(s->db);
    return 0;
}

static int put(struct store *s, const char *sql, const struct db_value *values, size_t n)
{
    int r = store_may_put(s);

    return r < 0 ? r : store_fail(s, db_run(s->db, sql, values, n));
}

#define PUT(s, sql, ...)                                    \
    put((s), (sql), (const struct db_value[]){__VA_ARGS__}, \
        sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value))

int store_put_file(struct store *s, const struct store_file *file)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO files (source, path, serial, dev, ino, offset,"
        " lines, head_len, head_hash, mark_len, mark_hash, seen_ns, done, met_ns)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";

    const struct file_position *f = &file->position;

    return PUT(s, sql, DB_TEXT(file->source), DB_TEXT(f->path), DB_NUMBER(f->serial),
               DB_NUMBER(f->dev), DB_NUMBER(f->ino), DB_NUMBER(f->offset), DB_NUMBER(f->lines),
               DB_NUMBER(f->head_print.len), DB_NUMBER(f->head_print.hash),
               DB_NUMBER(f->tail_print.len), DB_NUMBER(f->tail_print.hash),
               DB_NUMBER(f->file_time_ns), DB_NUMBER(f->done), DB_NUMBER(f->last_seen_ns));
}

int store_drop_file(struct store *s, const char *source, const char *path, uint64_t serial)
{
    static const char sql[] = "DELETE FROM files WHERE source = ?1 AND path = ?2 AND serial = ?3";

    return PUT(s, sql, DB_TEXT(source), DB_TEXT(path), DB_NUMBER(serial));
}

int store_move_files(struct store *s, const char *source, const char *path, const char *to)
{
    static const char sql[] =
        "UPDATE files SET source = ?3 WHERE source = ?1 AND path = ?2 AND NOT EXISTS"
        " (SELECT 1 FROM files AS of_target WHERE of_target.source = ?3 AND of_target.path = ?2)";

    uint64_t before = db_changes(s->db);
    int r = PUT(s, sql, DB_TEXT(source), DB_TEXT(path), DB_TEXT(to));

    return r < 0 ? r : db_changes(s->db) > before;
}

int store_put_cursor(struct store *s, const struct store_cursor *c)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO cursors (source, key, cursor, time_ns, offset,"
        " lines) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    return PUT(s, sql, DB_TEXT(c->source), DB_TEXT(c->key), DB_TEXT(c->cursor),
               DB_NUMBER(c->time_ns), DB_NUMBER(c->offset), DB_NUMBER(c->lines));
}

int store_drop_cursors(struct store *s, const char *source)
{
    static const char sql[] = "DELETE FROM cursors WHERE source = ?1";

    return PUT(s, sql, DB_TEXT(source));
}

int store_put_sink(struct store *s, const struct store_sink *sink)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO sinks (path, dev, ino, length, mark_len, mark_hash, owed, cursor)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

    return PUT(s, sql, DB_TEXT(sink->path), DB_NUMBER(sink->position.dev),
               DB_NUMBER(sink->position.ino), DB_NUMBER(sink->position.length),
               DB_NUMBER(sink->position.tail_print.len), DB_NUMBER(sink->position.tail_print.hash),
               DB_BYTES(sink->pending.ptr, sink->pending.len), DB_TEXT(sink->position.cursor));
}

int store_drop_sink(struct store *s, const char *path)
{
    static const char sql[] = "DELETE FROM sinks WHERE path = ?1";

    return PUT(s, sql, DB_TEXT(path));
}

int store_put_group(struct store *s, const char *name, uint64_t now_ns)
{
    static const char sql[] =
        "INSERT INTO groups (name, number, committed_ns)"
        " VALUES (?1, 1 + (SELECT coalesce(max(number), 0) FROM groups), ?2)"
        " ON CONFLICT DO UPDATE SET number = number + 1, committed_ns = excluded.committed_ns";

    return PUT(s, sql, DB_TEXT(name), DB_NUMBER(now_ns));
}

/* SQLite may report a failure after the instant of the commit: the journal's head is zero, but that
 * zero could not be brought to the disk. The commit then counts, and the next one brings it there.
 */
static bool is_committed(struct store *s, uint64_t now_ns)
{
    uint64_t committed_ns;

    db_rollback(s->db);
    return db_ask(s->db, "SELECT committed_ns FROM state", &committed_ns) == 0 &&
           committed_ns == now_ns;
}

/* The time of a commit, by which is_committed() knows it, is written only together with a change; a
 * transaction that changed nothing has nothing to commit. */
static int commit(struct store *s, uint64_t now_ns)
{
    static const char sql[] = "UPDATE state SET committed_ns = ?1";
    int r;

    if (db_changes(s->db) == s->changes_before) {
        db_rollback(s->db);
        return 0;
    }
    now_ns += now_ns == s->committed_ns;
    r = DB_RUN(s->db, sql, DB_NUMBER(now_ns));
    if (r == 0)
        r = store_history_tidy(s, now_ns);
    if (r == 0)
        r = db_exec(s->db, "COMMIT");
    if (r < 0 && is_committed(s, now_ns))
        r = 0;
    if (r == 0)
        s->committed_ns = now_ns;
    return r;
}

int store_flush(struct store *s, uint64_t now_ns)
{
    int r = store_may_put(s);

    if (r == 0)
        r = commit(s, now_ns);
    if (r < 0)
        db_rollback(s->db); /* here and not in store_settle(), for it may wait for the disk, too */
    return r;
}

int store_settle(struct store *s, int r)
{
    if (r < 0)
        return store_fail(s, r);
    s->history = s->history_next;
    store_counters_commit(s);
    s->begun = false;
    return 0;
}

int store_commit(struct store *s, uint64_t now_ns)
{
    return store_settle(s, store_flush(s, now_ns));
}

void store_rollback(struct store *s)
{
    store_fail(s, -ECANCELED);
}

bool store_has_file(const struct store *s, const struct link_target *target)
{
    return store_files_has(s->path, target);
}

uint64_t store_changes(const struct store *s)
{
    return db_changes(s->db);
}

/* ---- The copy. */

static int copy_into(struct store *s, const char *path)
{
    CLEANUP(db_freep) struct db *copy = NULL;
    int r;

    r = store_files_create(path);
    if (r == 0)
        r = db_open(&copy, path, DB_WRITE, /* patience_ms= */ 0);
    if (r == 0)
        r = db_exec(copy, "PRAGMA journal_mode = OFF");
    return r < 0 ? r : db_copy(copy, s->db);
}

int store_backup(struct store *s)
{
    CLEANUP(freep) char *made = store_files_name(s->path, ".backup.new");
    CLEANUP(freep) char *kept = store_files_name(s->path, ".backup");
    int r;

    if (!made || !kept)
        return -ENOMEM;
    if (s->begun || s->read_only)
        return -EBUSY;
    r = copy_into(s, made);
    if (r == 0)
        r = store_files_replace(made, kept);
    if (r < 0)
        unlink(made);
    return r;
}
