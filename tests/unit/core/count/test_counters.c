/* Counters: what counts, what does not, and that the counts do not depend on how a stream was cut.
 */

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "helpers/counting.h"
#include "helpers/rng.h"

#include <criterion/criterion.h>
#include <gloss/counters.h>
#include <stdio.h>

/* 2026-11-23 08:00:00 UTC */
#define EIGHT (UINT64_C(1795420800) * SECOND_NS)

static const char yaml[] = "catalog: shop\n"
                           "family: 'BIZ_[A-Z0-9_]+'\n"
                           "success: 'ok=1'\n"
                           "codes:\n"
                           "  BIZ_NO_STOCK: {cause: none left, solution: wait}\n"
                           "  BIZ_NO_MONEY: {cause: none at all, solution: work}\n"
                           "  BIZ_NO_SHOP: {cause: closed, solution: come again}\n";

static struct gloss_counters *counters;
static const struct gloss_catalogs *set;

static void setup(void)
{
    counters = counting_new(yaml);
    set = gloss_counters_catalogs(counters);
}

static void teardown(void)
{
    counting_free(counters);
}

TestSuite(counters, .init = setup, .fini = teardown);

static struct gloss_source_counts *source(const char *name)
{
    struct gloss_source_counts *s = NULL;

    cr_assert_eq(gloss_counters_source(counters, name, &s), 0);
    return s;
}

static const struct gloss_count *count_of(const char *name, const char *code)
{
    struct gloss_source_counts *s = source(name);

    cr_assert_not_null(s->codes);
    return &s->codes[gloss_catalogs_find(set, gloss_span_str(code))->id];
}

Test(counters, hits_are_occurrences_and_lines_are_lines)
{
    cr_assert_eq(counting_add(counters, "a", "BIZ_NO_STOCK BIZ_NO_STOCK BIZ_NO_MONEY\n", NULL), 0);
    cr_assert_eq(counting_add(counters, "a", "nothing here\n", NULL), 0);
    cr_assert_eq(counting_add(counters, "a", "ok=1 then BIZ_NO_STOCK", NULL), 0);
    cr_expect_eq(count_of("a", "BIZ_NO_STOCK")->hits, 3);
    cr_expect_eq(count_of("a", "BIZ_NO_STOCK")->lines, 2);
    cr_expect_eq(count_of("a", "BIZ_NO_STOCK")->last_line, 3);
    cr_expect_eq(count_of("a", "BIZ_NO_MONEY")->hits, 1);
    cr_expect_eq(count_of("a", "BIZ_NO_SHOP")->hits, 0);
    cr_expect_eq(source("a")->hits, 4);
    cr_expect_eq(source("a")->lines, 3);
    cr_expect_eq(source("a")->matched_lines, 2);
    cr_expect_eq(source("a")->successes, 1);
    cr_expect_eq(source("a")->bytes, 39 + 13 + 22);
    cr_expect(source("a")->dirty);
}

Test(counters, sources_are_kept_apart_and_stay_where_they_are)
{
    struct gloss_source_counts *first = source("first");

    for (int i = 0; i < 100; i++) {
        char name[32];

        snprintf(name, sizeof(name), "source %d", i);
        source(name);
    }
    cr_expect_eq(source("first"), first);
    cr_expect_eq(gloss_counters_n_sources(counters), 101);
    cr_expect_eq(gloss_counters_source_at(counters, 0), first);
    cr_assert_eq(counting_add(counters, "first", "BIZ_NO_STOCK\n", NULL), 0);
    cr_expect_null(source("source 7")->codes, "a source without hits has no row of codes");
    cr_expect_eq(first->hits, 1);
}

Test(counters, attack_very_many_sources_are_found_by_their_names_and_stay_in_order)
{
    char name[32];

    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 20000; i++) {
            snprintf(name, sizeof(name), "%zu.log", i * 7919 % 20000);
            cr_assert_eq(source(name), gloss_counters_source_at(counters, i));
        }
        cr_assert_eq(gloss_counters_n_sources(counters), 20000u);
    }
}

