/* Times at the start of lines, against the calendar of the C library. */

#include "core/base/nanoseconds.h"
#include "core/base/util.h"

#include <criterion/criterion.h>
#include <gloss/stamp.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define NOW_S 1795507201 /* 2026-11-24 08:00:01 UTC, a day after the times below */

static uint64_t utc_ns(int year, int month, int day, int hour, int minute, int second)
{
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second};

    return (uint64_t)timegm(&tm) * SECOND_NS;
}

static const struct gloss_clock clock_utc = {.now_ns = NOW_S * SECOND_NS};

static int two_hours_east(void *ctx, int year, int month, int day, int hour, int minute, int second)
{
    (void)ctx, (void)year, (void)month, (void)day, (void)hour, (void)minute, (void)second;
    return 7200;
}

static const struct gloss_clock clock_east = {.now_ns = NOW_S * SECOND_NS,
                                              .local_offset_s = two_hours_east};

/* All of them say 2026-11-23 08:00:01 UTC, and that many nanoseconds. */
static const struct {
    const char *line;
    uint32_t ns;
} usual_forms[] = {
    {"2026-11-23T08:00:01Z x", 0},
    {"2026-11-23T08:00:01z", 0},
    {"2026-11-23t08:00:01.5Z", 500000000},
    {"2026-11-23 08:00:01", 0},
    {"2026-11-23 08:00:01 ERROR x", 0},
    {"2026-11-23 08:00:01,123 x", 123000000},
    {"2026-11-23 08:00:01.123456789 x", 123456789},
    {"2026-11-23 08:00:01.1234567899 x", 123456789},
    {"2026-11-23T10:00:01+02:00", 0},
    {"2026-11-23T10:00:01+0200 x", 0},
    {"2026-11-23T10:00:01+02 x", 0},
    {"2026-11-23T03:30:01-04:30 x", 0},
    {"2026-11-23T16:00:01.000001+08:00", 1000},
    {"2026-11-23 16:00:01 +0800 x", 0},
    {"2026-11-23 08:00:01 UTC x", 0},
    {"2026-11-23 08:00:01 +33 numbers follow", 0},
    {"2026-11-23 08:00:01, then", 0},
    {"2026-11-23 08:00:01.", 0},
    {"[2026-11-23 08:00:01] x", 0},
    {"  \t[2026-11-23 08:00:01] x", 0},
    {"(2026-11-23 08:00:01) x", 0},
    {"\"2026-11-23 08:00:01\" x", 0},
    {"<2026-11-23 08:00:01> x", 0},
    {"<13>2026-11-23 08:00:01 x", 0},
    {"<165>1 2026-11-23T08:00:01Z host app", 0},
    {"2026/11/23 08:00:01 [error] 12#0", 0},
    {"2026/11/23 08:00:01.25 x", 250000000},
    {"26/11/23 08:00:01 INFO x", 0},
    {"Nov 23 08:00:01 host app: x", 0},
    {"<13>Nov 23 08:00:01 host app: x", 0},
    {"Mon Nov 23 08:00:01 2026 x", 0},
    {"[Mon Nov 23 08:00:01.123456 2026] [core:error]", 123456000},
    {"23/Nov/2026:08:00:01 +0000 x", 0},
    {"[23/Nov/2026:10:00:01 +0200] x", 0},
    {"I1123 08:00:01.123456    7 file.go:1] x", 123456000},
    {"E1123 08:00:01 x", 0},
    {"1795420801.5 x", 500000000},
    {"[1795420801.000001] x", 1000},
    {"1795420801250 x", 250000000},
    {"1795420801250", 250000000},
    {"{\"ts\":\"2026-11-23T08:00:01Z\",\"m\":1}", 0},
    {"{\"time\": \"2026-11-23 08:00:01.5\"}", 500000000},
    {"{ \"level\" : \"info\", \"timestamp\" : 1795420801250 }", 250000000},
    {"{\"a\":{\"b\":[1,\"},\"]},\"@timestamp\":\"2026-11-23T08:00:01Z\"}", 0},
    {"{\"msg\":\"say \\\"time\\\":\\\"1999-01-01 00:00:00\\\"\",\"ts\":1795420801.25}", 250000000},
    {"{\"ts\":1795420801,\"m\":1}", 0},
    {"{\"time\":\"none\",\"ts\":1795420801}", 0},
};

