/* Times at the start of lines, against the calendar of the C library. */

#include "app/common/zone.h"
#include "core/base/nanoseconds.h"
#include "core/base/utf8.h"
#include "core/base/util.h"
#include "core/text/time_forms.h"
#include "core/text/timestamp.h"
#include "helpers/feed.h"

#include <criterion/criterion.h>
#include <gloss/times.h>
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

static int two_hours_east(void *ctx, int64_t utc_s, const char **ret_name)
{
    (void)ctx, (void)utc_s;
    if (ret_name)
        *ret_name = "EET";
    return 7200;
}

static const struct gloss_clock clock_east = {.now_ns = NOW_S * SECOND_NS,
                                              .zone = {.offset_s = two_hours_east}};

/* ---- the table of tests/data/times, made by another program ---- */

struct row {
    char zone[32], line[512];
    bool is_time;
    uint64_t ns;
};

static void unescape(const char *from, char *to)
{
    for (; *from; from++, to++) {
        bool escaped = *from == '\\' && (from[1] == 't' || from[1] == 'e');

        *to = !escaped ? *from : from[1] == 't' ? '\t' : '\x1b';
        from += escaped;
    }
    *to = '\0';
}

static bool next_row(FILE *f, struct row *row)
{
    char text[1024], *zone = text, *ns, *line;

    do
        if (!fgets(text, sizeof(text), f))
            return false;
    while (*text == '#');
    text[strcspn(text, "\n")] = '\0';
    ns = strchr(zone, '\t');
    *ns++ = '\0';
    line = strchr(ns, '\t');
    *line++ = '\0';
    snprintf(row->zone, sizeof(row->zone), "%.31s", zone);
    unescape(line, row->line);
    row->is_time = *ns != '-';
    row->ns = strtoull(ns, NULL, 10);
    return true;
}

static FILE *open_rows(void)
{
    const char *root = getenv("GLOSSD_ROOT");
    char name[4096];
    FILE *f;

    snprintf(name, sizeof(name), "%s/tests/data/times/forms.tsv", root ? root : ".");
    f = fopen(name, "r");
    cr_assert_not_null(f, "%s", name);
    return f;
}

/* The log of the table was changed last at 2024-11-20 12:00:00 UTC. */
static struct time_rules rules_of(struct zone *zone)
{
    return (struct time_rules){.zone = &zone->base, .before_ns = UINT64_C(1732104000) * SECOND_NS};
}

static void expect_row(const struct row *row, struct zone *zone, size_t last)
{
    const struct time_rules rules = rules_of(zone);
    const struct time_reading how = {.rules = &rules, .last = &last};
    size_t tried = last;
    uint64_t ns = 7;
    bool found = timestamp_read(gloss_span_str(row->line), &how, &ns, NULL) == TIME_FOUND;

    cr_expect_eq(found, row->is_time, "%s: %s", row->zone, row->line);
    cr_expect_eq(ns, row->is_time ? row->ns : 7, "%s, row %zu: %s: %" PRIu64, row->zone, tried,
                 row->line, ns);
}

Test(timestamp, every_form_means_what_another_program_computes)
{
    FILE *f = open_rows();
    struct zone zone;
    struct row row;
    size_t n = 0;

    for (; next_row(f, &row); n++) {
        zone_init(&zone, row.zone);
        expect_row(&row, &zone, SIZE_MAX);
    }
    cr_expect_gt(n, 2000);
    fclose(f);
}

/* So the row that read the last line may be tried first. */
Test(timestamp, no_two_rows_read_a_line_as_different_times)
{
    FILE *f = open_rows();
    struct zone zone;
    struct row row;

    for (size_t n = 0; next_row(f, &row); n++) {
        if (n % 7 != 0 && row.is_time)
            continue;
        zone_init(&zone, row.zone);
        for (size_t last = 0; last < time_n_forms; last++)
            expect_row(&row, &zone, last);
    }
    fclose(f);
}

Test(timestamp, every_row_of_the_table_reads_its_example)
{
    for (size_t i = 0; i < time_n_forms; i++) {
        const struct gloss_clock clock = {.now_ns = UINT64_C(1732104000) * SECOND_NS};
        uint64_t ns = 0,
                 want = utc_ns(2024, 3, strstr(time_forms[i].example, "15") ? 15 : 5, 0, 0, 0);
        bool found = gloss_stamp_parse(gloss_span_str(time_forms[i].example), &clock, &ns);

        cr_expect_eq(found, time_forms[i].place != FORM_NONE, "%s", time_forms[i].example);
        if (found)
            cr_expect(ns >= want && ns < want + DAY_NS, "%s: %" PRIu64, time_forms[i].example, ns);
    }
}

Test(timestamp, a_civil_time_without_a_zone_is_local)
{
    static const char *const local[] = {
        "2026-11-23 10:00:01 x", "2026/11/23 10:00:01 x",      "23.11.2026 10:00:01 x",
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

/* The manual's list, as it has to be. */
static void write_list(struct gloss_buf *out)
{
    for (size_t i = 0; i < gloss_times_n_forms(); i++) {
        struct gloss_time_form form = gloss_times_form(i);

        if (!form.writer || time_forms[i].place == FORM_NONE)
            continue;
        for (const char *p = form.example; *p;) {
            size_t n = utf8_sequence(p, strlen(p));

            if (n == 1)
                gloss_buf_char(out, *p);
            else if (n == 2)
                gloss_buf_printf(out, "\\[u%04X]", (unsigned)(p[0] & 31) << 6 | (p[1] & 63));
            else
                gloss_buf_printf(out, "\\[u%04X]",
                                 (unsigned)(p[0] & 15) << 12 | (unsigned)(p[1] & 63) << 6 |
                                     (p[2] & 63));
            p += n;
        }
        gloss_buf_printf(out, "\n    %s\n", form.writer);
    }
}

Test(timestamp, the_manual_lists_the_forms_of_the_table)
{
    static const char begin[] = "src/core/text/time_forms.c.\n",
                      end[] = ".\\\" The end of the list.";
    CLEANUP(gloss_buf_deinit) struct gloss_buf manual = {0}, want = {0};
    const char *from, *to;

    write_list(&want);
    cr_assert(feed_read_file("docs/glossd.1", &manual));
    gloss_buf_char(&manual, '\0');
    from = strstr(manual.ptr, begin);
    to = strstr(manual.ptr, end);
    cr_assert(from && to);
    from += strlen(begin);
    cr_expect(gloss_span_equal(gloss_span(from, (size_t)(to - from)), gloss_buf_view(&want)),
              "the list should be:\n%.*s", (int)want.len, want.ptr);
}
