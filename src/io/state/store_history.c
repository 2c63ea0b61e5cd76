/* The history: what was counted, by the time it belongs to. A row counts one source, code or
 * unknown code in one period, which is a minute of the last day or an hour of the last 30 days:
 *
 *     begin_s   kind  source  catalog  code            period_s   bytes … hits … first_ns last_ns
 *     08:00:00  0     app                              60       the sums of a source
 *     08:00:00  1     app     shop     BIZ_NO_STOCK    60       an entry in a source
 *     08:00:00  2     app     shop     BIZ_NEW         60       an unknown code in a source
 *
 * A checkpoint adds to the rows of its minute, which stand beside each other at the end of the
 * table; so it writes a row for each count that changed, as the counters do, and in the same
 * transaction. The sum of all rows of a new state equals its counters, except for lines that were
 * too old when they were read.
 *
 * Once an hour, with a checkpoint, the minutes of an hour become one row. A row holds its own
 * period, so readers need not know how far the folding has come: an hour and its first minute have
 * the same key, and where they meet the row is the hour's. The number of rows is bounded: beyond
 * STORE_HISTORY_ROWS minutes become hours earlier, then the oldest rows go, and the state says from
 * when on nothing is missing. */

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/state/store_private.h"

#define DAY_S UINT64_C(86400)
#define MINUTES_KEPT_S DAY_S
#define KEPT_S (30 * DAY_S)

/* The last full hour at or before the time `age_s` seconds ago, in seconds since 1970. */
static uint64_t hour_before(uint64_t now_ns, uint64_t age_s)
{
    uint64_t now_s = now_ns / SECOND_NS;
    uint64_t s = now_s > age_s ? now_s - age_s : 0;

    return s - s % GLOSS_HOUR_S;
}

/* ---- writing ---- */

/* Tells the history which times are counted by the minute. Hours that are folded already must not
 * get minutes again. */
static void set_periods(const struct store *s, struct gloss_history *history, uint64_t now_ns)
{
    uint64_t minutes_s = MAX(hour_before(now_ns, MINUTES_KEPT_S), s->history.folded_s);

    gloss_history_set_periods(history, minutes_s * SECOND_NS,
                              hour_before(now_ns, KEPT_S) * SECOND_NS);
}

int store_history_load(struct store *s, struct gloss_counters *counters)
{
    int r = gloss_counters_keep_history(counters);

    if (r == 0)
        r = db_ask(s->db, "SELECT count(*) FROM history", &s->history.rows_at_most);
    if (r == 0)
        set_periods(s, gloss_counters_history(counters), MAX(s->opened_ns, s->committed_ns));
    return r;
}

static void names_of(const struct store *s, const struct gloss_tally *t, const char *names[3])
{
    const struct gloss_counters *counters = s->written.counters;
    const struct gloss_entry *entry;

    names[0] = names[1] = names[2] = "";
    if (t->source)
        names[0] = t->source->name;
    if (t->kind == GLOSS_TALLY_CODE) {
        entry = gloss_catalogs_entry(gloss_counters_catalogs(counters), t->id);
        names[1] = entry->catalog->name;
        names[2] = entry->code;
    } else if (t->kind == GLOSS_TALLY_UNKNOWN) {
        names[1] = gloss_counters_unknown_at(counters, t->id)->catalog;
        names[2] = gloss_counters_unknown_at(counters, t->id)->code;
    }
}

#define ADD_ROWS                                                                                \
    " ON CONFLICT DO UPDATE SET period_s = max(period_s, excluded.period_s),"                   \
    " bytes = bytes + excluded.bytes, lines = lines + excluded.lines,"                          \
    " matched_lines = matched_lines + excluded.matched_lines, hits = hits + excluded.hits,"     \
    " successes = successes + excluded.successes, first_ns = min(first_ns, excluded.first_ns)," \
    " last_ns = max(last_ns, excluded.last_ns)"

static int put_tally(struct store *s, const struct gloss_tally *t)
{
    static const char sql[] =
        "INSERT INTO history (begin_s, kind, source, catalog, code, period_s, bytes, lines,"
        " matched_lines, hits, successes, first_ns, last_ns)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)" ADD_ROWS;
    const char *names[3];

    names_of(s, t, names);
    return DB_RUN(s->db, sql, DB_NUMBER(t->begin_ns / SECOND_NS), DB_NUMBER(t->kind),
                  DB_TEXT(names[0]), DB_TEXT(names[1]), DB_TEXT(names[2]), DB_NUMBER(t->period_s),
                  DB_NUMBER(t->bytes), DB_NUMBER(t->lines), DB_NUMBER(t->matched_lines),
                  DB_NUMBER(t->hits), DB_NUMBER(t->successes), DB_NUMBER(t->first_ns),
                  DB_NUMBER(t->last_ns));
}