Test(counters, hits_that_are_not_selected_do_not_count)
{
    bool selected[3] = {false};

    selected[gloss_catalogs_find(set, gloss_span_str("BIZ_NO_MONEY"))->id] = true;
    cr_assert_eq(counting_add(counters, "a", "BIZ_NO_STOCK\n", selected), 0);
    cr_expect_eq(source("a")->matched_lines, 0);
    cr_expect_null(source("a")->codes);
    cr_assert_eq(counting_add(counters, "a", "BIZ_NO_STOCK BIZ_NO_MONEY\n", selected), 0);
    cr_expect_eq(source("a")->matched_lines, 1);
    cr_expect_eq(source("a")->hits, 1);
    cr_expect_eq(count_of("a", "BIZ_NO_STOCK")->hits, 0);
    cr_expect_eq(count_of("a", "BIZ_NO_MONEY")->hits, 1);
}

/* Counts one hit of a code in a part of an overlong line. */
static void add_part(const char *code, uint64_t number, bool begins, bool first_match,
                     const bool *selected)
{
    struct gloss_hit hit = {.entry = gloss_catalogs_find(set, gloss_span_str(code)),
                            .text = gloss_span_str(code),
                            .first = true};
    const char *text = begins ? "2026-11-23 08:00:00 part" : "part";
    struct gloss_line line = {.text = gloss_span_str(text),
                              .number = number,
                              .begins = begins,
                              .hits = &hit,
                              .n_hits = 1,
                              .first_match = first_match};
    struct gloss_block block = {.bytes = line.text, .begins_line = begins};
    struct gloss_times *times = counting_times("a", &block);

    cr_assert_eq(gloss_counters_line(counters, source("a"), &line, selected, times), 0);
    cr_assert_eq(gloss_counters_block(counters, source("a"), &block, 0, times), 0);
}

Test(counters, a_line_in_parts_matches_once_whatever_is_selected)
{
    bool selected[3] = {false};

    selected[gloss_catalogs_find(set, gloss_span_str("BIZ_NO_MONEY"))->id] = true;
    add_part("BIZ_NO_STOCK", 1, true, true, selected);
    cr_expect_eq(source("a")->matched_lines, 0);
    add_part("BIZ_NO_MONEY", 1, false, false, selected);
    add_part("BIZ_NO_MONEY", 1, false, false, selected);
    cr_expect_eq(source("a")->matched_lines, 1);
    add_part("BIZ_NO_MONEY", 1, true, true, selected);
    cr_expect_eq(source("a")->matched_lines, 2, "the first line of another stream");
}

Test(counters, a_later_part_has_the_time_of_its_lines_begin)
{
    add_part("BIZ_NO_STOCK", 1, true, true, NULL);
    add_part("BIZ_NO_MONEY", 1, false, false, NULL);
    cr_expect_eq(count_of("a", "BIZ_NO_MONEY")->first_ns, EIGHT);
    cr_expect_eq(count_of("a", "BIZ_NO_MONEY")->last_ns, EIGHT);
}

Test(counters, times_are_of_the_line_and_else_of_one_before_it)
{
    counting_add(counters, "a", "2026-11-23 08:00:05 BIZ_NO_STOCK\n", NULL);
    counting_add(counters, "a", "2026-11-23 08:00:01 BIZ_NO_STOCK\n", NULL);
    counting_add(counters, "a", "2026-11-23 08:00:03 BIZ_NO_STOCK\n", NULL);
    counting_add(counters, "a", "BIZ_NO_SHOP\n", NULL);
    cr_expect_eq(count_of("a", "BIZ_NO_STOCK")->first_ns, EIGHT + 1 * SECOND_NS);
    cr_expect_eq(count_of("a", "BIZ_NO_STOCK")->last_ns, EIGHT + 5 * SECOND_NS);
    cr_expect_eq(count_of("a", "BIZ_NO_SHOP")->first_ns, EIGHT + 3 * SECOND_NS);
    counting_add(counters, "b", "BIZ_NO_SHOP\n", NULL);
    cr_expect_eq(count_of("b", "BIZ_NO_SHOP")->first_ns, counting_clock.now_ns, "live input");
}