Test(timestamp, every_usual_form_is_read)
{
    uint64_t want = utc_ns(2026, 11, 23, 8, 0, 1);

    for (size_t i = 0; i < ARRAY_SIZE(usual_forms); i++) {
        uint64_t ns = 0;

        cr_expect(gloss_stamp_parse(gloss_span_str(usual_forms[i].line), &clock_utc, &ns), "%s",
                  usual_forms[i].line);
        cr_expect_eq(ns, want + usual_forms[i].ns, "%s: %" PRIu64, usual_forms[i].line, ns);
    }
}

Test(timestamp, what_is_no_time_is_left_alone)
{
    static const char *const lines[] = {
        "",
        " ",
        "[",
        "x",
        "ERROR x",
        "Mon",
        "Not a time",
        "I am no klog",
        "2026",
        "2026-11-23",
        "2026-11-23 08:00",
        "2026-11-23 08:00:0",
        "2026-11-23 08:00:011",
        "2026-13-23 08:00:01",
        "2026-00-23 08:00:01",
        "2026-11-31 08:00:01",
        "2026-02-29 08:00:01",
        "2026-11-00 08:00:01",
        "2026-11-23 24:00:01",
        "2026-11-23 08:60:01",
        "2026-11-23 08:00:61",
        "2026-11-23_08:00:01",
        "1969-12-31 23:59:59",
        "1970-01-01T00:00:00+01:00",
        "9999-12-31 23:59:59",
        "23/Nov/2026:08:00:01",
        "23/Nop/2026:08:00:01 +0000",
        "Nov 32 08:00:01",
        "Nov 23 08:00",
        "X1123 08:00:01",
        "1795420801 x",
        "17954208011 x",
        "179542080112 x",
        "17954208011234 x",
        "0795420801.5 x",
        "<13x>Nov 23 08:00:01",
        "[[2026-11-23 08:00:01]",
        "{\"m\":\"2026-11-23T08:00:01Z\"}",
        "{\"m\":{\"ts\":1795420801}}",
        "{\"ts\":\"",
        "{\"ts\"",
        "{",
        "{}",
        "{\"m\":\"\\",
        "{\"m\":1}, \"ts\":1795420801",
    };

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        uint64_t ns = 7;

        cr_expect(!gloss_stamp_parse(gloss_span_str(lines[i]), &clock_utc, &ns), "%s: %" PRIu64,
                  lines[i], ns);
        cr_expect_eq(ns, 7, "%s", lines[i]);
    }
}

Test(timestamp, a_key_beyond_the_reach_is_not_looked_for)
{
    char line[600];

    for (int pad = 150; pad < 400; pad += 50) {
        uint64_t ns;

        snprintf(line, sizeof(line), "{\"pad\":\"%0*d\",\"ts\":1795420801.5}", pad, 0);
        cr_expect_eq(gloss_stamp_parse(gloss_span_str(line), &clock_utc, &ns), pad < 250, "pad %d",
                     pad);
    }
}

Test(timestamp, a_civil_time_without_a_zone_is_local)
{
    static const char *const local[] = {
        "2026-11-23 10:00:01 x", "2026/11/23 10:00:01 x",      "26/11/23 10:00:01 x",
        "Nov 23 10:00:01 x",     "Mon Nov 23 10:00:01 2026 x", "I1123 10:00:01.0 x",
    };
    static const char *const zoned[] = {
        "2026-11-23T08:00:01Z", "2026-11-23 09:00:01+01:00", "23/Nov/2026:08:00:01 +0000",
        "1795420801.0 x",       "1795420801000 x",
    };
    uint64_t want = utc_ns(2026, 11, 23, 8, 0, 1), ns;

    for (size_t i = 0; i < ARRAY_SIZE(local); i++)
        cr_expect(gloss_stamp_parse(gloss_span_str(local[i]), &clock_east, &ns) && ns == want, "%s",
                  local[i]);
    for (size_t i = 0; i < ARRAY_SIZE(zoned); i++)
        cr_expect(gloss_stamp_parse(gloss_span_str(zoned[i]), &clock_east, &ns) && ns == want, "%s",
                  zoned[i]);
}

