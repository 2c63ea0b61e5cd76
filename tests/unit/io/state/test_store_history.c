/* The history in the state: it agrees with the counters after every commit, its rows grow old by
 * rules, their number is bounded, and it answers for a time as exactly as it says. The sqlite3
 * shell reads what is there. */

#include "core/base/nanoseconds.h"
#include "helpers/counted_state.h"
#include "helpers/run.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* 2026-11-23 08:00:00 UTC; STATE_NOW_NS is the same day's noon */
#define EIGHT (STATE_NOW_NS - 4 * HOUR_NS)

TestSuite(store_history, .init = counted_state_init, .fini = counted_state_fini);

static void restart(struct store **s)
{
    store_free(*s);
    gloss_counters_free(counters);
    cr_assert_eq(gloss_counters_new(&counters, set), 0);
    *s = counted_state_open();
}

static void add(const char *source, const char *line)
{
    cr_assert_eq(counting_add(counters, source, line, NULL), 0);
}

static void commit(struct store *s)
{
    counted_state_commit(s, STATE_NOW_NS);
}

/* Expects that the sum of all rows of the history equals the counters. */
static void expect_agreement(void)
{
    cr_expect_str_eq(
        state_sql(
            state_path(),
            "SELECT name, bytes, lines, matched_lines, hits, successes FROM sources EXCEPT"
            " SELECT source, sum(bytes), sum(lines), sum(matched_lines), sum(hits), sum(successes)"
            " FROM history WHERE kind = 0 GROUP BY source;"
            "SELECT source, catalog, code, hits, lines, first_ns, last_ns FROM counts EXCEPT"
            " SELECT source, catalog, code, sum(hits), sum(lines), min(first_ns), max(last_ns)"
            " FROM history WHERE kind = 1 GROUP BY source, catalog, code;"
            "SELECT source, catalog, code, hits FROM unknown EXCEPT"
            " SELECT source, catalog, code, sum(hits) FROM history WHERE kind = 2"
            " GROUP BY source, catalog, code"),
        "");
}

static const char *rows(void)
{
    return state_sql(state_path(),
                     "SELECT time(begin_s, 'unixepoch'), kind, source, code, period_s, hits, lines"
                     " FROM history");
}

Test(store_history, a_checkpoint_adds_to_the_row_of_its_minute)
{
    struct store *s = counted_state_open();

    add("app", "2026-11-23 08:00:01 BIZ_NO_STOCK BIZ_NEW\n");
    commit(s);
    add("app", "2026-11-23 08:00:02 BIZ_NO_STOCK BIZ_NO_STOCK ok=1\n");
    commit(s);
    restart(&s);
    add("app", "2026-11-23 08:00:03 BIZ_NO_STOCK\n");
    add("app", "2026-11-23 08:01:00 BIZ_NO_MONEY\n");
    commit(s);
    cr_expect_str_eq(rows(), "08:00:00|0|app||60|4|3\n"
                             "08:00:00|1|app|BIZ_NO_STOCK|60|4|3\n"
                             "08:00:00|2|app|BIZ_NEW|60|1|0\n"
                             "08:01:00|0|app||60|1|1\n"
                             "08:01:00|1|app|BIZ_NO_MONEY|60|1|1");
    expect_agreement();
    store_free(s);
}

Test(store_history, it_agrees_with_the_counters_whatever_is_rolled_back_or_forgotten)
{
    struct store *s = counted_state_open();
    char line[96];

    for (int i = 0; i < 200; i++) {
        snprintf(line, sizeof(line), "2026-11-23 %02d:%02d:07 BIZ_NO_%s BIZ_NEW_%d ok=1\n", i % 12,
                 i % 60, i % 3 ? "STOCK" : "MONEY", i % 5);
        add(i % 2 ? "app" : "web", line);
        if (i % 7 == 0) {
            cr_assert_eq(store_begin(s), 0);
            cr_assert_eq(store_put_counters(s, counters, NULL), 0);
            store_rollback(s);
        }
        if (i % 11 == 0)
            restart(&s); /* as after a crash: counts that were not committed are gone */
        if (i % 3 == 0) {
            commit(s);
            expect_agreement();
        }
    }
    store_free(s);
}

