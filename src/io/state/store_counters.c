/* Counters, to and from the state.
 *
 * A count's row is written when its hits differ from those that the state has: hits only grow, and
 * nothing else of a count changes without them. The hits that the state has are kept in struct
 * store_written, one number for each entry of those sources that have hits at all. A number changes
 * when its row is put, because counting goes on while the row is brought to the disk, and goes back
 * when the commit fails. So a checkpoint writes as many rows as codes were seen since the last one,
 * not as many as there are codes.
 *
 * Rows are only written for codes that the loaded catalogs have, and are never deleted: the rows of
 * a catalog that is not loaded stay, and are found again when it comes back. */

#include "core/base/util.h"
#include "io/state/store_private.h"

#include <assert.h>

void store_written_deinit(struct store_written *w)
{
    for (size_t i = 0; i < w->n_sources; i++)
        free(w->codes[i]);
    free(w->codes);
    free(w->unknown);
    free(w->undo);
    *w = (struct store_written){0};
}

/* Makes room for all codes of the counters. A code that is new here has 0 hits in the state, where
 * it has no row. */
static int written_reserve(struct store_written *w)
{
    size_t n_sources = gloss_counters_n_sources(w->counters);
    size_t n_unknown = gloss_counters_n_unknown(w->counters);
    size_t n_entries = gloss_catalogs_n_entries(gloss_counters_catalogs(w->counters));

    if (GROW(&w->codes, &w->sources_size, n_sources) < 0 ||
        GROW(&w->unknown, &w->unknown_size, n_unknown) < 0)
        return -ENOMEM;
    while (w->n_sources < n_sources)
        w->codes[w->n_sources++] = NULL;
    while (w->n_unknown < n_unknown)
        w->unknown[w->n_unknown++] = 0;
    for (size_t i = 0; i < n_sources; i++) {
        if (w->codes[i] || !gloss_counters_source_at(w->counters, i)->codes)
            continue;
        w->codes[i] = calloc(n_entries, sizeof(**w->codes));
        if (!w->codes[i])
            return -ENOMEM;
    }
    return 0;
}

static void source_follow(struct store_written *w, size_t index)
{
    const struct gloss_source_counts *source = gloss_counters_source_at(w->counters, index);
    size_t n = gloss_catalogs_n_entries(gloss_counters_catalogs(w->counters));

    for (size_t id = 0; source->codes && id < n; id++)
        w->codes[index][id] = source->codes[id].hits;
}

/* Notes that the number has this value in the state, once this checkpoint is committed. */
static int note_number(struct store_written *w, uint64_t *number, uint64_t value)
{
    if (GROW(&w->undo, &w->undo_size, w->n_undo + 1) < 0)
        return -ENOMEM;
    w->undo[w->n_undo++] = (struct store_undo){.number = number, .before = *number};
    *number = value;
    return 0;
}

static int note_source(struct store_written *w, struct gloss_source_counts *source)
{
    if (GROW(&w->undo, &w->undo_size, w->n_undo + 1) < 0)
        return -ENOMEM;
    w->undo[w->n_undo++] = (struct store_undo){.source = source};
    source->dirty = false;
    return 0;
}

static void unknown_follow(struct store_written *w)
{
    for (size_t i = 0; i < w->n_unknown; i++)
        w->unknown[i] = gloss_counters_unknown_at(w->counters, i)->hits;
}

/* ---- From the state. */

/* The earlier of two times; 0 means no time. */
static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static int on_source(void *ctx, struct db_row *row)
{
    struct gloss_source_counts *s;
    int r = gloss_counters_source(ctx, db_text(row, 0), &s);

    if (r < 0)
        return r;
    s->bytes += db_number(row, 1);
    s->lines += db_number(row, 2);
    s->matched_lines += db_number(row, 3);
    s->hits += db_number(row, 4);
    s->successes += db_number(row, 5);
    s->first_ns = earlier(s->first_ns, db_number(row, 6));
    s->last_ns = MAX(s->last_ns, db_number(row, 7));
    s->read_first_ns = earlier(s->read_first_ns, db_number(row, 8));
    s->read_last_ns = MAX(s->read_last_ns, db_number(row, 9));
    s->tail_ns = db_number(row, 10);
    s->tail_line = db_number(row, 11);
    s->unknown_dropped += db_number(row, 12);
    return 0;
}

static int load_sources(struct store *s, struct gloss_counters *counters)
{
    static const char sql[] =
        "SELECT name, bytes, lines, matched_lines, hits, successes, first_ns, last_ns,"
        " read_first_ns, read_last_ns, tail_ns, tail_line, unknown_dropped FROM sources"
        " ORDER BY name";

    return db_each(s->db, sql, on_source, counters);
}

