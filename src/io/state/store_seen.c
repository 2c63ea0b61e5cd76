/* What the state tells of files beside how far they were read: which ones our sinks have written,
 * and which ones no source reads. */

#include "io/state/store_private.h"

struct output_walk {
    int (*fn)(void *ctx, const struct store_output *output);
    void *ctx;
};

static int on_output(void *ctx, struct db_row *row)
{
    const struct output_walk *walk = ctx;
    const struct store_output output = {.path = db_text(row, 0),
                                        .serial = db_number(row, 1),
                                        .dev = db_number(row, 2),
                                        .ino = db_number(row, 3),
                                        .head = db_bytes(row, 4)};

    return walk->fn(walk->ctx, &output);
}

int store_each_output(struct store *s, int (*fn)(void *ctx, const struct store_output *output),
                      void *ctx)
{
    static const char sql[] =
        "SELECT path, serial, dev, ino, head FROM outputs ORDER BY path, serial";
    struct output_walk walk = {.fn = fn, .ctx = ctx};

    return db_each(s->db, sql, on_output, &walk);
}

struct skipped_walk {
    int (*fn)(void *ctx, const struct store_skipped *skipped);
    void *ctx;
};

static int on_skipped(void *ctx, struct db_row *row)
{
    const struct skipped_walk *walk = ctx;
    const struct store_skipped skipped = {
        .source = db_text(row, 0), .path = db_text(row, 1), .reason = db_text(row, 2)};

    return walk->fn(walk->ctx, &skipped);
}

int store_each_skipped(struct store *s, int (*fn)(void *ctx, const struct store_skipped *skipped),
                       void *ctx)
{
    static const char sql[] = "SELECT source, path, reason FROM skipped ORDER BY source, path";
    struct skipped_walk walk = {.fn = fn, .ctx = ctx};

    return db_each(s->db, sql, on_skipped, &walk);
}

static int put(struct store *s, const char *sql, const struct db_value *values, size_t n)
{
    int r = store_may_put(s);

    return r < 0 ? r : store_fail(s, db_run(s->db, sql, values, n));
}

int store_put_output(struct store *s, const struct store_output *o)
{
    static const char sql[] = "INSERT OR REPLACE INTO outputs (path, serial, dev, ino, head)"
                              " VALUES (?1, ?2, ?3, ?4, ?5)";
    const struct db_value values[] = {DB_TEXT(o->path), DB_NUMBER(o->serial), DB_NUMBER(o->dev),
                                      DB_NUMBER(o->ino), DB_BYTES(o->head.ptr, o->head.len)};

    return put(s, sql, values, sizeof(values) / sizeof(*values));
}

int store_drop_output(struct store *s, const char *path, uint64_t serial)
{
    static const char sql[] = "DELETE FROM outputs WHERE path = ?1 AND serial = ?2";
    const struct db_value values[] = {DB_TEXT(path), DB_NUMBER(serial)};

    return put(s, sql, values, sizeof(values) / sizeof(*values));
}

int store_put_skipped(struct store *s, const struct store_skipped *skipped)
{
    static const char sql[] = "INSERT OR REPLACE INTO skipped (source, path, reason)"
                              " VALUES (?1, ?2, ?3)";
    const struct db_value values[] = {DB_TEXT(skipped->source), DB_TEXT(skipped->path),
                                      DB_TEXT(skipped->reason)};

    return put(s, sql, values, sizeof(values) / sizeof(*values));
}

int store_drop_skipped(struct store *s, const char *source)
{
    static const char sql[] = "DELETE FROM skipped WHERE source = ?1";
    const struct db_value values[] = {DB_TEXT(source)};

    return put(s, sql, values, sizeof(values) / sizeof(*values));
}