/* As the service does, which goes on counting while another thread waits for the disk. */
Test(store_history, it_agrees_though_counting_goes_on_while_it_is_committed)
{
    struct store *s = counted_state_open();
    char line[64];

    for (int i = 0; i < 60; i++) {
        snprintf(line, sizeof(line), "2026-11-23 08:%02d:01 BIZ_NO_STOCK BIZ_NEW_%d\n", i, i % 7);
        add("app", line);
        cr_assert_eq(store_begin(s), 0);
        cr_assert_eq(store_put_counters(s, counters, NULL), 0);
        add(i % 2 ? "app" : "web", line);
        if (i % 5 == 4)
            cr_assert_eq(store_settle(s, -EIO), -EIO);
        else
            cr_assert_eq(store_settle(s, store_flush(s, STATE_NOW_NS)), 0);
        expect_agreement();
    }
    commit(s);
    expect_agreement();
    cr_expect_eq(gloss_history_n(gloss_counters_history(counters)), 0);
    store_free(s);
}

Test(store_history, minutes_become_hours_after_a_day_and_nothing_after_thirty)
{
    struct store *s = counted_state_open();

    for (int minute = 0; minute < 120; minute++) {
        char line[64];

        snprintf(line, sizeof(line), "2026-11-23 %02d:%02d:05 BIZ_NO_STOCK\n", 8 + minute / 60,
                 minute % 60);
        add("app", line);
    }
    commit(s);
    cr_expect_str_eq(state_sql(state_path(), "SELECT count(*) FROM history"), "240");
    add("app", "2026-11-23 11:00:00 BIZ_NO_STOCK\n");
    counted_state_commit(s, EIGHT + HOUR_NS + DAY_NS + 5 * SECOND_NS);
    cr_expect_str_eq(state_sql(state_path(), "SELECT count(*) FROM history WHERE period_s = 60;"
                                             "SELECT hits, lines, bytes, last_ns - first_ns"
                                             " FROM history WHERE period_s = 3600"),
                     "122\n60|60|1980|3540000000000\n60|60|0|3540000000000");
    expect_agreement();
    add("app",
        "2026-11-23 08:30:00 BIZ_NO_STOCK\n"); /* a late line, of an hour that is folded already */
    counted_state_commit(s, EIGHT + HOUR_NS + DAY_NS + 6 * SECOND_NS);
    cr_expect_str_eq(state_sql(state_path(), "SELECT hits FROM history WHERE period_s = 3600"),
                     "61\n61");
    expect_agreement();
    add("app", "2026-11-23 11:00:00 BIZ_NO_STOCK\n");
    counted_state_commit(s, EIGHT + HOUR_NS + 30 * DAY_NS);
    cr_expect_str_eq(rows(), "09:00:00|0|app||3600|60|60\n"
                             "09:00:00|1|app|BIZ_NO_STOCK|3600|60|60\n"
                             "11:00:00|0|app||3600|2|2\n"
                             "11:00:00|1|app|BIZ_NO_STOCK|3600|2|2");
    store_free(s);
}

/* ---- asking ---- */

static void ask(uint64_t since_ns, const struct gloss_catalogs *of,
                struct gloss_counters **ret_counters, struct store_span *span)
{
    struct store *s = state_open_reader();

    cr_assert_eq(gloss_counters_new(ret_counters, of), 0);
    cr_assert_eq(store_load_since(s, *ret_counters, since_ns, span), 0, "%s", store_problem(s));
    store_free(s);
}

/* Everything counted since a time, as "SOURCE lines matched hits; CODE hits lines last; UNKNOWN
 * hits". */
