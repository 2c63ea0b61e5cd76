/* The times of a stream: own, inherited, read; and that how it is cut into blocks does not show. */

#include "app/common/zone.h"
#include "core/base/first_line.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "helpers/rng.h"

#include <criterion/criterion.h>
#include <gloss/times.h>
#include <stdio.h>

/* 2026-11-23 08:00:00 UTC */
#define EIGHT (UINT64_C(1795420800) * SECOND_NS)

static const struct gloss_clock noon = {.now_ns = EIGHT + 4 * HOUR_NS};

static struct gloss_times *times_of(enum gloss_times_kind kind, const struct gloss_clock *clock)
{
    const struct gloss_times_options options = {.clock = clock, .kind = kind};
    struct gloss_times *t;

    cr_assert_eq(gloss_times_new(&t, &options), 0);
    return t;
}

/* Appends the time of each line, in seconds from eight o'clock, with the first letter of its
 * source.
 */
static void tell(struct gloss_times *t, struct gloss_time_memory *m, struct gloss_block block,
                 char *out)
{
    gloss_times_begin(t, m, &block);
    for (struct gloss_span rest = block.bytes; rest.len > 0;) {
        size_t n = first_line_length(rest);
        struct gloss_time time =
            gloss_times_of(t, gloss_span(rest.ptr, n - (rest.ptr[n - 1] == '\n')),
                           /* begins= */ true);
        const char *source = gloss_time_source_name(time.source);

        sprintf(out + strlen(out), source ? "%lld%c " : "- ",
                (long long)(time.ns - EIGHT) / (long long)SECOND_NS, source ? *source : ' ');
        rest = gloss_span(rest.ptr + n, rest.len - n);
    }
    gloss_times_end(t);
}

static void expect_times(enum gloss_times_kind kind, const char *log, const char *want)
{
    CLEANUP(gloss_times_freep) struct gloss_times *t = times_of(kind, &noon);
    struct gloss_time_memory m = {0};
    char got[4096] = "";

    tell(t, &m,
         (struct gloss_block){.bytes = gloss_span_str(log), .begins_line = true, .ends_line = true},
         got);
    cr_expect_str_eq(got, want, "%s", log);
}

Test(times, a_line_without_one_has_that_of_a_line_before_it)
{
    expect_times(GLOSS_TIMES_FILE,
                 "a heading\n2026-11-23 08:00:01 x\n  at y\nCaused by z\n2026-11-23 08:00:05 x\n",
                 "- 1l 1i 1i 5l ");
}

Test(times, what_cannot_be_told_is_none_and_ends_what_is_inherited)
{
    expect_times(GLOSS_TIMES_FILE,
                 "2026-11-23 08:00:01 x\n2026-11-23 25:00:01 x\n  at y\n2026-11-23 08:00:05 x\n",
                 "1l - - 5l ");
    expect_times(GLOSS_TIMES_FILE, "2026-11-23 08:00:01 x\n05/03/24 10:00:01 x\n", "1l - ");
}

Test(times, only_live_input_is_given_the_time_of_reading)
{
    expect_times(GLOSS_TIMES_FILE, "x\ny\n", "- - ");
    expect_times(GLOSS_TIMES_LIVE, "x\ny\n", "14400r 14400r ");
    expect_times(GLOSS_TIMES_LIVE, "x\n2026-11-23 12:00:01 y\nz\n", "14400r 14401l 14401i ");
}

/* The stream is hours behind the clock, and a line is too far from the last time. */
Test(times, live_input_that_is_behind_is_not_given_the_present)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0};
    CLEANUP(gloss_times_freep) struct gloss_times *t = times_of(GLOSS_TIMES_LIVE, &noon);
    struct gloss_time_memory m = {0};
    struct gloss_block block = {.begins_line = true, .ends_line = true};
    struct gloss_time time;

    gloss_buf_str(&log, "2026-11-23 08:00:01 x\n");
    for (int i = 0; i < GLOSS_TIMES_LINES + 1; i++)
        gloss_buf_str(&log, "y\n");
    block.bytes = gloss_buf_view(&log);
    gloss_times_begin(t, &m, &block);
    time = gloss_times_of(t, gloss_span(log.ptr + log.len - 4, 1), true);
    cr_expect_eq(time.source, GLOSS_TIME_INHERITED, "the 1,000th line behind it");
    time = gloss_times_of(t, gloss_span(log.ptr + log.len - 2, 1), true);
    cr_expect_eq(time.source, GLOSS_TIME_NONE, "the 1,001st");
}

Test(times, a_detail_line_has_no_time_of_its_own)
{
    expect_times(GLOSS_TIMES_FILE, "2026-11-23 08:00:01 x\n  2026-11-23 07:00:00 y\n", "1l 1i ");
    expect_times(GLOSS_TIMES_FILE, " 2026-11-23 08:00:01 x\n 2026-11-23 08:00:02 y\n", "1l 2l ");
}