static void expect_span(const char *name, uint64_t first, uint64_t last)
{
    uint64_t seen_first, seen_last;

    gloss_counters_span(source(name), &seen_first, &seen_last);
    cr_expect_eq(seen_first, first, "first of %s: %lu", name, seen_first);
    cr_expect_eq(seen_last, last, "last of %s: %lu", name, seen_last);
}

Test(counters, the_span_is_of_stamps_and_of_the_reading_only_without_any)
{
    expect_span("none", 0, 0);
    counting_add(counters, "plain", "no time here\n", NULL);
    expect_span("plain", counting_clock.now_ns, counting_clock.now_ns);
    counting_add(counters, "late", "no time here\n", NULL);
    counting_add(counters, "late", "2026-11-23 08:00:07 a time\n", NULL);
    counting_add(counters, "late", "no time here\n", NULL);
    expect_span("late", EIGHT + 7 * SECOND_NS, EIGHT + 7 * SECOND_NS);
}

Test(counters, the_span_begins_with_the_earliest_of_the_first_lines)
{
    static const char text[] = "a heading\n"
                               "2026-11-23 08:00:09 one\n"
                               "2026-11-23 08:00:02 two, out of order\n"
                               "2026-11-23 08:00:07 three\n"
                               "  at a.b.c\n";
    struct gloss_block block = {
        .bytes = gloss_span_str(text), .begins_line = true, .ends_line = true};

    cr_assert_eq(
        gloss_counters_block(counters, source("a"), &block, 5, counting_times("a", &block)), 0);
    expect_span("a", EIGHT + 2 * SECOND_NS, EIGHT + 9 * SECOND_NS);
}

/* Writes a log of up to 59 lines, of which about one in `gap` has a stamp. */
static size_t write_log(char *text, size_t size, uint32_t *seed)
{
    size_t n = 0, lines = rng_next(seed) % 60, gap = 1 + rng_next(seed) % 30;

    for (size_t i = 0; i < lines && n + 64 < size; i++) {
        if (rng_next(seed) % gap == 0)
            n += (size_t)snprintf(text + n, size - n, "2026-11-23 08:00:%02u x",
                                  rng_next(seed) % 60);
        n += (size_t)snprintf(text + n, size - n, "%s", "  at a.b.c");
        text[n++] = '\n';
    }
    return n;
}

/* Counts a text in blocks of up to `most` lines each. */
static void add_blocks(struct gloss_source_counts *s, const char *text, size_t n, uint32_t most,
                       uint32_t *seed)
{
    size_t at = 0;

    while (at < n) {
        uint64_t lines = 1 + rng_next(seed) % most, took = 0;
        struct gloss_block block = {.begins_line = true, .ends_line = true};
        size_t end = at;

        for (; took < lines && end < n; took++)
            end += (size_t)((const char *)memchr(text + end, '\n', n - end) - (text + end)) + 1;
        block.bytes = gloss_span(text + at, end - at);
        cr_assert_eq(gloss_counters_block(counters, s, &block, took, counting_times("a", &block)),
                     0);
        at = end;
    }
}

Test(counters, the_span_does_not_depend_on_how_a_log_was_cut)
{
    char text[4096];
    uint32_t seed = 11;

    for (int round = 0; round < 300; round++) {
        struct gloss_source_counts whole = {0}, pieces = {0};
        size_t n = write_log(text, sizeof(text), &seed);
        uint64_t a[2], b[2];

        add_blocks(&whole, text, n, 1000000, &seed);
        add_blocks(&pieces, text, n, 1 + (uint32_t)round % 25, &seed);
        gloss_counters_span(&whole, &a[0], &a[1]);
        gloss_counters_span(&pieces, &b[0], &b[1]);
        cr_expect(a[0] == b[0] && a[1] == b[1], "round %d: %lu..%lu and %lu..%lu", round, a[0],
                  a[1], b[0], b[1]);
        cr_expect_eq(whole.lines, pieces.lines);
        cr_expect_eq(whole.bytes, pieces.bytes);
    }
}

