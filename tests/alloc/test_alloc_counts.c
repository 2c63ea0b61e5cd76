/* Memory runs out while lines are cut, decoded, counted and summed up: the result is -ENOMEM,
 * nothing leaks, and a line is counted wholly or not at all. */

#include "core/base/util.h"
#include "helpers/counting.h"
#include "wrap.h"

#include <criterion/criterion.h>
#include <gloss/decode.h>
#include <gloss/lines.h>
#include <gloss/summary.h>
#include <stdio.h>

static const char yaml[] = "catalog: shop\n"
                           "family: 'BIZ_[A-Z0-9_]+'\n"
                           "codes:\n"
                           "  BIZ_NO_STOCK: {cause: none left, solution: wait}\n"
                           "  BIZ_NO_MONEY: {cause: none at all, solution: work}\n";

/* Cuts a short line, one that makes the buffer grow to its limit, and a short one again. */
static int cut_lines(void *ctx)
{
    enum { CHUNK = 4096 };
    CLEANUP(gloss_lines_freep) struct gloss_lines *l = NULL;
    size_t *blocks = ctx;
    int r = gloss_lines_new(&l, CHUNK, 100000, 0);

    *blocks = 0;
    for (int i = 0; r == 0 && i < 100; i++) {
        struct gloss_block block;
        char *position;
        size_t size;

        r = gloss_lines_room(l, &position, &size);
        if (r < 0)
            break;
        memset(position, 'x', size);
        if (i == 0 || i == 90 || i == 95)
            position[100] = '\n';
        gloss_lines_fill(l, size);
        while (gloss_lines_next(l, &block) == 1)
            ++*blocks;
    }
    return r;
}

Test(alloc_counts, lines_say_that_memory_ran_out)
{
    size_t blocks;

    cr_expect_gt(alloc_fail_each(cut_lines, &blocks), 3);
    cr_expect_gt(blocks, 5);
}

static int decode(void *ctx)
{
    CLEANUP(gloss_decoder_freep) struct gloss_decoder *d = NULL;
    struct gloss_buf out = {0};
    bool failed;
    int r = gloss_decoder_new(&d, ctx);

    for (int i = 0; r == 0 && i < 50; i++)
        gloss_decoder_feed(d, gloss_span("a\0b\0\x3d\xd8\0", 7), &out);
    if (r == 0)
        gloss_decoder_finish(d, &out);
    failed = out.failed;
    gloss_buf_deinit(&out);
    return failed ? -ENOMEM : r;
}

Test(alloc_counts, a_decoder_says_that_memory_ran_out)
{
    cr_expect_gt(alloc_fail_each(decode, (char *)"utf-16le"), 2);
    cr_expect_gt(alloc_fail_each(decode, (char *)"gbk"), 2);
}

static int write_summaries(struct gloss_counters *c)
{
    for (int format = GLOSS_SUMMARY_TABLE; format <= GLOSS_SUMMARY_PROMETHEUS; format++) {
        for (int by = GLOSS_SUMMARY_BY_CODE; by <= GLOSS_SUMMARY_BY_SOURCE; by++) {
            struct gloss_summary_options options = {.format = (enum gloss_summary_format)format,
                                                    .by = (enum gloss_summary_by)by,
                                                    .width = 80};
            struct gloss_buf out = {0};
            bool failed;

            gloss_summary_write(c, &options, &out);
            failed = out.failed;
            gloss_buf_deinit(&out);
            if (failed)
                return -ENOMEM;
        }
    }
    return 0;
}

static int count_and_sum_up(void *ctx)
{
    CLEANUP(gloss_counters_freep) struct gloss_counters *c = NULL;
    char text[64];
    int r = gloss_counters_new(&c, ctx);

    if (r == 0)
        r = gloss_counters_keep_history(c);
    for (int i = 0; r == 0 && i < 40; i++) {
        snprintf(text, sizeof(text), "BIZ_NO_STOCK BIZ_OTHER_%d BIZ_NO_MONEYS\n", i);
        r = counting_add(c, i % 2 ? "odd" : "even", text, NULL);
    }
    return r == 0 ? write_summaries(c) : r;
}

Test(alloc_counts, counters_and_summaries_say_that_memory_ran_out)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = counting_catalogs(yaml);

    cr_expect_gt(alloc_fail_each(count_and_sum_up, set), 80);
}

Test(alloc_counts, a_line_that_cannot_be_counted_wholly_is_not_counted_at_all)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = counting_catalogs(yaml);
    size_t nth = 0;
    int r;

    do {
        CLEANUP(gloss_counters_freep) struct gloss_counters *c = NULL;
        struct gloss_source_counts *s;

        cr_assert_eq(gloss_counters_new(&c, set), 0);
        cr_assert_eq(gloss_counters_keep_history(c), 0);
        cr_assert_eq(gloss_counters_source(c, "a", &s), 0);
        alloc_fail_at(++nth);
        r = counting_add(c, "a", "BIZ_NO_STOCK BIZ_NEW BIZ_NEWER\n", NULL);
        alloc_fail_at(0);
        if (r == 0)
            continue;
        cr_expect_eq(r, -ENOMEM);
        cr_expect_eq(s->hits, 0);
        cr_expect_eq(s->matched_lines, 0);
        cr_expect_eq(gloss_history_n(gloss_counters_history(c)), 0);
        for (size_t i = 0; i < gloss_counters_n_unknown(c); i++)
            cr_expect_eq(gloss_counters_unknown_at(c, i)->hits, 0);
        cr_assert_eq(counting_add(c, "a", "BIZ_NO_STOCK BIZ_NEW BIZ_NEWER\n", NULL), 0);
        cr_expect_eq(s->hits, 1);
        cr_expect_eq(gloss_counters_n_unknown(c), 2);
    } while (r < 0);
    cr_expect_gt(nth, 4);
}