static const char *since(uint64_t since_ns, const struct gloss_catalogs *of,
                         struct store_span *span)
{
    static char text[1024];
    struct gloss_counters *c;
    size_t n = 0;

    ask(since_ns, of, &c, span);
    text[0] = '\0';
    for (size_t i = 0; i < gloss_counters_n_sources(c); i++) {
        const struct gloss_source_counts *s = gloss_counters_source_at(c, i);

        n += (size_t)sprintf(text + n, "%s %lu %lu %lu; ", s->name, s->lines, s->matched_lines,
                             s->hits);
        for (uint32_t id = 0; s->codes && id < gloss_catalogs_n_entries(of); id++)
            if (s->codes[id].hits > 0)
                n +=
                    (size_t)sprintf(text + n, "%s %lu %lu %lu; ",
                                    gloss_catalogs_entry(of, id)->code, s->codes[id].hits,
                                    s->codes[id].lines, (s->codes[id].last_ns - EIGHT) / SECOND_NS);
    }
    for (size_t i = 0; i < gloss_counters_n_unknown(c); i++)
        n += (size_t)sprintf(text + n, "%s %lu; ", gloss_counters_unknown_at(c, i)->code,
                             gloss_counters_unknown_at(c, i)->hits);
    gloss_counters_free(c);
    return text;
}

static void three_minutes(void)
{
    struct store *s = counted_state_open();

    add("app", "2026-11-23 08:00:01 BIZ_NO_STOCK BIZ_NEW\n");
    add("app", "2026-11-23 08:01:30 BIZ_NO_STOCK BIZ_NO_STOCK\n");
    add("web", "2026-11-23 08:01:40 nothing\n");
    add("app", "2026-11-23 08:02:59 BIZ_NO_MONEY BIZ_NEW\n");
    commit(s);
    store_free(s);
}

Test(store_history, what_is_asked_for_begins_with_the_minute_of_that_time)
{
    struct store_span span;

    three_minutes();
    cr_expect_str_eq(
        since(EIGHT + MINUTE_NS, set, &span),
        "app 2 2 3; BIZ_NO_STOCK 2 1 90; BIZ_NO_MONEY 1 1 179; web 1 0 0; BIZ_NEW 1; ");
    cr_expect_eq(span.from_ns, EIGHT + MINUTE_NS);
    cr_expect_eq(span.whole_ns, STATE_NOW_NS - 30 * DAY_NS);
    cr_expect_str_eq(
        since(EIGHT + 119 * SECOND_NS, set, &span),
        "app 2 2 3; BIZ_NO_STOCK 2 1 90; BIZ_NO_MONEY 1 1 179; web 1 0 0; BIZ_NEW 1; ");
    cr_expect_eq(span.from_ns, EIGHT + MINUTE_NS);
    cr_expect_str_eq(since(EIGHT + 120 * SECOND_NS, set, &span),
                     "app 1 1 1; BIZ_NO_MONEY 1 1 179; web 0 0 0; BIZ_NEW 1; ");
    cr_expect_str_eq(since(EIGHT + 180 * SECOND_NS, set, &span), "app 0 0 0; web 0 0 0; ");
    cr_expect_eq(span.from_ns, EIGHT + 180 * SECOND_NS);
    cr_expect_str_eq(
        since(1, set, &span),
        "app 3 3 4; BIZ_NO_STOCK 3 2 90; BIZ_NO_MONEY 1 1 179; web 1 0 0; BIZ_NEW 2; ");
}

