/* Files hand their lines on by follow's turns; standard input is read by whoever knows that it can
 * be. Both end in the same pipeline. */

#include "app/feed.h"

#include "app/log.h"
#include "core/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define STDIN_CHUNK (64 * 1024)

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

/* Standard input: lines, and what decodes them. */
static int make_input(struct feed *f)
{
    int r = gloss_lines_new(&f->lines, STDIN_CHUNK, f->max_line, /* offset= */ 0);

    return r == 0 && f->encoding ? gloss_decoder_new(&f->decoder, f->encoding) : r;
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
        r = f->is_stdin ? make_input(f) : make_follow(f);
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
    gloss_lines_free(f->lines);
    gloss_decoder_free(f->decoder);
    for (size_t i = 0; i < f->n_exclude; i++)
        free(f->exclude[i]);
    free(f->exclude);
    free(f->name);
    free(f->pattern);
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
           same_text(f->encoding, c->encoding) && f->rotate_wait_ns == c->rotate_wait_ns &&
           f->max_line == c->max_line && f->poll == (c->watch == CONFIG_WATCH_POLL);
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
    p->lines = f->lines;
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

/* Hands decoded text to the lines, a room at a time. */
static int feed_text(struct feed *f, struct gloss_span text)
{
    char *place;
    size_t size;
    int r = 0;

    while (text.len > 0 && r == 0) {
        r = gloss_lines_room(f->lines, &place, &size);
        if (r < 0)
            return r;
        size = MIN(size, text.len);
        memcpy(place, text.ptr, size);
        text = gloss_span(text.ptr + size, text.len - size);
        r = pipeline_feed(&f->pipeline, size);
    }
    return r;
}

static int feed_decoded(struct feed *f, struct gloss_span bytes)
{
    struct gloss_buf text = {0};
    int r;

    if (bytes.len > 0)
        gloss_decoder_feed(f->decoder, bytes, &text);
    else
        gloss_decoder_finish(f->decoder, &text);
    r = text.failed ? -ENOMEM : feed_text(f, gloss_buf_view(&text));
    gloss_buf_deinit(&text);
    return r;
}

int feed_read_stdin(struct feed *f)
{
    char raw[16 * 1024], *place = raw;
    size_t size = sizeof(raw);
    ssize_t n;
    int r = f->decoder ? 0 : gloss_lines_room(f->lines, &place, &size);

    if (r < 0)
        return r;
    n = read(STDIN_FILENO, place, size);
    if (n < 0)
        return errno == EINTR ? 1 : -errno;
    f->bytes += (size_t)n;
    if (f->decoder)
        r = feed_decoded(f, gloss_span(raw, (size_t)n));
    else if (n > 0)
        r = pipeline_feed(&f->pipeline, (size_t)n);
    if (r < 0 || n > 0)
        return r < 0 ? r : 1;
    f->ended = true;
    if (gloss_lines_waiting(f->lines) > 0) /* other sources' lines come behind it */
        r = feed_text(f, gloss_span("\n", 1));
    return r < 0 ? r : pipeline_end(&f->pipeline);
}
