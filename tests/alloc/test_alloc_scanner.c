/* Each allocation between catalogs and findings fails in turn, including those of PCRE2: the result
 * is -ENOMEM, or the findings are right all the same; nothing leaks. */

#include "core/base/util.h"
#include "helpers/specimen.h"
#include "wrap.h"

#include <criterion/criterion.h>
#include <gloss/scanner.h>

struct scenario {
    const struct gloss_catalogs *set;
    struct gloss_span input;
    size_t max_line;
    size_t wanted; /* hits of a run without a failure; 0: not known yet */
    size_t wrong;  /* runs that returned 0 and found something else */
};

static int count_hits(void *ctx, const struct gloss_line *line)
{
    size_t *hits = ctx;

    *hits += line->n_hits + line->n_unknown + line->success;
    return 0;
}

static int scan(const struct scenario *s, struct gloss_matcher *m, struct gloss_stream *stream,
                size_t *hits)
{
    CLEANUP(gloss_scanner_freep) struct gloss_scanner *scanner = NULL;
    CLEANUP(gloss_lines_freep) struct gloss_lines *lines = NULL;
    struct gloss_block block;
    char *position;
    size_t room, n;
    int r = gloss_scanner_new(&scanner, m);

    if (r == 0)
        r = gloss_lines_new(&lines, 1000, s->max_line, 0);
    for (size_t at = 0; at <= s->input.len && r == 0; at += n) {
        n = MIN(s->input.len - at, (size_t)1000);
        r = gloss_lines_room(lines, &position, &room);
        if (r < 0)
            return r;
        memcpy(position, s->input.ptr + at, n);
        gloss_lines_fill(lines, n);
        if (n == 0)
            gloss_lines_end(lines);
        while (r == 0 && gloss_lines_next(lines, &block))
            r = gloss_scanner_scan(scanner, &block, stream, count_hits, hits);
        if (n == 0)
            break;
    }
    return r;
}

static int run(void *ctx)
{
    struct scenario *s = ctx;
    CLEANUP(gloss_matcher_freep) struct gloss_matcher *m = NULL;
    struct gloss_stream stream = {0};
    size_t hits = 0;
    int r = gloss_matcher_new(&m, s->set, NULL);

    if (r == 0)
        r = scan(s, m, &stream, &hits);
    gloss_stream_deinit(&stream);
    if (r == 0 && s->wanted == 0)
        s->wanted = hits;
    s->wrong += r == 0 && hits != s->wanted;
    return r;
}

/* When PCRE2 has no memory for machine code it interprets, so a run may succeed in spite of a
 * failure; then its findings must be right. */
static void each_allocation_fails(struct scenario *s)
{
    size_t nth = 0, needed;
    int r;

    cr_assert_eq(run(s), 0);
    cr_assert_gt(s->wanted, 0);
    do {
        alloc_fail_at(++nth);
        r = run(s);
        needed = alloc_seen();
        alloc_fail_at(0);
        cr_expect(r == 0 || (r == -ENOMEM && needed >= nth),
                  "allocation %zu failed, and the run returns %d", nth, r);
    } while (needed >= nth);
    cr_expect_gt(needed, 40, "%zu allocations", needed);
    cr_expect_eq(s->wrong, 0, "%zu runs found something else", s->wrong);
}

Test(alloc_scanner, each_allocation_fails_in_turn_and_is_told_or_does_no_harm)
{
    static const size_t chosen[] = {0, 3, 5, 6, 7, 8, 9, 11};

    for (size_t i = 0; i < ARRAY_SIZE(chosen); i++) {
        struct gloss_catalogs *set = specimen_catalogs(chosen[i]);
        CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0};
        uint32_t random = 1 + (uint32_t)i;

        specimen_log(chosen[i], set, &random, 3000, &log);
        for (size_t max_line = 100; max_line <= 10000; max_line *= 100) {
            struct scenario s = {.set = set, .input = gloss_buf_view(&log), .max_line = max_line};

            each_allocation_fails(&s);
        }
        gloss_catalogs_free(set);
    }
}