const struct gloss_entry *store_entry(const struct gloss_catalogs *set, const char *catalog,
                                      const char *code)
{
    const struct gloss_entry *entry = gloss_catalogs_find(set, gloss_span_str(code));

    return entry && STREQ(entry->catalog->name, catalog) ? entry : NULL;
}

static int on_count(void *ctx, struct db_row *row)
{
    const struct gloss_entry *entry =
        store_entry(gloss_counters_catalogs(ctx), db_text(row, 1), db_text(row, 2));
    struct gloss_source_counts *source;
    struct gloss_count *count;

    if (!entry)
        return 0;
    if (gloss_counters_source(ctx, db_text(row, 0), &source) < 0 ||
        gloss_counters_code(ctx, source, entry->id, &count) < 0)
        return -ENOMEM;
    count->hits += db_number(row, 3);
    count->lines += db_number(row, 4);
    count->first_ns = earlier(count->first_ns, db_number(row, 5));
    count->last_ns = MAX(count->last_ns, db_number(row, 6));
    count->last_line = db_number(row, 7);
    return 0;
}

static int load_codes(struct store *s, struct gloss_counters *counters)
{
    static const char sql[] = "SELECT source, catalog, code, hits, lines, first_ns, last_ns,"
                              " last_line FROM counts ORDER BY source, catalog, code";

    return db_each(s->db, sql, on_count, counters);
}

struct orphans {
    const struct gloss_catalogs *set;
    uint64_t hits;
};

static int on_orphan(void *ctx, struct db_row *row)
{
    struct orphans *o = ctx;

    if (!store_entry(o->set, db_text(row, 0), db_text(row, 1)))
        o->hits += db_number(row, 2);
    return 0;
}

int store_orphans(struct store *s, const struct gloss_catalogs *set, uint64_t *ret_hits)
{
    static const char sql[] = "SELECT catalog, code, hits FROM counts";
    struct orphans o = {.set = set};
    int r = db_each(s->db, sql, on_orphan, &o);

    if (r == 0)
        *ret_hits = o.hits;
    return r;
}

static bool has_catalog(const struct gloss_catalogs *set, const char *name)
{
    for (size_t i = 0; i < gloss_catalogs_count(set); i++)
        if (STREQ(gloss_catalogs_get(set, i)->name, name))
            return true;
    return false;
}

/* A code for which there is no room stays in its row; counted as dropped it would count twice. */
int store_add_unknown(struct gloss_counters *counters, const char *source, const char *catalog,
                      const char *code, uint64_t hits)
{
    struct gloss_source_counts *counts = NULL;

    if (!has_catalog(gloss_counters_catalogs(counters), catalog) ||
        gloss_counters_n_unknown(counters) == GLOSS_UNKNOWN_MAX)
        return 0;
    if (*source && gloss_counters_source(counters, source, &counts) < 0)
        return -ENOMEM;
    return gloss_counters_unknown(counters, counts, gloss_span_str(code), catalog, hits);
}

static int on_unknown(void *ctx, struct db_row *row)
{
    return store_add_unknown(ctx, db_text(row, 0), db_text(row, 1), db_text(row, 2),
                             db_number(row, 3));
}

static int load_unknown(struct store *s, struct gloss_counters *counters)
{
    static const char sql[] =
        "SELECT source, catalog, code, hits FROM unknown ORDER BY source, catalog, code";
    uint64_t dropped;
    int r;

    r = db_each(s->db, sql, on_unknown, counters);
    if (r == 0)
        r = db_ask(s->db, "SELECT unknown_dropped FROM state", &dropped);
    if (r == 0)
        gloss_counters_unknown_drop(counters, dropped);
    return r;
}

static int load(struct store *s, struct gloss_counters *counters)
{
    int r = store_read_times(s);

    if (r == 0)
        r = load_sources(s, counters);
    if (r == 0)
        r = load_codes(s, counters);
    return r < 0 ? r : load_unknown(s, counters);
}

int store_load_counters(struct store *s, struct gloss_counters *counters)
{
    int r;

    if (s->begun)
        return -EBUSY;
    store_written_deinit(&s->written);
    r = db_exec(s->db, "BEGIN");
    if (r < 0)
        return r;
    r = load(s, counters);
    if (r == 0 && !s->read_only)
        r = store_history_load(s, counters);
    db_rollback(s->db);
    s->written.counters = counters;
    if (r == 0)
        r = written_reserve(&s->written);
    if (r < 0) {
        store_written_deinit(&s->written);
        return r;
    }
    for (size_t i = 0; i < s->written.n_sources; i++)
        source_follow(&s->written, i);
    unknown_follow(&s->written);
    return 0;
}

/* ---- Into the state. */