Test(store_history, an_hour_that_is_folded_counts_as_a_whole)
{
    struct store_span span;
    struct store *s;

    three_minutes();
    s = counted_state_open();
    add("web", "2026-11-23 11:59:00 nothing\n");
    counted_state_commit(s, STATE_NOW_NS + DAY_NS);
    store_free(s);
    cr_expect_str_eq(
        since(EIGHT + HOUR_NS - 1, set, &span),
        "app 3 3 4; BIZ_NO_STOCK 3 2 90; BIZ_NO_MONEY 1 1 179; web 2 0 0; BIZ_NEW 2; ");
    cr_expect_eq(span.from_ns, EIGHT);
    cr_expect_str_eq(since(EIGHT + HOUR_NS, set, &span), "app 0 0 0; web 1 0 0; ");
    cr_expect_eq(span.from_ns, EIGHT + HOUR_NS);
}

Test(store_history, hits_of_a_catalog_that_is_away_are_in_the_sums_only)
{
    struct gloss_catalogs *other = counting_catalogs(counting_other_yaml);
    struct store_span span;

    three_minutes();
    cr_expect_str_eq(since(EIGHT, other, &span), "app 3 3 4; web 1 0 0; ");
    gloss_catalogs_free(other);
}

/* ---- the largest number of rows ---- */

/* Adds a row for each code and each minute, from the time `begin` on. */
static void fill(int codes, int minutes, const char *begin, int period_s)
{
    char sql[1024];

    snprintf(sql, sizeof(sql),
             "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < %d),"
             " m (j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM m WHERE j < %d)"
             " INSERT INTO history SELECT unixepoch('%s') + j * %d, 2, '', 'shop', 'BIZ_' || i, %d,"
             " 0, 0, 0, 1, 0, 1, 1 FROM m, c",
             codes, minutes - 1, begin, period_s, period_s);
    cr_assert_str_eq(state_sql(state_path(), sql), "");
}

Test(store_history, beyond_the_largest_number_minutes_become_hours_early)
{
    struct store *s = counted_state_open();

    commit(s);
    store_free(s);
    fill(1000, 201, "2026-11-23 04:00", 60);
    gloss_counters_free(counters);
    cr_assert_eq(gloss_counters_new(&counters, set), 0);
    s = counted_state_open();
    add("app", "2026-11-23 11:59:00 BIZ_NO_STOCK\n");
    commit(s);
    cr_expect_str_eq(state_sql(state_path(),
                               "SELECT count(*) <= 200000, sum(hits), min(period_s), max(period_s)"
                               " FROM history WHERE kind = 2;"
                               "SELECT history_from_ns FROM state; PRAGMA quick_check"),
                     "1|201000|60|3600\n0\nok");
    add("app", "2026-11-23 05:59:00 BIZ_NO_STOCK\n"); /* of an hour that is folded by now */
    commit(s);
    cr_expect_str_eq(state_sql(state_path(), "SELECT period_s FROM history WHERE kind = 1"),
                     "3600\n60");
    expect_agreement();
    store_free(s);
}

Test(store_history, when_hours_are_too_many_the_oldest_go_and_that_is_said)
{
    struct store *s = counted_state_open();
    struct gloss_counters *asked;
    struct store_span span;

    commit(s);
    store_free(s);
    fill(1000, 201, "2026-11-15 00:00", 3600);
    gloss_counters_free(counters);
    cr_assert_eq(gloss_counters_new(&counters, set), 0);
    s = counted_state_open();
    add("app", "2026-11-23 11:59:00 nothing\n");
    commit(s);
    store_free(s);
    cr_expect_str_eq(
        state_sql(state_path(),
                  "SELECT count(*) BETWEEN 50000 AND 200000 FROM history;"
                  "SELECT history_from_ns / 1000000000 > min(begin_s),"
                  " history_from_ns / 1000000000 <= min(begin_s) + 3601 FROM state, history"),
        "1\n1|1");
    ask(EIGHT, set, &asked, &span);
    gloss_counters_free(asked);
    cr_expect_gt(span.whole_ns, STATE_NOW_NS - 8 * DAY_NS);
    cr_expect_lt(span.whole_ns, STATE_NOW_NS);
}