static int move_begin(struct store *s, uint64_t from_ns)
{
    static const char sql[] = "UPDATE state SET history_from_ns = max(history_from_ns, ?1)";

    return DB_RUN(s->db, sql, DB_NUMBER(from_ns));
}

static bool is_selected(void *ctx, const struct gloss_tally *t)
{
    const struct store_selection *selection = ctx;

    return selection->fn(selection->ctx, t->source->name);
}

int store_history_put(struct store *s, struct gloss_history *history,
                      const struct store_selection *selection)
{
    size_t n =
        gloss_history_seal(history, selection ? is_selected : NULL, (void *)(uintptr_t)selection);
    int r = 0;

    for (size_t i = 0; i < n && r == 0; i++)
        r = put_tally(s, gloss_history_get(history, i));
    s->history_next.rows_at_most += n;
    if (r == 0 && gloss_history_lost_ns(history) > 0)
        r = move_begin(s, gloss_history_lost_ns(history));
    return r;
}

void store_history_commit(struct store *s, struct gloss_history *history)
{
    gloss_history_drop_sealed(history);
    set_periods(s, history, s->committed_ns);
}

void store_history_rolled_back(struct gloss_history *history)
{
    gloss_history_unseal(history);
}

/* ---- growing old ---- */

/* Folds the minutes before until_s. Hours that were folded before are not looked at again. */
static int fold(struct store *s, uint64_t until_s)
{
    static const char into_hours[] =
        "INSERT INTO history (begin_s, kind, source, catalog, code, period_s, bytes, lines,"
        " matched_lines, hits, successes, first_ns, last_ns)"
        " SELECT begin_s - begin_s % 3600, kind, source, catalog, code, 3600, sum(bytes),"
        " sum(lines), sum(matched_lines), sum(hits), sum(successes), min(first_ns), max(last_ns)"
        " FROM history WHERE begin_s >= ?1 AND begin_s < ?2 AND begin_s % 3600 <> 0"
        " GROUP BY begin_s - begin_s % 3600, kind, source, catalog, code" ADD_ROWS;
    static const char minutes[] =
        "DELETE FROM history WHERE begin_s >= ?1 AND begin_s < ?2 AND begin_s % 3600 <> 0";
    static const char first_minutes[] = "UPDATE history SET period_s = 3600 WHERE begin_s >= ?1 "
                                        "AND begin_s < ?2 AND period_s <> 3600";
    struct store_history *h = &s->history_next;
    int r = DB_RUN(s->db, into_hours, DB_NUMBER(h->folded_s), DB_NUMBER(until_s));

    if (r == 0)
        r = DB_RUN(s->db, minutes, DB_NUMBER(h->folded_s), DB_NUMBER(until_s));
    if (r == 0)
        r = DB_RUN(s->db, first_minutes, DB_NUMBER(h->folded_s), DB_NUMBER(until_s));
    h->folded_s = until_s;
    return r;
}

static int drop(struct store *s, uint64_t until_s)
{
    static const char sql[] = "DELETE FROM history WHERE begin_s < ?1";

    return DB_RUN(s->db, sql, DB_NUMBER(until_s));
}

static int count_rows(struct store *s)
{
    return db_ask(s->db, "SELECT count(*) FROM history", &s->history_next.rows_at_most);
}

/* Folds the older half of those whole hours that still have minutes. */
static int fold_half(struct store *s, uint64_t hour_s)
{
    uint64_t hours = (hour_s - s->history_next.folded_s) / GLOSS_HOUR_S;

    return fold(s, hour_s - hours / 2 * GLOSS_HOUR_S);
}

/* Drops the older half of the time that the history covers, and at least its first period, so that
 * the loop in make_room() ends. */
static int drop_half(struct store *s)
{
    uint64_t first_s = 0, last_s = 0, until_s;
    int r = db_ask(s->db, "SELECT min(begin_s) FROM history", &first_s);

    if (r == 0)
        r = db_ask(s->db, "SELECT max(begin_s) FROM history", &last_s);
    if (r < 0)
        return r;
    until_s = first_s + (last_s - first_s) / 2 + 1;
    r = drop(s, until_s);
    return r < 0 ? r : move_begin(s, (until_s + GLOSS_HOUR_S) * SECOND_NS);
}

static int make_room(struct store *s, uint64_t now_ns)
{
    uint64_t hour_s = hour_before(now_ns, 0);
    int r = count_rows(s);

    while (r == 0 && s->history_next.rows_at_most > STORE_HISTORY_ROWS) {
        r = s->history_next.folded_s < hour_s ? fold_half(s, hour_s) : drop_half(s);
        if (r == 0)
            r = count_rows(s);
    }
    return r;
}

