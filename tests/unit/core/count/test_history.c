/* The history of counters: each count stands at the time it belongs to, and all counts together are
 * those of the counters. */

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "helpers/counting.h"

#include <criterion/criterion.h>
#include <gloss/counters.h>
#include <stdio.h>

/* 2026-11-23 08:00:00 and 12:00:00 UTC, of which the latter is counting_clock's now */
#define EIGHT (UINT64_C(1795420800) * SECOND_NS)
#define NOON (EIGHT + 4 * HOUR_NS)

static const char yaml[] = "catalog: shop\n"
                           "family: 'BIZ_[A-Z0-9_]+'\n"
                           "success: 'ok=1'\n"
                           "codes:\n"
                           "  BIZ_NO_STOCK: {cause: none left, solution: wait}\n"
                           "  BIZ_NO_MONEY: {cause: none at all, solution: work}\n";

static struct gloss_counters *counters;
static struct gloss_history *history;

static void setup(void)
{
    counters = counting_new(yaml);
    cr_expect_null(gloss_counters_history(counters), "nobody asked for it");
    cr_assert_eq(gloss_counters_keep_history(counters), 0);
    history = gloss_counters_history(counters);
}

static void teardown(void)
{
    counting_free(counters);
}

TestSuite(history, .init = setup, .fini = teardown);

static void add(const char *line)
{
    cr_assert_eq(counting_add(counters, "a", line, NULL), 0);
}

/* The tally of a thing in the period that begins at that time, or NULL. */
static const struct gloss_tally *tally(enum gloss_tally_kind kind, uint32_t id, uint64_t begin_ns)
{
    for (size_t i = 0; i < gloss_history_n(history); i++) {
        const struct gloss_tally *t = gloss_history_get(history, i);

        if (t->kind == kind && t->id == id && t->begin_ns == begin_ns)
            return t;
    }
    return NULL;
}

Test(history, a_line_counts_in_the_minute_of_its_stamp_else_of_its_reading)
{
    const struct gloss_tally *t;

    add("no time BIZ_NO_STOCK\n");
    add("2026-11-23 08:00:05 BIZ_NO_STOCK BIZ_NO_STOCK ok=1\n");
    add("2026-11-23 08:00:59 BIZ_NO_STOCK BIZ_NEW\n");
    add("2026-11-23 08:01:00 BIZ_NO_MONEY\n");
    t = tally(GLOSS_TALLY_CODE, 0, EIGHT);
    cr_assert_not_null(t);
    cr_expect_eq(t->period_s, GLOSS_MINUTE_S);
    cr_expect_eq(t->hits, 3);
    cr_expect_eq(t->lines, 2);
    cr_expect_eq(t->first_ns, EIGHT + 5 * SECOND_NS);
    cr_expect_eq(t->last_ns, EIGHT + 59 * SECOND_NS);
    t = tally(GLOSS_TALLY_SOURCE, 0, EIGHT);
    cr_assert_not_null(t);
    cr_expect_eq(t->hits, 3);
    cr_expect_eq(t->lines, 2);
    cr_expect_eq(t->matched_lines, 2);
    cr_expect_eq(t->successes, 1);
    cr_expect_eq(t->bytes, 51 + 41);
    t = tally(GLOSS_TALLY_UNKNOWN, 0, EIGHT);
    cr_assert_not_null(t);
    cr_expect_eq(t->hits, 1);
    cr_expect_eq(tally(GLOSS_TALLY_CODE, 1, EIGHT + MINUTE_NS)->hits, 1);
    cr_expect_eq(tally(GLOSS_TALLY_CODE, 0, NOON)->hits, 1);
    cr_expect_eq(tally(GLOSS_TALLY_SOURCE, 0, NOON)->lines, 1);
    cr_expect_eq(gloss_history_lost_ns(history), 0);
}

Test(history, a_stamp_ahead_of_the_clock_counts_as_now)
{
    add("2026-11-23 23:00:00 BIZ_NO_STOCK\n");
    cr_expect_eq(gloss_history_n(history), 2);
    cr_expect_not_null(tally(GLOSS_TALLY_CODE, 0, NOON));
    cr_expect_not_null(tally(GLOSS_TALLY_SOURCE, 0, NOON));
}

