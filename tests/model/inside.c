/* A follow with an owner that does what the service does: it takes lines into a sink, which may be
 * full, keeps positions in a checkpoint, commits at once where it is asked to, and cuts the sink
 * back after a death. */

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/tail/follow.h"
#include "model/driver.h"

#include <gloss/buf.h>
#include <stdlib.h>
#include <time.h>

#define POSITIONS_MAX 1024
#define FORGET_NS (7 * DAY_NS)

struct inside {
    struct world *w;
    struct follow *follow; /* NULL: it does not run */
    struct turn_buffer *buffer;
    struct follow_options options;
    uint64_t now_ns;
    struct gloss_buf out;
    size_t committed; /* bytes of out */
    struct file_position positions[POSITIONS_MAX];
    size_t n_positions;
    bool full, waits;  /* the sink is full, and a block waits for it */
    bool wants_commit; /* a commit was asked for, and could not be made yet */
};

static int on_block(void *ctx, const char *path, struct gloss_stream *stream,
                    const struct gloss_block *block)
{
    struct inside *i = ctx;

    (void)path;
    stream->lines += gloss_newlines(block->bytes.ptr, block->bytes.len);
    gloss_buf_span(&i->out, block->bytes);
    i->waits = i->full;
    return i->full;
}

static void on_event(void *ctx, enum follow_event event, const char *path, const char *detail)
{
    (void)ctx;
    if (getenv("MODEL_TRACE"))
        fprintf(stderr, "    event %d %s %s\n", (int)event, strrchr(path, '/'),
                detail ? detail : "");
}

struct inside *inside_new(struct world *w)
{
    static const struct follow_ops ops = {.block = on_block, .event = on_event};
    struct inside *i = calloc(1, sizeof(*i));
    struct timespec now;

    if (!i || turn_buffer_new(&i->buffer) < 0)
        abort();
    clock_gettime(CLOCK_REALTIME, &now);
    i->w = w;
    i->now_ns = timespec_ns(now);
    i->options = (struct follow_options){
        .name = "model", .rotate_wait_ns = MINUTE_NS, .max_line = 1 << 20, .ops = &ops, .ctx = i};
    i->options.pattern = strdup(world_pattern(w));
    return i;
}

void inside_free(struct inside *i)
{
    follow_free(i->follow);
    turn_buffer_free(i->buffer);
    for (size_t k = 0; k < i->n_positions; k++)
        free((char *)(uintptr_t)i->positions[k].path);
    free((char *)(uintptr_t)i->options.pattern);
    gloss_buf_deinit(&i->out);
    free(i);
}

/* ---- checkpoints ---- */

static size_t position_at(const struct inside *i, const struct file_position *p)
{
    size_t k = 0;

    while (k < i->n_positions &&
           (i->positions[k].serial != p->serial || !STREQ(i->positions[k].path, p->path)))
        k++;
    return k;
}

static int put_position(void *ctx, const struct file_position *p)
{
    struct inside *i = ctx;
    size_t k = position_at(i, p);
    const char *path = k < i->n_positions ? i->positions[k].path : strdup(p->path);

    if (k == POSITIONS_MAX)
        abort();
    i->positions[k] = *p;
    i->positions[k].path = path;
    i->n_positions = MAX(i->n_positions, k + 1);
    return 0;
}

static int drop_position(void *ctx, const struct file_position *p)
{
    struct inside *i = ctx;
    size_t k = position_at(i, p);

    if (k == i->n_positions)
        return 0;
    free((char *)(uintptr_t)i->positions[k].path);
    i->positions[k] = i->positions[--i->n_positions];
    return 0;
}

static bool commit(struct inside *i)
{
    if (!i->follow || i->waits || follow_in_line(i->follow))
        return false;
    follow_forget(i->follow, i->now_ns - FORGET_NS, drop_position, i);
    follow_each_changed(i->follow, put_position, i);
    follow_commit(i->follow);
    i->committed = i->out.len;
    return true;
}

/* ---- turns ---- */

static void settle(struct inside *i)
{
    int r = 1;

    for (int turns = 0; r == 1 && !i->waits; turns++) {
        r = follow_turn(i->follow, i->buffer, i->now_ns, /* budget= */ 512);
        if (r < 0 || turns == 100000) {
            fprintf(stderr, "model: a turn %s\n", r < 0 ? strerror(-r) : "never ends");
            abort();
        }
        i->wants_commit = follow_wants_commit(i->follow) || i->wants_commit;
        if (i->wants_commit && commit(i))
            i->wants_commit = false;
    }
}

static void look(void *ctx)
{
    struct inside *i = ctx;

    if (!i->follow)
        return;
    i->now_ns += SECOND_NS * 3 / 10; /* all looks together take less than rotate_wait */
    follow_wake_all(i->follow);
    settle(i);
    world_leave_tick(); /* by the clock of the follow this is long ago */
}

static void let_time_pass(void *ctx)
{
    struct inside *i = ctx;
    uint64_t end = i->now_ns + 200 * SECOND_NS;

    while (i->now_ns < end && i->follow && !i->waits) {
        i->now_ns = MIN(MAX(follow_due_ns(i->follow, i->now_ns), i->now_ns + 1), end);
        settle(i);
    }
    i->now_ns = end;
    world_leave_tick();
}

static void commit_now(void *ctx)
{
    commit(ctx);
}

static void set_full(void *ctx, bool full)
{
    struct inside *i = ctx;

    i->full = full;
    i->waits = i->waits && full;
}

/* ---- living and dying ---- */

static void start(void *ctx)
{
    struct inside *i = ctx;

    if (i->follow)
        return;
    if (follow_new(&i->follow, &i->options) < 0)
        abort();
    for (size_t k = 0; k < i->n_positions; k++)
        if (follow_remember(i->follow, &i->positions[k]) < 0)
            abort();
    if (follow_scan(i->follow, i->now_ns) < 0)
        abort();
    commit(i); /* a start makes one */
    settle(i);
}

static void die(void *ctx)
{
    struct inside *i = ctx;

    i->follow = follow_free(i->follow);
    i->out.len = i->committed;
    i->waits = i->wants_commit = false;
}

static void stop(void *ctx)
{
    struct inside *i = ctx;

    if (i->follow && !i->waits && follow_stop(i->follow, i->buffer, i->now_ns) < 0)
        abort();
    commit(i);
    die(i); /* where the last commit failed it is as if it had been killed */
}

static void reload(void *ctx)
{
    (void)ctx;
}

static const char *sink(void *ctx, size_t *ret_n)
{
    struct inside *i = ctx;

    *ret_n = i->out.len;
    return i->out.ptr ? i->out.ptr : "";
}

const struct driver inside_driver = {
    .start = start,
    .look = look,
    .wait = let_time_pass,
    .commit = commit_now,
    .reload = reload,
    .set_full = set_full,
    .stop = stop,
    .kill = die,
    .sink = sink,
};