int store_history_tidy(struct store *s, uint64_t now_ns)
{
    struct store_history *h = &s->history_next;
    uint64_t minutes_s = hour_before(now_ns, MINUTES_KEPT_S);
    uint64_t kept_s = hour_before(now_ns, KEPT_S);
    int r = 0;

    if (kept_s > h->dropped_s) {
        r = drop(s, kept_s);
        h->dropped_s = kept_s;
    }
    if (r == 0 && minutes_s > h->folded_s)
        r = fold(s, minutes_s);
    if (r == 0 && h->rows_at_most > STORE_HISTORY_ROWS)
        r = make_room(s, now_ns);
    return r;
}

/* ---- reading ---- */

struct reading {
    struct gloss_counters *counters;
    struct store_span span;
};

static void add_source(struct gloss_source_counts *source, struct db_row *row)
{
    uint64_t first_ns = db_number(row, 10);

    source->bytes += db_number(row, 5);
    source->lines += db_number(row, 6);
    source->matched_lines += db_number(row, 7);
    source->hits += db_number(row, 8);
    source->successes += db_number(row, 9);
    source->first_ns = source->first_ns == 0 ? first_ns : MIN(source->first_ns, first_ns);
    source->last_ns = MAX(source->last_ns, db_number(row, 11));
}

static int add_code(struct gloss_counters *counters, struct gloss_source_counts *source,
                    struct db_row *row)
{
    const struct gloss_entry *entry =
        store_entry(gloss_counters_catalogs(counters), db_text(row, 3), db_text(row, 4));
    uint64_t first_ns = db_number(row, 10);
    struct gloss_count *count;

    if (!entry)
        return 0;
    if (gloss_counters_code(counters, source, entry->id, &count) < 0)
        return -ENOMEM;
    count->hits += db_number(row, 8);
    count->lines += db_number(row, 6);
    count->first_ns = count->first_ns == 0 ? first_ns : MIN(count->first_ns, first_ns);
    count->last_ns = MAX(count->last_ns, db_number(row, 11));
    return 0;
}

static int on_history(void *ctx, struct db_row *row)
{
    struct reading *reading = ctx;
    struct gloss_source_counts *source;

    reading->span.from_ns = MIN(reading->span.from_ns, db_number(row, 0) * SECOND_NS);
    if (db_number(row, 1) == GLOSS_TALLY_UNKNOWN)
        return store_add_unknown(reading->counters, db_text(row, 2), db_text(row, 3),
                                 db_text(row, 4), db_number(row, 8));
    if (gloss_counters_source(reading->counters, db_text(row, 2), &source) < 0)
        return -ENOMEM;
    if (db_number(row, 1) == GLOSS_TALLY_CODE)
        return add_code(reading->counters, source, row);
    add_source(source, row);
    return 0;
}

/* All sources are added in the order of their names, whichever of them had hits first. */
static int on_name(void *ctx, struct db_row *row)
{
    struct gloss_source_counts *source;

    return gloss_counters_source(ctx, db_text(row, 0), &source);
}

static int load(struct store *s, struct reading *reading, uint64_t since_s)
{
    static const char sql[] =
        "SELECT begin_s, kind, source, catalog, code, bytes, lines, matched_lines, hits,"
        " successes, first_ns, last_ns FROM history"
        " WHERE begin_s > ?1 - 3600 AND begin_s + period_s > ?1"
        " ORDER BY begin_s, kind, source, catalog, code";
    int r = store_read_times(s);

    if (r == 0)
        r = db_ask(s->db, "SELECT history_from_ns FROM state", &reading->span.whole_ns);
    if (r == 0)
        r = db_each(s->db, "SELECT name FROM sources ORDER BY name", on_name, reading->counters);
    return r < 0 ? r : db_each_from(s->db, sql, since_s, on_history, reading);
}

int store_load_since(struct store *s, struct gloss_counters *counters, uint64_t since_ns,
                     struct store_span *ret_span)
{
    struct reading reading = {.counters = counters, .span = {.from_ns = since_ns}};
    int r = db_exec(s->db, "BEGIN");

    if (r < 0)
        return r;
    r = load(s, &reading, since_ns / SECOND_NS);
    db_rollback(s->db);
    if (r < 0)
        return r;
    reading.span.whole_ns =
        MAX(reading.span.whole_ns, hour_before(s->opened_ns, KEPT_S) * SECOND_NS);
    *ret_span = reading.span;
    return 0;
}