Test(times, the_first_lines_tell_the_order_of_a_date)
{
    expect_times(GLOSS_TIMES_FILE, "23/11/26 08:00:01 x\n24/11/26 08:00:02 y\n", "- - ");
    expect_times(GLOSS_TIMES_FILE, "23/11/2026 08:00:01 x\n", "1l ");
    expect_times(GLOSS_TIMES_FILE, "11/12/2026 08:00:01 x\n11/23/2026 08:00:02 y\n",
                 "-950399l 2l ");
    expect_times(GLOSS_TIMES_FILE, "11/12/2026 08:00:01 x\n12/01/2026 08:00:02 y\n",
                 "-950399l 691202l ");
}

Test(times, iis_writes_utc)
{
    static const char log[] = "#Software: Microsoft Internet Information Services 8.5\n"
                              "#Fields: date time s-ip\n2026-11-23 08:00:07 10.0.0.1\n";
    struct zone zone;
    struct gloss_clock clock = noon;
    CLEANUP(gloss_times_freep) struct gloss_times *t = NULL;
    struct gloss_time_memory m = {0};
    char got[256] = "";

    zone_init(&zone, "Asia/Shanghai");
    clock.zone = zone.base;
    t = times_of(GLOSS_TIMES_FILE, &clock);
    tell(t, &m,
         (struct gloss_block){.bytes = gloss_span_str(log), .begins_line = true, .ends_line = true},
         got);
    cr_expect_str_eq(got, "- - 7l ");
}

Test(times, an_abbreviation_of_several_zones_is_that_of_the_log_or_none)
{
    static const struct {
        const char *zone, *line, *want;
    } rows[] = {
        {"Asia/Shanghai", "2026-11-23 16:00:01 CST x\n", "1l "},
        {"America/Chicago", "2026-11-23 02:00:01 CST x\n", "1l "},
        {"Europe/Berlin", "2026-11-23 02:00:01 CST x\n", "- "},
        {"Asia/Kolkata", "2026-11-23 13:30:01 IST x\n", "1l "},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct gloss_time_memory m = {0};
        struct gloss_clock clock = noon;
        CLEANUP(gloss_times_freep) struct gloss_times *t = NULL;
        struct zone zone;
        char got[256] = "";

        zone_init(&zone, rows[i].zone);
        clock.zone = zone.base;
        t = times_of(GLOSS_TIMES_FILE, &clock);
        tell(t, &m,
             (struct gloss_block){
                 .bytes = gloss_span_str(rows[i].line), .begins_line = true, .ends_line = true},
             got);
        cr_expect_str_eq(got, rows[i].want, "%s %s", rows[i].zone, rows[i].line);
        cr_expect_str_eq(m.zone, *rows[i].want == '-' ? "CST" : "");
    }
}

/* Writes a log of 40 lines, of which about one in three has a time. */
static void write_log(char *log, uint32_t *seed)
{
    static const char *const others[] = {"  at x\n", "Caused by y\n", "2026-11-23 99:00:00 z\n",
                                         "10:00:01 x\n"};
    size_t n = (size_t)sprintf(log, "2026-11-23 08:00:00 begin\n");

    for (int i = 0; i < 40; i++)
        if (rng_next(seed) % 3 == 0)
            n += (size_t)sprintf(log + n, "2026-11-23 08:00:%02u x\n", rng_next(seed) % 60);
        else
            n += (size_t)sprintf(log + n, "%s", others[rng_next(seed) % ARRAY_SIZE(others)]);
}

Test(times, how_a_log_is_cut_does_not_show)
{
    CLEANUP(gloss_times_freep) struct gloss_times *t = times_of(GLOSS_TIMES_FILE, &noon);
    uint32_t seed = 5;

    for (int round = 0; round < 300; round++) {
        struct gloss_time_memory whole_memory = {0}, cut_memory = {0};
        struct gloss_block block = {.begins_line = true, .ends_line = true};
        char log[4096], whole[4096] = "", cut[4096] = "";

        write_log(log, &seed);
        block.bytes = gloss_span_str(log);
        tell(t, &whole_memory, block, whole);
        for (char *at = log; *at;) {
            size_t n = 0;

            for (uint32_t lines = rng_next(&seed) % 9 + 1; lines > 0 && at[n]; lines--)
                n += strcspn(at + n, "\n") + 1;
            block.offset = (uint64_t)(at - log);
            block.bytes = gloss_span(at, n);
            tell(t, &cut_memory, block, cut);
            at += n;
        }
        cr_assert_str_eq(cut, whole, "%s", log);
    }
}