/* In all sources. */
static uint64_t unknown_hits(const char *code, const char *catalog)
{
    uint64_t hits = 0;

    for (size_t i = 0; i < gloss_counters_n_unknown(counters); i++) {
        const struct gloss_unknown_count *u = gloss_counters_unknown_at(counters, i);

        if (STREQ(u->code, code) && STREQ(u->catalog, catalog))
            hits += u->hits;
    }
    return hits;
}

Test(counters, unknown_codes_are_counted_by_source_name_and_catalog)
{
    counting_add(counters, "a", "BIZ_NEW BIZ_OTHER BIZ_NEW\n", NULL);
    counting_add(counters, "b", "BIZ_NEW\n", NULL);
    cr_expect_eq(gloss_counters_unknown(counters, NULL, gloss_span_str("BIZ_NEW"), "shop", 5), 0);
    cr_expect_eq(gloss_counters_unknown(counters, NULL, gloss_span_str("BIZ_NEW"), "elsewhere", 7),
                 0);
    cr_expect_eq(gloss_counters_unknown(counters, NULL, gloss_span(NULL, 0), "shop", 1), 0);
    cr_expect_eq(unknown_hits("BIZ_NEW", "shop"), 8);
    cr_expect_eq(unknown_hits("BIZ_OTHER", "shop"), 1);
    cr_expect_eq(unknown_hits("BIZ_NEW", "elsewhere"), 7);
    cr_expect_eq(unknown_hits("", "shop"), 1);
    cr_expect_eq(gloss_counters_n_unknown(counters), 6, "each in its source, or in none");
    cr_expect_eq(source("a")->hits, 0);
    cr_expect_eq(source("a")->matched_lines, 0);
}

Test(counters, long_names_of_unknown_codes_are_cut)
{
    char text[400];

    memset(text, 'X', sizeof(text));
    for (size_t n = GLOSS_CODE_MAX; n <= sizeof(text); n += 40)
        cr_assert_eq(gloss_counters_unknown(counters, NULL, gloss_span(text, n), "shop", 1), 0);
    cr_assert_eq(gloss_counters_n_unknown(counters), 1);
    cr_expect_eq(strlen(gloss_counters_unknown_at(counters, 0)->code), GLOSS_CODE_MAX);
    cr_expect_eq(gloss_counters_unknown_at(counters, 0)->hits, 4);
}

Test(counters, beyond_the_cap_known_names_still_count_and_new_ones_are_summed_up)
{
    char code[32];

    for (int round = 1; round <= 2; round++) {
        for (int i = 0; i < GLOSS_UNKNOWN_MAX + 50; i++) {
            size_t n = (size_t)snprintf(code, sizeof(code), "BIZ_%d", i);

            cr_assert_eq(gloss_counters_unknown(counters, NULL, gloss_span(code, n), "shop", 1), 0);
        }
    }
    cr_expect_eq(gloss_counters_n_unknown(counters), GLOSS_UNKNOWN_MAX);
    cr_expect_eq(gloss_counters_unknown_dropped(counters), 100);
    for (size_t i = 0; i < GLOSS_UNKNOWN_MAX; i++) {
        const struct gloss_unknown_count *u = gloss_counters_unknown_at(counters, i);

        snprintf(code, sizeof(code), "BIZ_%zu", i);
        cr_assert(STREQ(u->code, code) && u->hits == 2, "%s: %lu", u->code, u->hits);
    }
}

Test(counters, counts_of_an_earlier_run_are_added_to)
{
    struct gloss_count *count;

    cr_assert_eq(gloss_counters_code(counters, source("a"), 0, &count), 0);
    count->hits = 40;
    gloss_counters_unknown_drop(counters, 7);
    counting_add(counters, "a", "BIZ_NO_STOCK BIZ_NO_STOCK\n", NULL);
    cr_expect_eq(count_of("a", "BIZ_NO_STOCK"), count, "it stays where it is");
    cr_expect_eq(count->hits, 42);
    cr_expect_eq(gloss_counters_unknown_dropped(counters), 7);
}
