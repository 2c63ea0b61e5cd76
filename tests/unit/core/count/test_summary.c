/* Summaries, judged by golden files, by a strict reader of JSON, and by promtool; and tables of
 * each width from one column on. */

#include "core/base/display_width.h"
#include "core/base/utf8.h"
#include "core/base/util.h"
#include "core/count/metrics.h"
#include "helpers/counting.h"
#include "helpers/golden.h"
#include "helpers/json.h"

#include <criterion/criterion.h>
#include <gloss/summary.h>
#include <stdio.h>
#include <unistd.h>

static const char yaml[] =
    "catalog: shop\n"
    "family: 'BIZ_[A-Z0-9_]+'\n"
    "success: 'ok=1'\n"
    "codes:\n"
    "  BIZ_NO_STOCK: {cause: none left, solution: wait, severity: warning}\n"
    "  BIZ_NO_MONEY: {cause: none at all, solution: work, severity: critical}\n"
    "  BIZ_NO_SHOP: {cause: closed, solution: come again, severity: info}\n"
    "  BIZ_A_VERY_LONG_NAME_FOR_A_CODE_THAT_SAYS_IT_ALL: {cause: who knows, solution: ask}\n";

static struct gloss_counters *counters;

static void setup(void)
{
    counters = counting_new(yaml);
}

static void teardown(void)
{
    counting_free(counters);
}

TestSuite(summary, .init = setup, .fini = teardown);

static void add(const char *source, const char *text)
{
    cr_assert_eq(counting_add(counters, source, text, NULL), 0);
}

/* Counts of two logs, one of them with a name that every format has to quote, and of unknown codes
 * that are near a known one and far from all. */
static void fill(void)
{
    add("app.log", "2026-11-22 23:59:58 BIZ_NO_STOCK and BIZ_NO_STOCK again\n");
    add("app.log", "2026-11-23 08:00:01.250 BIZ_NO_MONEY\n");
    add("app.log", "2026-11-23 08:00:02 call ok=1\n");
    add("app.log", "2026-11-23 08:00:03 BIZ_NO_SHOPS BIZ_WHATEVER BIZ_WHATEVER\n");
    for (int i = 0; i < 1200; i++)
        add("app.log", "2026-11-23 08:00:04 BIZ_NO_MONEY\n");
    add("odd \"name\", \\of\n \xe4\xb8\xad\xff", "2026-11-23 09:00:00 BIZ_NO_MONEY BIZ_NO_STOCK\n");
    add("odd \"name\", \\of\n \xe4\xb8\xad\xff",
        "2026-11-23 09:00:01 BIZ_A_VERY_LONG_NAME_FOR_A_CODE_THAT_SAYS_IT_ALL\n");
    add("quiet.log", "2026-11-23 07:00:00 nothing\n");
}

static struct gloss_buf summary(enum gloss_summary_format format, enum gloss_summary_by by,
                                unsigned width, bool color)
{
    struct gloss_summary_options options = {
        .format = format, .by = by, .width = width, .color = color};
    struct gloss_buf out = {0};

    gloss_summary_write(counters, &options, &out);
    cr_assert(!out.failed);
    return out;
}

static void check_golden(const char *name, enum gloss_summary_format format,
                         enum gloss_summary_by by, unsigned width, bool color)
{
    struct gloss_buf out = summary(format, by, width, color);

    golden_expect(name, gloss_buf_view(&out));
    gloss_buf_deinit(&out);
}

Test(summary, the_formats_are_as_their_golden_files_have_them)
{
    fill();
    check_golden("summary.table", GLOSS_SUMMARY_TABLE, GLOSS_SUMMARY_BY_CODE, 0, false);
    check_golden("summary.80.table", GLOSS_SUMMARY_TABLE, GLOSS_SUMMARY_BY_CODE, 80, false);
    check_golden("summary.40.table", GLOSS_SUMMARY_TABLE, GLOSS_SUMMARY_BY_CODE, 40, false);
    check_golden("summary.color.table", GLOSS_SUMMARY_TABLE, GLOSS_SUMMARY_BY_SOURCE, 100, true);
    check_golden("summary.source.table", GLOSS_SUMMARY_TABLE, GLOSS_SUMMARY_BY_SOURCE, 80, false);
    check_golden("summary.json", GLOSS_SUMMARY_JSON, GLOSS_SUMMARY_BY_CODE, 0, false);
    check_golden("summary.source.json", GLOSS_SUMMARY_JSON, GLOSS_SUMMARY_BY_SOURCE, 0, false);
    check_golden("summary.csv", GLOSS_SUMMARY_CSV, GLOSS_SUMMARY_BY_CODE, 0, false);
    check_golden("summary.source.csv", GLOSS_SUMMARY_CSV, GLOSS_SUMMARY_BY_SOURCE, 0, false);
    check_golden("summary.prometheus", GLOSS_SUMMARY_PROMETHEUS, GLOSS_SUMMARY_BY_CODE, 0, false);
}

