/* Lines since a time: each line is decided by itself, however the log was cut into blocks. */

#include "core/base/util.h"
#include "core/render/since.h"
#include "helpers/rng.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* 2026-11-23 08:00:00 UTC */
#define EIGHT (UINT64_C(1795420800) * 1000000000)

static const struct gloss_clock noon = {.now_ns = EIGHT + UINT64_C(4) * 3600 * 1000000000};

static struct gloss_time_memory memory;

static struct gloss_times *times(void)
{
    static const struct gloss_times_options options = {.clock = &noon};
    static struct gloss_times *t;

    if (!t)
        cr_assert_eq(gloss_times_new(&t, &options), 0);
    return t;
}

/* Appends the lines of a block that count. Returns how many lines were left out. */
static uint64_t put_counted(struct since *s, struct gloss_block block, char *out)
{
    struct gloss_block run;
    uint64_t skipped, sum = 0, at = block.offset;

    gloss_times_begin(times(), &memory, &block);
    while (since_next(s, &block, times(), &run, &skipped)) {
        cr_expect_geq(run.offset, at, "runs come in order");
        cr_expect_gt(run.bytes.len, 0);
        sprintf(out + strlen(out), "%.*s", (int)run.bytes.len, run.bytes.ptr);
        at = run.offset + run.bytes.len;
        sum += skipped;
    }
    cr_expect_eq(block.bytes.len, 0);
    return sum + skipped;
}

static uint64_t put_lines(struct since *s, const char *text, char *out)
{
    return put_counted(
        s,
        (struct gloss_block){.bytes = gloss_span_str(text), .begins_line = true, .ends_line = true},
        out);
}

Test(since, a_line_is_of_its_stamp_or_of_the_last_one_before_it)
{
    static const char log[] = "a heading\n"
                              "2026-11-23 07:59:59 early\n"
                              "  at early\n"
                              "2026-11-23 08:00:00 late\n"
                              "  at late\n"
                              "2026-11-23 07:59:59 early again\n"
                              "[2026-11-23T08:00:01Z] late\n"
                              "no end";
    struct since s = {.from_ns = EIGHT};
    char text[512] = "";

    cr_expect_eq(put_lines(&s, log, text), 4);
    cr_expect_str_eq(text, "2026-11-23 08:00:00 late\n  at late\n"
                           "[2026-11-23T08:00:01Z] late\nno end");
    cr_expect(s.stamped);
    s = (struct since){.from_ns = EIGHT};
    text[0] = '\0';
    cr_expect_eq(put_lines(&s, "none\nof them\nis stamped", text), 3);
    cr_expect_str_eq(text, "");
    cr_expect_not(s.stamped);
}

Test(since, all_parts_of_a_long_line_go_the_way_of_its_begin)
{
    static const struct {
        const char *begin;
        bool counts;
    } cases[] = {{"2026-11-23 08:00:00 x", true}, {"2026-11-23 07:00:00 x", false}, {"x", true}};
    struct since s = {.from_ns = EIGHT, .counts = true};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct gloss_block part = {.bytes = gloss_span_str(cases[i].begin), .begins_line = true};
        char text[512] = "";

        if (i == 2)
            s.counts = true;
        cr_expect_eq(put_counted(&s, part, text), 0);
        part = (struct gloss_block){.bytes = gloss_span_str("2026-11-23 09:00:00 middle")};
        cr_expect_eq(put_counted(&s, part, text), 0);
        part = (struct gloss_block){.bytes = gloss_span_str(" end\n"), .ends_line = true};
        cr_expect_eq(put_counted(&s, part, text), !cases[i].counts);
        cr_expect_eq(strlen(text) > 0, cases[i].counts, "%s", text);
    }
}

Test(since, nothing_depends_on_how_a_log_is_cut)
{
    uint32_t seed = 7;

    for (int round = 0; round < 200; round++) {
        char log[4096], whole[4096] = "", cut[4096] = "";
        struct since s = {.from_ns = EIGHT}, t = s;
        uint64_t skipped, sum = 0;
        size_t n = 0;

        log[0] = '\0';
        for (int i = 0; i < 50; i++)
            n += (size_t)sprintf(
                log + n, rng_next(&seed) % 2 ? "2026-11-23 0%u:30:00 x%d\n" : "%u none %d\n",
                7 + rng_next(&seed) % 2, i);
        skipped = put_lines(&s, log, whole);
        for (char *at = log; *at;) {
            char block[4096];
            size_t length = 0;

            for (uint32_t lines = rng_next(&seed) % 9 + 1; lines > 0 && at[length]; lines--)
                length += strcspn(at + length, "\n") + 1;
            snprintf(block, sizeof(block), "%.*s", (int)length, at);
            sum += put_lines(&t, block, cut);
            at += length;
        }
        cr_assert_str_eq(cut, whole);
        cr_assert_eq(sum, skipped);
    }
}