Test(history, old_times_count_by_the_hour_and_older_ones_not_at_all)
{
    const struct gloss_tally *t;

    gloss_history_set_periods(history, EIGHT + HOUR_NS, EIGHT);
    add("2026-11-23 09:00:00 BIZ_NO_STOCK\n");
    add("2026-11-23 08:59:59 BIZ_NO_MONEY\n");
    add("2026-11-23 08:00:01 BIZ_NO_MONEY\n");
    add("2026-11-23 07:59:59 BIZ_NO_MONEY BIZ_NEW ok=1\n");
    cr_expect_eq(gloss_history_n(history), 4);
    t = tally(GLOSS_TALLY_CODE, 1, EIGHT);
    cr_assert_not_null(t);
    cr_expect_eq(t->period_s, GLOSS_HOUR_S);
    cr_expect_eq(t->hits, 2);
    cr_expect_eq(tally(GLOSS_TALLY_CODE, 0, EIGHT + HOUR_NS)->period_s, GLOSS_MINUTE_S);
    cr_expect_eq(gloss_history_lost_ns(history), 0, "too old is not lost");
}

/* Counts a block of whole lines without findings. */
static void add_block(const char *text, uint64_t lines)
{
    struct gloss_source_counts *a;
    struct gloss_block block = {
        .bytes = gloss_span_str(text), .begins_line = true, .ends_line = true};

    cr_assert_eq(gloss_counters_source(counters, "a", &a), 0);
    cr_assert_eq(gloss_counters_block(counters, a, &block, lines, counting_times("a", &block)), 0);
}

Test(history, a_block_counts_at_the_last_stamp_near_its_end)
{
    add_block("2026-11-23 08:00:00 x\n2026-11-23 08:05:00 y\n  at z\n", 3);
    add_block("none\n", 1);
    cr_expect_eq(gloss_history_n(history), 2);
    cr_expect_eq(tally(GLOSS_TALLY_SOURCE, 0, EIGHT + 5 * MINUTE_NS)->lines, 3);
    cr_expect_eq(tally(GLOSS_TALLY_SOURCE, 0, NOON)->lines, 1);
}

Test(history, all_of_it_together_is_what_the_counters_have)
{
    struct gloss_source_counts *a;
    uint64_t hits = 0, lines = 0, bytes = 0, code_hits = 0, unknown_hits = 0;
    char line[96];

    for (int i = 0; i < 5000; i++) {
        snprintf(line, sizeof(line), "2026-11-23 %02d:%02d:00 %s BIZ_NEW_%d\n", i / 60 % 24, i % 60,
                 i % 3 ? "BIZ_NO_STOCK" : "BIZ_NO_MONEY", i % 50);
        add(line);
    }
    cr_assert_eq(gloss_counters_source(counters, "a", &a), 0);
    for (size_t i = 0; i < gloss_history_n(history); i++) {
        const struct gloss_tally *t = gloss_history_get(history, i);
        bool of_source = t->kind == GLOSS_TALLY_SOURCE;

        hits += of_source ? t->hits : 0;
        lines += of_source ? t->lines : 0;
        bytes += t->bytes;
        code_hits += t->kind == GLOSS_TALLY_CODE ? t->hits : 0;
        unknown_hits += t->kind == GLOSS_TALLY_UNKNOWN ? t->hits : 0;
    }
    cr_expect_eq(hits, a->hits);
    cr_expect_eq(code_hits, a->hits);
    cr_expect_eq(lines, a->lines);
    cr_expect_eq(bytes, a->bytes);
    cr_expect_eq(unknown_hits, 5000);
    gloss_history_seal(history, NULL, NULL);
    gloss_history_drop_sealed(history);
    cr_expect_eq(gloss_history_n(history), 0);
    add("2026-11-23 08:00:00 BIZ_NO_STOCK\n");
    cr_expect_eq(gloss_history_n(history), 2);
}

Test(history, what_finds_no_place_says_until_when_something_is_missing)
{
    for (uint32_t i = 0; i < GLOSS_HISTORY_MAX; i++) {
        cr_assert_eq(gloss_history_reserve(history, 1), 0);
        cr_assert_not_null(gloss_history_at(history, GLOSS_TALLY_UNKNOWN, NULL, i, EIGHT));
    }
    cr_assert_eq(gloss_history_reserve(history, 1), 0);
    cr_expect_not_null(gloss_history_at(history, GLOSS_TALLY_UNKNOWN, NULL, 7, EIGHT));
    cr_expect_null(gloss_history_at(history, GLOSS_TALLY_UNKNOWN, NULL, 7, EIGHT + MINUTE_NS));
    cr_expect_null(gloss_history_at(history, GLOSS_TALLY_UNKNOWN, NULL, 7, EIGHT - 1));
    cr_expect_eq(gloss_history_n(history), GLOSS_HISTORY_MAX);
    cr_expect_eq(gloss_history_lost_ns(history), EIGHT + 2 * MINUTE_NS);
    gloss_history_seal(history, NULL, NULL);
    gloss_history_drop_sealed(history);
    cr_expect_eq(gloss_history_lost_ns(history), 0);
}
