/* Files hand their lines on by follow's turns, inputs by an intake's. Both end in the same
 * pipeline.
 */

#include "app/feed.h"

#include "app/log.h"
#include "core/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* ---- what follow tells ---- */

static int on_block(void *ctx, const char *path, struct gloss_stream *stream,
                    const struct gloss_block *block)
{
    struct feed *f = ctx;
    int r = pipeline_block(&f->pipeline, stream, block);

    (void)path;
    f->bytes += block->bytes.len;
    return r < 0 ? r : feed_blocked(f);
}

static void on_event(void *ctx, enum follow_event event, const char *path, const char *detail)
{
    static const struct {
        int priority;
        const char *text;
    } texts[] = {
        [FOLLOW_OPENED] = {LOG_INFO, "follows"},
        [FOLLOW_FINISHED] = {LOG_INFO, "has read to its end"},
        [FOLLOW_TRUNCATED] = {LOG_NOTICE, "was cut off or written anew, reading from its begin:"},
        [FOLLOW_GONE] = {LOG_WARNING, "is gone before it was read:"},
        [FOLLOW_UNREADABLE] = {LOG_WARNING, "cannot read"},
        [FOLLOW_READABLE] = {LOG_NOTICE, "can read again"},
        [FOLLOW_SKIPPED] = {LOG_NOTICE, "skips"},
        [FOLLOW_HOLE] = {LOG_NOTICE, "passed over a hole in"},
        [FOLLOW_UNDECODED] = {LOG_WARNING, "cannot decode all of"},
    };
    const struct feed *f = ctx;

    log_say(texts[event].priority, "source", "'%s' %s '%s'%s%s", f->name, texts[event].text, path,
            detail ? ": " : "", detail ? detail : "");
}

static bool on_taken(void *ctx, uint64_t dev, uint64_t ino)
{
    const struct feed *f = ctx;

    return f->owner->taken(f->owner->ctx, f, dev, ino);
}

static void on_folder(void *ctx, const char *folder)
{
    const struct feed *f = ctx;

    f->owner->folder(f->owner->ctx, f, folder);
}

static const struct follow_ops follow_ops = {
    .block = on_block, .event = on_event, .taken = on_taken, .folder = on_folder};

/* ---- making ---- */

static int copy_text(char **to, const char *from)
{
    if (!from)
        return 0;
    *to = strdup(from);
    return *to ? 0 : -ENOMEM;
}

static int copy_config(struct feed *f, const struct config_source *c)
{
    int r = copy_text(&f->name, c->name);

    if (r == 0)
        r = copy_text(&f->pattern, c->follow);
    if (r == 0)
        r = copy_text(&f->fifo, c->fifo);
    if (r == 0)
        r = copy_text(&f->encoding, c->encoding);
    f->exclude = calloc(c->n_exclude + 1, sizeof(*f->exclude));
    if (!f->exclude)
        return -ENOMEM;
    for (; r == 0 && f->n_exclude < c->n_exclude; f->n_exclude++)
        r = copy_text(&f->exclude[f->n_exclude], c->exclude[f->n_exclude]);
    f->is_stdin = c->is_stdin;
    f->start_at_end = c->start == CONFIG_START_END;
    f->poll = c->watch == CONFIG_WATCH_POLL;
    f->rotate_wait_ns = c->rotate_wait_ns;
    f->max_line = c->max_line;
    return r;
}

static int make_follow(struct feed *f)
{
    struct follow_options options = {
        .name = f->name,
        .pattern = f->pattern,
        .exclude = (const char *const *)f->exclude,
        .n_exclude = f->n_exclude,
        .start_at_end = f->start_at_end,
        .encoding = f->encoding,
        .rotate_wait_ns = f->rotate_wait_ns,
        .max_line = f->max_line,
        .poll = f->poll,
        .ops = &follow_ops,
        .ctx = f,
    };

    return follow_new(&f->follow, &options);
}

static int make_intake(struct feed *f)
{
    int r = intake_new(&f->intake, f->name, f->fifo, f->owner->ready_fd, f->encoding, f->max_line,
                       f->rotate_wait_ns);
    CLEANUP(freep) char *folder = r == 0 && f->fifo ? strdup(f->fifo) : NULL;

    if (r < 0 || !f->fifo)
        return r;
    if (!folder)
        return -ENOMEM;
    strrchr(folder, '/')[folder == strrchr(folder, '/')] = '\0';
    f->owner->folder(f->owner->ctx, f, folder);
    return 0;
}

int feed_new(struct feed **ret_feed, const struct config_source *config,
             const struct feed_owner *owner)
{
    struct feed *f = calloc(1, sizeof(*f));
    int r;

    if (!f)
        return -ENOMEM;
    f->owner = owner;
    r = copy_config(f, config);
    if (r == 0)
        r = f->pattern ? make_follow(f) : make_intake(f);
    if (r < 0)
        feed_free(f);
    else
        *ret_feed = f;
    return r;
}

struct feed *feed_free(struct feed *f)
{
    if (!f)
        return NULL;
    feed_disconnect(f);
    gloss_stream_deinit(&f->pipeline.stream);
    follow_free(f->follow);
    intake_free(f->intake);
    for (size_t i = 0; i < f->n_exclude; i++)
        free(f->exclude[i]);
    free(f->exclude);
    free(f->name);
    free(f->pattern);
    free(f->fifo);
    free(f->encoding);
    free(f);
    return NULL;
}