Test(timestamp, a_missing_year_is_the_latest_that_is_not_after_tomorrow)
{
    static const struct {
        const char *line;
        int now_year, now_month, now_day, year, month, day;
    } rows[] = {
        {"Dec 31 12:00:00 x", 2026, 1, 1, 2025, 12, 31},
        {"Jan  1 12:00:00 x", 2025, 12, 31, 2026, 1, 1},
        {"Jan  2 12:00:00 x", 2025, 12, 31, 2025, 1, 2},
        {"Jan 1 12:00:00 x", 2026, 1, 1, 2026, 1, 1},
        {"Nov 24 12:00:00 x", 2026, 11, 23, 2026, 11, 24},
        {"Nov 25 12:00:00 x", 2026, 11, 23, 2025, 11, 25},
        {"Feb 29 12:00:00 x", 2026, 11, 23, 2024, 2, 29},
        {"Feb 29 12:00:00 x", 2103, 11, 23, 2096, 2, 29},
        {"W0229 12:00:00 x", 2027, 11, 23, 2024, 2, 29},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct gloss_clock clock = {
            .now_ns = utc_ns(rows[i].now_year, rows[i].now_month, rows[i].now_day, 12, 0, 0)};
        uint64_t ns = 0;

        cr_expect(gloss_stamp_parse(gloss_span_str(rows[i].line), &clock, &ns), "row %zu", i);
        cr_expect_eq(ns, utc_ns(rows[i].year, rows[i].month, rows[i].day, 12, 0, 0), "row %zu", i);
    }
}

Test(timestamp, a_leap_second_is_taken_as_the_one_before)
{
    uint64_t ns;

    cr_expect(gloss_stamp_parse(gloss_span_str("2016-12-31T23:59:60Z"), &clock_utc, &ns));
    cr_expect_eq(ns, utc_ns(2016, 12, 31, 23, 59, 59));
}

/* A moment about every eleven hours from 1970 to 2499, in both directions, against timegm() and
 * gmtime_r(). */
Test(timestamp, the_calendar_is_that_of_the_c_library)
{
    for (uint64_t s = 0; s < UINT64_C(16725225600); s += 39601 * 7) {
        time_t t = (time_t)s;
        char want[64], got[GLOSS_STAMP_BYTES];
        struct tm tm;
        size_t n;
        uint64_t ns;

        gmtime_r(&t, &tm);
        strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%SZ", &tm);
        n = gloss_stamp_write(s * SECOND_NS, got);
        cr_assert(gloss_span_equal(gloss_span(got, n), gloss_span_str(want)), "%.*s is no %s",
                  (int)n, got, want);
        cr_assert(gloss_stamp_parse(gloss_span_str(want), &clock_utc, &ns), "%s", want);
        cr_assert_eq(ns, s * SECOND_NS, "%s", want);
    }
}

Test(timestamp, a_fraction_is_as_short_as_it_can_be)
{
    static const struct {
        uint64_t ns;
        const char *want;
    } rows[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1, "1970-01-01T00:00:00.000000001Z"},
        {1000, "1970-01-01T00:00:00.000001Z"},
        {1000000, "1970-01-01T00:00:00.001Z"},
        {500000000, "1970-01-01T00:00:00.500Z"},
        {1795420801123456000, "2026-11-23T08:00:01.123456Z"},
        {UINT64_MAX, "2554-07-21T23:34:33.709551615Z"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf b = {0};

        gloss_stamp_format(rows[i].ns, &b);
        cr_expect(gloss_span_equal(gloss_buf_view(&b), gloss_span_str(rows[i].want)), "%.*s",
                  (int)b.len, b.ptr);
    }
}

/* Bytes behind the line must not be read. Each prefix has memory of exactly its length, so that a
 * sanitizer sees it. */
Test(timestamp, no_prefix_of_a_form_is_read_beyond_its_end)
{
    static const char *const lines[] = {
        "<165>1 2026-11-23T08:00:01.123456+08:00",
        "Mon Nov 23 08:00:01.123456 2026",
        "23/Nov/2026:08:00:01 +0000",
        "I1123 08:00:01.123456",
        "{\"a\":\"b\\\"\",\"ts\":\"2026-11-23 08:00:01\"}",
        "1795420801.123456",
    };

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
        for (size_t n = 1; n <= strlen(lines[i]); n++) {
            CLEANUP(freep) char *copy = malloc(n);
            uint64_t ns;

            cr_assert_not_null(copy);
            memcpy(copy, lines[i], n);
            if (gloss_stamp_parse(gloss_span(copy, n), &clock_utc, &ns))
                cr_expect_gt(ns, 0);
        }
}