Test(summary, no_cell_of_csv_is_a_formula)
{
    static const char *const names[] = {
        "=HYPERLINK(\"x\")", "+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "'=1", "a=1"};
    static const char *const cells[] = {"\"'=HYPERLINK(\"\"x\"\")\"",
                                        "'+1",
                                        "'-2+3",
                                        "'@SUM(1)",
                                        "'\t=1",
                                        "\"'\r=1\"",
                                        "'=1",
                                        "a=1"};
    struct gloss_buf out;

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        add(names[i], "2026-11-23 08:00:00 BIZ_NO_MONEY\n");
    out = summary(GLOSS_SUMMARY_CSV, GLOSS_SUMMARY_BY_SOURCE, 0, false);
    for (size_t i = 0; i < ARRAY_SIZE(cells); i++) {
        char want[128];

        snprintf(want, sizeof(want), "\r\ncode,%s,BIZ_NO_MONEY,", cells[i]);
        cr_expect(memmem(out.ptr, out.len, want, strlen(want)), "%s is not in %.*s", want,
                  (int)out.len, out.ptr);
    }
    gloss_buf_deinit(&out);
}

Test(summary, of_nothing_is_complete_too)
{
    check_golden("summary.empty.table", GLOSS_SUMMARY_TABLE, GLOSS_SUMMARY_BY_CODE, 80, false);
    check_golden("summary.empty.json", GLOSS_SUMMARY_JSON, GLOSS_SUMMARY_BY_CODE, 0, false);
    check_golden("summary.empty.csv", GLOSS_SUMMARY_CSV, GLOSS_SUMMARY_BY_CODE, 0, false);
    check_golden("summary.empty.prometheus", GLOSS_SUMMARY_PROMETHEUS, GLOSS_SUMMARY_BY_CODE, 0,
                 false);
}

static void expect_value(struct gloss_span object, const char *key, const char *wanted)
{
    struct gloss_span value = json_get(object, key);

    cr_assert_not_null(value.ptr, "no %s", key);
    cr_expect(gloss_span_equal(value, gloss_span_str(wanted)), "%s is %.*s, wanted %s", key,
              (int)value.len, value.ptr, wanted);
}

static struct gloss_span json_at(struct gloss_span value, const char *path[])
{
    for (; *path; path++) {
        value = json_get(value, *path);
        cr_assert_not_null(value.ptr, "no %s", *path);
    }
    return value;
}

Test(summary, json_is_well_formed_and_holds_what_was_counted)
{
    struct gloss_buf out;
    struct gloss_span all, first, unknown;

    fill();
    out = summary(GLOSS_SUMMARY_JSON, GLOSS_SUMMARY_BY_SOURCE, 0, false);
    cr_assert_eq(out.ptr[out.len - 1], '\n');
    all = gloss_span(out.ptr, out.len - 1);
    cr_assert_null(json_error(all), "%s", json_error(all));
    expect_value(all, "schema", "1");
    expect_value(all, "lines", "1207");
    expect_value(all, "hits", "1206");
    expect_value(all, "matched_lines", "1204");
    expect_value(all, "successes", "1");
    expect_value(all, "since", "\"2026-11-22T23:59:58Z\"");
    expect_value(all, "until", "\"2026-11-23T09:00:01Z\"");
    expect_value(all, "error_rate", "0.999170");
    first = json_at(all, (const char *[]){"codes", "0", NULL});
    expect_value(first, "code", "\"BIZ_NO_MONEY\"");
    expect_value(first, "hits", "1202");
    expect_value(first, "lines", "1202");
    expect_value(first, "first_seen", "\"2026-11-23T08:00:01.250Z\"");
    expect_value(json_at(first, (const char *[]){"sources", "0", NULL}), "source", "\"app.log\"");
    expect_value(json_at(first, (const char *[]){"sources", "1", NULL}), "hits", "1");
    unknown = json_get(all, "unknown");
    expect_value(json_get(unknown, "0"), "code", "\"BIZ_WHATEVER\"");
    expect_value(json_get(unknown, "0"), "nearest", "null");
    expect_value(json_get(unknown, "1"), "nearest", "\"BIZ_NO_SHOP\"");
    gloss_buf_deinit(&out);
}

/* The columns of the widest line, without escape sequences. */
static size_t widest_line(struct gloss_span text)
{
    size_t widest = 0;

    while (text.len > 0) {
        const char *newline = memchr(text.ptr, '\n', text.len);
        size_t n = (size_t)(newline - text.ptr);

        widest = MAX(widest, display_width_of(gloss_span(text.ptr, n)));
        text = gloss_span(newline + 1, text.len - n - 1);
    }
    return widest;
}

static bool is_utf8(struct gloss_span text)
{
    while (text.len > 0) {
        size_t n = utf8_sequence(text.ptr, text.len);

        if (n == 0)
            return false;
        text = gloss_span(text.ptr + n, text.len - n);
    }
    return true;
}

Test(summary, a_table_fits_its_width_and_stays_utf8)
{
    fill();
    cr_assert_eq(gloss_counters_unknown(
                     counters, NULL, gloss_span_str("BIZ_\xe4\xb8\xad\xe6\x96\x87\xff"), "shop", 3),
                 0);
    for (unsigned width = 47; width < 200; width++) {
        for (int by = GLOSS_SUMMARY_BY_CODE; by <= GLOSS_SUMMARY_BY_SOURCE; by++) {
            struct gloss_buf out =
                summary(GLOSS_SUMMARY_TABLE, (enum gloss_summary_by)by, width, false);

            cr_expect_leq(widest_line(gloss_buf_view(&out)), width, "width %u", width);
            cr_expect(is_utf8(gloss_buf_view(&out)), "width %u", width);
            gloss_buf_deinit(&out);
        }
    }
}

Test(summary, no_width_is_too_small_to_be_written)
{
    fill();
    for (unsigned width = 1; width < 47; width++) {
        struct gloss_buf out = summary(GLOSS_SUMMARY_TABLE, GLOSS_SUMMARY_BY_SOURCE, width, true);

        cr_expect(is_utf8(gloss_buf_view(&out)), "width %u", width);
        gloss_buf_deinit(&out);
    }
}

Test(summary, equals_stand_in_the_order_of_their_names)
{
    struct gloss_buf out;
    struct gloss_span all;

    add("b", "BIZ_ZZ BIZ_YY BIZ_NO_STOCK BIZ_NO_SHOP\n");
    add("a", "BIZ_YY BIZ_ZZ BIZ_NO_STOCK BIZ_NO_SHOP\n");
    out = summary(GLOSS_SUMMARY_JSON, GLOSS_SUMMARY_BY_CODE, 0, false);
    all = gloss_span(out.ptr, out.len - 1);
    expect_value(json_at(all, (const char *[]){"codes", "0", NULL}), "code", "\"BIZ_NO_SHOP\"");
    expect_value(json_at(all, (const char *[]){"unknown", "0", NULL}), "code", "\"BIZ_YY\"");
    expect_value(json_at(all, (const char *[]){"codes", "0", "sources", "0", NULL}), "source",
                 "\"a\"");
    gloss_buf_deinit(&out);
}

Test(summary, many_unknown_codes_are_summed_up_in_the_table_and_listed_in_json)
{
    char code[32];
    struct gloss_buf out;

    for (int i = 0; i < 50; i++) {
        size_t n = (size_t)snprintf(code, sizeof(code), "BIZ_NEW_%02d", i);

        cr_assert_eq(
            gloss_counters_unknown(counters, NULL, gloss_span(code, n), "shop", 100 - (uint64_t)i),
            0);
    }
    out = summary(GLOSS_SUMMARY_TABLE, GLOSS_SUMMARY_BY_CODE, 80, false);
    cr_expect_not_null(memmem(out.ptr, out.len, "BIZ_NEW_19", 10));
    cr_expect_null(memmem(out.ptr, out.len, "BIZ_NEW_20", 10));
    /* 1,965 = 80 + 79 + … + 51 */
    cr_expect_not_null(memmem(out.ptr, out.len, "others        1,965\n", 19), "%.*s", (int)out.len,
                       out.ptr);
    gloss_buf_deinit(&out);
    out = summary(GLOSS_SUMMARY_JSON, GLOSS_SUMMARY_BY_CODE, 0, false);
    cr_expect_not_null(memmem(out.ptr, out.len, "BIZ_NEW_49", 10));
    gloss_buf_deinit(&out);
}

Test(summary, the_exposition_passes_promtool)
{
    struct gloss_buf out;
    FILE *promtool;

    if (access("/usr/bin/promtool", X_OK) != 0) {
        cr_log_warn("promtool is not there: SKIPPED");
        cr_skip_test("promtool is not there");
    }
    fill();
    out = summary(GLOSS_SUMMARY_PROMETHEUS, GLOSS_SUMMARY_BY_CODE, 0, false);
    /* What promtool says goes to standard error, and the exit status is 0 when it says nothing. */
    promtool = popen("out=$(promtool check metrics 2>&1); echo \"$out\" >&2; [ -z \"$out\" ]", "w");
    cr_assert_not_null(promtool);
    cr_expect_eq(fwrite(out.ptr, 1, out.len, promtool), out.len);
    cr_expect_eq(pclose(promtool), 0);
    gloss_buf_deinit(&out);
}

Test(summary, each_metric_is_described_wholly)
{
    for (size_t i = 0; i < N_METRICS; i++) {
        const struct metric_info *m = &metric_table[i];

        cr_assert_not_null(m->name, "metric %zu", i);
        cr_expect_eq(strncmp(m->name, "glossd_", 7), 0, "%s", m->name);
        cr_expect_gt(strlen(m->type), 0, "%s", m->name);
        cr_expect_gt(strlen(m->unit), 0, "%s", m->name);
        cr_expect_gt(strlen(m->help), 0, "%s", m->name);
        cr_expect_not_null(m->labels, "%s", m->name);
        cr_expect_eq(m->about[strlen(m->about) - 1], '.', "%s", m->name);
    }
}

Test(summary, text_is_cut_between_characters_and_says_so)
{
    static const struct {
        const char *text;
        size_t max;
        bool keep_end;
        const char *out;
        size_t columns;
    } cases[] = {
        {"short", 5, false, "short", 5},
        {"longer", 5, false, "long\xe2\x80\xa6", 5},
        {"longer", 5, true, "\xe2\x80\xa6nger", 5},
        {"longer", 1, false, "\xe2\x80\xa6", 1},
        {"longer", 0, false, "", 0},
        {"\xe4\xb8\xad\xe6\x96\x87", 4, false, "\xe4\xb8\xad\xe6\x96\x87", 4},
        {"\xe4\xb8\xad\xe6\x96\x87", 3, false, "\xe4\xb8\xad\xe2\x80\xa6", 3},
        {"\xe4\xb8\xad\xe6\x96\x87", 2, false, "\xe2\x80\xa6", 1},
        {"\xe4\xb8\xad\xe6\x96\x87", 3, true, "\xe2\x80\xa6\xe6\x96\x87", 3},
        {"a\xff\tb\x1b\x7f", 6, false, "a\xef\xbf\xbd?b??", 6},
        {"e\xcc\x81", 1, false, "e\xcc\x81", 1},
        {"\xc2\x9b", 1, false, "?", 1},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct gloss_buf out = {0};
        size_t n =
            display_width_put(&out, gloss_span_str(cases[i].text), cases[i].max, cases[i].keep_end);

        cr_expect_eq(n, cases[i].columns, "row %zu: %zu columns", i, n);
        cr_expect(gloss_span_equal(gloss_buf_view(&out), gloss_span_str(cases[i].out)),
                  "row %zu: %.*s", i, (int)out.len, out.ptr);
        gloss_buf_deinit(&out);
    }
}

Test(summary, numbers_are_grouped_by_three)
{
    static const struct {
        uint64_t n;
        const char *out;
    } cases[] = {
        {0, "0"},          {999, "999"},        {1000, "1,000"},
        {12345, "12,345"}, {999999, "999,999"}, {UINT64_MAX, "18,446,744,073,709,551,615"}};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct gloss_buf out = {0};

        display_width_put_number(&out, cases[i].n);
        cr_expect(gloss_span_equal(gloss_buf_view(&out), gloss_span_str(cases[i].out)));
        cr_expect_eq(display_width_of_number(cases[i].n), strlen(cases[i].out));
        gloss_buf_deinit(&out);
    }
}
