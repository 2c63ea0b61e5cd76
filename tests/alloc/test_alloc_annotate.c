/* Each allocation between lines and output fails in turn: the run returns -ENOMEM and leaks
 * nothing. */

#include "core/base/util.h"
#include "helpers/feed.h"
#include "wrap.h"

#include <criterion/criterion.h>

static const char yaml[] = "catalog: shop\n"
                           "codes:\n"
                           "  BIZ_SLOW:\n"
                           "    cause: It takes long.\n"
                           "    solution: Wait.\n"
                           "  ORA-NNNNN:\n"
                           "    pattern: 'ORA-(?<number>\\d{5})'\n"
                           "    cause: Error {number}.\n"
                           "    solution: Look it up.\n";

static const struct gloss_clock clock_utc = {.now_ns = UINT64_C(1795420801000000000)};

struct scenario {
    struct annotating feed;
    struct gloss_span input;
};

static int run(void *ctx)
{
    const struct scenario *s = ctx;
    CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};

    return feed_run(&s->feed, s->input, &out);
}

/* Writes short lines, an overlong line with hits in its third part, and an overlong one without. */
static void write_input(struct gloss_buf *b)
{
    for (int i = 0; i < 30; i++)
        gloss_buf_str(b, i % 10 == 9 ? "\x1b BIZ_SLOW ORA-00942 BIZ_SLOW\n" : "quiet\n");
    for (int i = 0; i < 4000; i++)
        gloss_buf_str(b, i == 2500 ? "BIZ_SLOW ORA-00001" : "x");
    gloss_buf_char(b, '\n');
    for (int i = 0; i < 3000; i++)
        gloss_buf_char(b, 'y');
    gloss_buf_str(b, "\nBIZ_SLOW");
}

Test(alloc_annotate, each_allocation_fails_in_turn_and_is_told)
{
    static const enum gloss_format formats[] = {GLOSS_FORMAT_TEXT, GLOSS_FORMAT_NOTE,
                                                GLOSS_FORMAT_JSON, GLOSS_FORMAT_LOGFMT};
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    CLEANUP(gloss_buf_deinit) struct gloss_buf input = {0};

    cr_assert_not_null(set);
    write_input(&input);
    for (size_t i = 0; i < ARRAY_SIZE(formats) * 3; i++) {
        struct scenario s = {
            .feed = {.set = set,
                     .options = {.format = formats[i / 3],
                                 .emit = i % 3 ? GLOSS_EMIT_MATCHED : GLOSS_EMIT_ALL,
                                 .context_before = 2,
                                 .context_after = 1,
                                 .visible_controls = true,
                                 .color = true,
                                 .show_source = true,
                                 .source = "app.log"},
                     .clock = &clock_utc,
                     .cut = 100,
                     .max_line = 1024,
                     .hold = i % 3 == 2,
                     .find = feed_find_simply},
            .input = gloss_buf_view(&input)};

        cr_expect_gt(alloc_fail_each(run, &s), 8, "format %d", formats[i / 3]);
    }
}