Test(store_history, counts_that_were_dropped_move_the_time_from_which_nothing_is_missing)
{
    enum { SOURCES = 40, MINUTES = 1200 };
    struct store *s = counted_state_open();
    struct gloss_history *h = gloss_counters_history(counters);

    add("app", "2026-11-23 08:00:00 BIZ_NO_STOCK\n");
    for (int i = 0; i < SOURCES * MINUTES * 2; i++) {
        struct gloss_source_counts *source;
        char name[16];

        snprintf(name, sizeof(name), "s%d", i % SOURCES);
        cr_assert_eq(gloss_counters_source(counters, name, &source), 0);
        cr_assert_eq(gloss_history_reserve(h, 1), 0);
        gloss_history_at(h, GLOSS_TALLY_CODE, source, (uint32_t)(i / SOURCES) % 2,
                         STATE_NOW_NS - (uint64_t)(1 + i / SOURCES / 2) * MINUTE_NS);
    }
    add("app", "2026-11-23 09:00:00 BIZ_NO_STOCK\n");
    commit(s);
    cr_expect_str_eq(state_sql(state_path(), "SELECT hits FROM sources WHERE name = 'app';"
                                             "SELECT count(*) FROM history;"
                                             "SELECT datetime(history_from_ns / 1000000000,"
                                             " 'unixepoch') FROM state"),
                     "2\n65536\n2026-11-23 09:01:00");
    store_free(s);
}

/* ---- an older state ---- */

static void make_old_state(void)
{
    state_sh("sqlite3 '%s' <\"$GLOSSD_ROOT/tests/data/state-1.sql\"", state_path());
}

static const char migrated[] = "app|3|2\nBIZ_NO_MONEY|1\nBIZ_NO_STOCK|1\nBIZ_NEW|1\n"
                               "/var/log/app.log|106\n/var/log/out|345\n3|1795434000000000000";

Test(store_history, a_state_without_one_gets_one_that_begins_with_its_last_commit)
{
    struct store_span span;
    struct store *s;

    make_old_state();
    cr_expect_str_eq(since(EIGHT, set, &span), "app 0 0 0; ",
                     "a reader changes nothing, and finds none");
    cr_expect_eq(span.whole_ns, UINT64_C(1795434000) * SECOND_NS);
    cr_expect_str_eq(state_sql(state_path(), "PRAGMA user_version"), "1");
    s = counted_state_open();
    cr_expect_eq(store_origin(s), STORE_RESUMED);
    cr_expect_eq(store_since_ns(s), UINT64_C(1795420700) * SECOND_NS);
    cr_expect_eq(gloss_counters_source_at(counters, 0)->hits, 2);
    cr_expect_str_eq(state_sql(state_path(),
                               "SELECT name, lines, hits FROM sources;"
                               "SELECT code, hits FROM counts; SELECT code, hits FROM unknown;"
                               "SELECT path, offset FROM files; SELECT path, length FROM sinks;"
                               "SELECT unknown_dropped, history_from_ns FROM state"),
                     migrated);
    add("app", "2026-11-23 11:58:00 BIZ_NO_STOCK\n");
    commit(s);
    store_free(s);
    cr_expect_str_eq(since(EIGHT, set, &span), "app 1 1 1; BIZ_NO_STOCK 1 1 14280; ");
    cr_expect_eq(span.whole_ns, UINT64_C(1795434000) * SECOND_NS);
}

Test(store_history, a_state_whose_history_is_missing_is_damaged)
{
    struct store *s = counted_state_open();
    char text[1024];

    cr_assert_eq(store_backup(s), 0);
    store_free(s);
    cr_assert_str_eq(state_sql(state_path(), "DROP TABLE history"), "");
    cr_expect_eq(state_try(/* read_only= */ true, &s, text), -EUCLEAN, "%s", text);
    s = state_open();
    cr_expect_eq(store_origin(s), STORE_RESTORED);
    store_free(s);
}
