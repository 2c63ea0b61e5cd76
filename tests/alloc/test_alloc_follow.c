/* Each allocation between the start and the stop of a follow fails in turn: the result is -ENOMEM,
 * and nothing leaks. */

#include "core/base/util.h"
#include "helpers/packed.h"
#include "helpers/tailing.h"
#include "wrap.h"

#include <criterion/criterion.h>
#include <stdio.h>

static int on_block(void *ctx, const char *path, struct gloss_stream *stream,
                    const struct gloss_block *block)
{
    (void)path;
    *(size_t *)ctx += block->bytes.len;
    stream->lines++;
    return 0;
}

static void on_event(void *ctx, enum follow_event event, const char *path, const char *detail)
{
    (void)ctx;
    (void)event;
    (void)path;
    (void)detail;
}

struct scenario {
    struct tailing *t;
    size_t handed_on;
};

static int turns(struct follow *f, struct turn_buffer *b, uint64_t now_ns)
{
    int r;

    do
        r = follow_turn(f, b, now_ns, /* budget= */ 4096);
    while (r == 1);
    return r;
}

static int run(void *ctx)
{
    static const struct follow_ops ops = {.block = on_block, .event = on_event};
    struct scenario *s = ctx;
    struct follow_options options = s->t->options;
    struct file_position position = {.path = s->t->path, .serial = 3};
    CLEANUP(follow_freep) struct follow *f = NULL;
    struct turn_buffer *b = NULL;
    int r;

    s->handed_on = 0;
    options.ops = &ops;
    options.ctx = &s->handed_on;
    r = follow_new(&f, &options);
    if (r == 0)
        r = follow_remember(f, &position);
    if (r == 0)
        r = turn_buffer_new(&b);
    if (r == 0)
        r = follow_scan(f, s->t->now_ns);
    if (r == 0)
        r = turns(f, b, s->t->now_ns);
    if (r == 0)
        r = follow_stop(f, b, s->t->now_ns);
    turn_buffer_free(b);
    return r;
}

Test(alloc_follow, each_allocation_fails_in_turn_and_is_told)
{
    struct tailing t;
    struct scenario s = {.t = &t};
    char line[2000];

    tailing_init(&t);
    t.options.max_line = 1000;
    memset(line, 'x', sizeof(line));
    tailing_append(&t, "a.log.1", "old\n");
    tailing_append(&t, "a.log", "one\ntwo\n");
    tailing_bytes(&t, "a.log", line, sizeof(line));
    tailing_append(&t, "a.log", "\nhalf");
    cr_expect_gt(alloc_fail_each(run, &s), 10u);
    cr_expect_eq(s.handed_on, 8 + sizeof(line) + 1 + 4);
    tailing_deinit(&t);
}

Test(alloc_follow, each_allocation_of_a_packed_file_fails_in_turn_and_is_told)
{
    struct tailing t;
    struct scenario s = {.t = &t};

    tailing_init(&t);
    t.now_ns += 3600 * SECOND_NS; /* the file has not been written to for an hour */
    for (enum packer p = 0; p < N_PACKERS; p++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf packed = {0};

        pack(&packed, p, "one\ntwo\n", 8);
        tailing_append(&t, "a.log", "");
        tailing_truncate(&t, "a.log");
        tailing_bytes(&t, "a.log", packed.ptr, packed.len);
        cr_expect_gt(alloc_fail_each(run, &s), 10u);
        cr_expect_eq(s.handed_on, 8u, "%s", packer_names[p]);
    }
    tailing_deinit(&t);
}