static int put_source(struct store *s, const struct gloss_source_counts *c)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO sources (name, bytes, lines, matched_lines, hits, successes,"
        " first_ns, last_ns, read_first_ns, read_last_ns, tail_ns, tail_line, unknown_dropped)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";

    return DB_RUN(s->db, sql, DB_TEXT(c->name), DB_NUMBER(c->bytes), DB_NUMBER(c->lines),
                  DB_NUMBER(c->matched_lines), DB_NUMBER(c->hits), DB_NUMBER(c->successes),
                  DB_NUMBER(c->first_ns), DB_NUMBER(c->last_ns), DB_NUMBER(c->read_first_ns),
                  DB_NUMBER(c->read_last_ns), DB_NUMBER(c->tail_ns), DB_NUMBER(c->tail_line),
                  DB_NUMBER(c->unknown_dropped));
}

static int put_code(struct store *s, const char *source, const struct gloss_entry *entry,
                    const struct gloss_count *c)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO counts (source, catalog, code, hits, lines, first_ns, last_ns,"
        " last_line) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

    return DB_RUN(s->db, sql, DB_TEXT(source), DB_TEXT(entry->catalog->name), DB_TEXT(entry->code),
                  DB_NUMBER(c->hits), DB_NUMBER(c->lines), DB_NUMBER(c->first_ns),
                  DB_NUMBER(c->last_ns), DB_NUMBER(c->last_line));
}

static int put_codes(struct store *s, size_t index)
{
    const struct gloss_catalogs *set = gloss_counters_catalogs(s->written.counters);
    const struct gloss_source_counts *source = gloss_counters_source_at(s->written.counters, index);
    size_t n = gloss_catalogs_n_entries(set);
    int r = 0;

    for (uint32_t id = 0; source->codes && id < n && r == 0; id++) {
        if (source->codes[id].hits == s->written.codes[index][id])
            continue;
        r = put_code(s, source->name, gloss_catalogs_entry(set, id), &source->codes[id]);
        if (r == 0)
            r = note_number(&s->written, &s->written.codes[index][id], source->codes[id].hits);
    }
    return r;
}

static bool is_selected(const struct store_selection *selection, const char *source)
{
    return !selection || selection->fn(selection->ctx, source);
}

static int put_sources(struct store *s, const struct store_selection *selection)
{
    int r = 0;

    for (size_t i = 0; i < s->written.n_sources && r == 0; i++) {
        struct gloss_source_counts *source = gloss_counters_source_at(s->written.counters, i);

        if (!source->dirty || !is_selected(selection, source->name))
            continue;
        r = put_source(s, source);
        if (r == 0)
            r = put_codes(s, i);
        if (r == 0)
            r = note_source(&s->written, source);
    }
    return r;
}

static int put_unknown(struct store *s, const struct store_selection *selection)
{
    static const char sql[] =
        "INSERT OR REPLACE INTO unknown (source, catalog, code, hits) VALUES (?1, ?2, ?3, ?4)";
    int r = 0;

    for (size_t i = 0; i < s->written.n_unknown && r == 0; i++) {
        const struct gloss_unknown_count *u = gloss_counters_unknown_at(s->written.counters, i);

        if (u->hits == s->written.unknown[i] || !u->source ||
            !is_selected(selection, u->source->name))
            continue;
        r = DB_RUN(s->db, sql, DB_TEXT(u->source->name), DB_TEXT(u->catalog), DB_TEXT(u->code),
                   DB_NUMBER(u->hits));
        if (r == 0)
            r = note_number(&s->written, &s->written.unknown[i], u->hits);
    }
    return r;
}

int store_put_counters(struct store *s, struct gloss_counters *counters,
                       const struct store_selection *selection)
{
    int r = store_may_put(s);

    assert(counters == s->written.counters);
    if (r < 0)
        return r;
    r = written_reserve(&s->written);
    if (r == 0)
        r = put_sources(s, selection);
    if (r == 0)
        r = put_unknown(s, selection);
    if (r == 0)
        r = store_history_put(s, gloss_counters_history(counters), selection);
    return store_fail(s, r);
}

/* NULL: the counters keep no history, or there are no counters. */
static struct gloss_history *history_of(const struct store *s)
{
    return s->written.counters ? gloss_counters_history(s->written.counters) : NULL;
}

void store_counters_commit(struct store *s)
{
    struct gloss_history *history = history_of(s);

    s->written.n_undo = 0;
    if (history)
        store_history_commit(s, history);
}

void store_counters_rolled_back(struct store *s)
{
    struct gloss_history *history = history_of(s);

    while (s->written.n_undo > 0) {
        const struct store_undo *u = &s->written.undo[--s->written.n_undo];

        if (u->number)
            *u->number = u->before;
        if (u->source)
            u->source->dirty = true;
    }
    if (history)
        store_history_rolled_back(history);
}