static bool same_text(const char *a, const char *b)
{
    return (!a && !b) || (a && b && STREQ(a, b));
}

bool feed_is_same(const struct feed *f, const struct config_source *c)
{
    if (f->is_stdin != c->is_stdin || f->n_exclude != c->n_exclude)
        return false;
    for (size_t i = 0; i < f->n_exclude; i++)
        if (!STREQ(f->exclude[i], c->exclude[i]))
            return false;
    return STREQ(f->name, c->name) && same_text(f->pattern, c->follow) &&
           same_text(f->fifo, c->fifo) && same_text(f->encoding, c->encoding) &&
           f->rotate_wait_ns == c->rotate_wait_ns && f->max_line == c->max_line &&
           f->poll == (c->watch == CONFIG_WATCH_POLL);
}

/* ---- connecting ---- */

static bool lists(const struct config_sink *sink, size_t source)
{
    for (size_t i = 0; i < sink->n_sources; i++)
        if (sink->sources[i] == source)
            return true;
    return false;
}

static int add_output(struct feed *f, const struct feed_means *means,
                      const struct config_sink *sink, struct drain *drain)
{
    struct pipeline_output *o = &f->pipeline.outputs[f->pipeline.n_outputs];
    struct gloss_annotator_options options = {
        .format = sink->format,
        .emit = sink->emit,
        .source = f->name,
        .clock = means->clock,
    };
    int r = gloss_annotator_new(&o->annotator, &options, drain->notes);

    if (r < 0)
        return r;
    o->write = drain_write;
    o->ctx = drain;
    f->drains[f->pipeline.n_outputs++] = drain;
    return 0;
}

int feed_connect(struct feed *f, const struct feed_means *means, const struct config *config,
                 size_t source, struct drain *const *drains)
{
    struct pipeline *p = &f->pipeline;
    int r;

    p->scanner = means->scanner;
    p->counters = means->counters;
    p->clock = means->clock;
    p->outputs = calloc(config->n_sinks + 1, sizeof(*p->outputs));
    f->drains = calloc(config->n_sinks + 1, sizeof(*f->drains));
    r = p->outputs && f->drains ? gloss_counters_source(means->counters, f->name, &p->counts)
                                : -ENOMEM;
    for (size_t i = 0; i < config->n_sinks && r == 0; i++)
        if (lists(&config->sinks[i], source))
            r = add_output(f, means, &config->sinks[i], drains[i]);
    if (r < 0)
        feed_disconnect(f);
    return r;
}

void feed_disconnect(struct feed *f)
{
    struct pipeline *p = &f->pipeline;

    for (size_t i = 0; p->outputs && i < p->n_outputs; i++) {
        gloss_annotator_free(p->outputs[i].annotator);
        gloss_spans_deinit(&p->outputs[i].spans);
    }
    free(p->outputs);
    free(f->drains);
    p->outputs = NULL;
    f->drains = NULL;
    p->n_outputs = 0;
}

bool feed_blocked(const struct feed *f)
{
    /* A line that is half out goes on: no checkpoint can come before its end. */
    for (size_t i = 0; i < f->pipeline.n_outputs; i++)
        if (drain_blocked(f->drains[i]) || (f->drains[i]->cut && !feed_in_line(f)))
            return true;
    return false;
}

bool feed_in_line(const struct feed *f)
{
    return f->follow ? follow_in_line(f->follow) : f->pipeline.stream.seen != NULL;
}

/* ---- turns ---- */

static bool way_blocked(void *ctx)
{
    return feed_blocked(ctx);
}

static struct intake_way way_of(struct feed *f)
{
    return (struct intake_way){
        .pipeline = &f->pipeline, .blocked = way_blocked, .ctx = f, .bytes = &f->bytes};
}

int feed_turn(struct feed *f, struct follow_buffer *buffer, uint64_t now_ns, size_t budget)
{
    struct intake_way way = way_of(f);

    return f->follow ? follow_turn(f->follow, buffer, now_ns, budget)
                     : intake_turn(f->intake, &way, now_ns);
}

uint64_t feed_due_ns(const struct feed *f, uint64_t now_ns)
{
    return f->follow ? follow_due_ns(f->follow, now_ns) : intake_due_ns(f->intake, &f->pipeline);
}

void feed_wake(struct feed *f, const char *folder, const char *name)
{
    if (f->follow)
        follow_wake(f->follow, folder, name);
    else
        intake_wake(f->intake, folder, name);
}

bool feed_wants_commit(struct feed *f)
{
    return f->follow ? follow_wants_commit(f->follow) : intake_is_full(f->intake);
}

int feed_stop(struct feed *f, struct follow_buffer *buffer, uint64_t now_ns)
{
    struct intake_way way = way_of(f);

    return f->follow ? follow_stop(f->follow, buffer, now_ns)
                     : intake_stop(f->intake, &way, now_ns);
}

int feed_tell(struct feed *f, int (*fn)(void *ctx, const struct follow_place *place), void *ctx)
{
    f->bytes = 0;
    if (f->follow)
        return follow_each(f->follow, /* changed= */ true, fn, ctx);
    intake_tell(f->intake, &f->pipeline);
    return 0;
}

void feed_committed(struct feed *f)
{
    if (f->follow)
        follow_committed(f->follow);
    else
        intake_committed(f->intake);
}
