/* Files hand their lines on by follow's turns, inputs by an intake's, the journal by a tap's. All
 * end in the same pipeline. */

#include "app/service/source.h"

#include "app/common/log.h"
#include "app/service/journal_source.h"
#include "core/base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* ---- what follow tells ---- */

static int on_block(void *ctx, const char *path, struct gloss_stream *stream,
                    const struct gloss_block *block)
{
    struct source *f = ctx;
    int r = pipeline_block(&f->pipeline, stream, block);

    (void)path;
    f->bytes += block->bytes.len;
    return r < 0 ? r : source_is_blocked(f);
}

static void on_event(void *ctx, enum follow_event event, const char *path, const char *detail)
{
    static const struct {
        int priority;
        const char *text;
    } texts[] = {
        [FOLLOW_OPENED] = {LOG_INFO, "follows"},
        [FOLLOW_FINISHED] = {LOG_INFO, "has read to its end"},
        [FOLLOW_TRUNCATED] = {LOG_NOTICE,
                              "was cut off or written anew, reading from its beginning:"},
        [FOLLOW_GONE] = {LOG_WARNING, "is gone before it was read:"},
        [FOLLOW_UNREADABLE] = {LOG_WARNING, "cannot read"},
        [FOLLOW_READABLE] = {LOG_NOTICE, "can read again"},
        [FOLLOW_SKIPPED] = {LOG_NOTICE, "skips"},
        [FOLLOW_HOLE] = {LOG_NOTICE, "skipped a hole in"},
        [FOLLOW_UNDECODED] = {LOG_WARNING, "cannot decode all of"},
    };
    const struct source *f = ctx;

    log_message(texts[event].priority, "source", "'%s' %s '%s'%s%s", f->name, texts[event].text,
                path, detail ? ": " : "", detail ? detail : "");
}

static bool on_taken(void *ctx, uint64_t dev, uint64_t ino)
{
    const struct source *f = ctx;

    return f->owner->taken(f->owner->ctx, f, dev, ino);
}

static void on_folder(void *ctx, const char *folder)
{
    const struct source *f = ctx;

    f->owner->folder(f->owner->ctx, f, folder);
}

static bool on_told(void *ctx, const char *folder)
{
    const struct source *f = ctx;

    return f->owner->prepared(f->owner->ctx, f, folder);
}

static uint64_t on_wall(void *ctx)
{
    const struct source *f = ctx;

    return f->owner->clock->now_ns;
}

static const struct follow_ops follow_ops = {
    .block = on_block,
    .event = on_event,
    .taken = on_taken,
    .folder = on_folder,
    .watched = on_told,
    .wall = on_wall,
};

/* ---- making ---- */

static int copy_text(char **to, const char *from)
{
    if (!from)
        return 0;
    *to = strdup(from);
    return *to ? 0 : -ENOMEM;
}

static int copy_list(char ***to, size_t *ret_n, const char *const *from, size_t n)
{
    int r = 0;

    *to = calloc(n + 1, sizeof(**to));
    if (!*to)
        return -ENOMEM;
    for (; r == 0 && *ret_n < n; ++*ret_n)
        r = copy_text(&(*to)[*ret_n], from[*ret_n]);
    return r;
}

static void free_list(char **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(list[i]);
    free(list);
}

static int copy_config(struct source *f, const struct config_source *c)
{
    int r = copy_text(&f->name, c->name);

    if (r == 0)
        r = copy_text(&f->pattern, c->follow);
    if (r == 0)
        r = copy_text(&f->fifo, c->fifo);
    if (r == 0)
        r = copy_text(&f->encoding, c->encoding);
    if (r == 0)
        r = copy_text(&f->folder, c->journal.folder);
    if (r == 0)
        r = copy_list(&f->exclude, &f->n_exclude, c->exclude, c->n_exclude);
    if (r == 0)
        r = copy_list(&f->units, &f->n_units, c->journal.units, c->journal.n_units);
    if (r == 0)
        r = copy_list(&f->matches, &f->n_matches, c->journal.matches, c->journal.n_matches);
    f->is_stdin = c->is_stdin;
    f->start_at_end = c->start == CONFIG_START_END;
    f->poll = c->watch == CONFIG_WATCH_POLL;
    f->rotate_wait_ns = c->rotate_wait_ns;
    f->max_line = c->max_line;
    return r;
}

static int make_follow(struct source *f)
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

/* That of a FIFO, whose path has one at least. */
static void report_folder_of(const struct source *f, char *path)
{
    char *slash = strrchr(path, '/') + (strrchr(path, '/') == path), kept = *slash;

    *slash = '\0';
    f->owner->folder(f->owner->ctx, f, path);
    *slash = kept;
}

void source_report_folders(struct source *f)
{
    if (f->follow)
        follow_report_folders(f->follow);
    else if (f->fifo)
        report_folder_of(f, f->fifo);
}

static int make_stream(struct source *f)
{
    int r = stream_source_new(&f->stream, f->name, f->fifo, f->owner->ready_fd, f->encoding,
                              f->max_line, f->rotate_wait_ns);

    if (r == 0)
        source_report_folders(f);
    return r;
}

int source_new(struct source **ret_source, const struct config_source *config,
               const struct source_owner *owner)
{
    struct source *f = calloc(1, sizeof(*f));
    int r;

    if (!f)
        return -ENOMEM;
    f->owner = owner;
    r = copy_config(f, config);
    if (r == 0)
        r = f->pattern           ? make_follow(f)
            : config->is_journal ? journal_source_new(&f->journal, f)
                                 : make_stream(f);
    if (r < 0)
        source_free(f);
    else
        *ret_source = f;
    return r;
}

struct source *source_free(struct source *f)
{
    if (!f)
        return NULL;
    source_disconnect(f);
    gloss_stream_deinit(&f->pipeline.stream);
    follow_free(f->follow);
    stream_source_free(f->stream);
    journal_source_free(f->journal);
    free_list(f->exclude, f->n_exclude);
    free_list(f->units, f->n_units);
    free_list(f->matches, f->n_matches);
    free(f->name);
    free(f->folder);
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

static bool same_list(char *const *a, size_t n_a, const char *const *b, size_t n_b)
{
    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++)
        if (!STREQ(a[i], b[i]))
            return false;
    return true;
}

static bool same_journal(const struct source *f, const struct config_source *c)
{
    return (f->journal != NULL) == c->is_journal && same_text(f->folder, c->journal.folder) &&
           same_list(f->units, f->n_units, c->journal.units, c->journal.n_units) &&
           same_list(f->matches, f->n_matches, c->journal.matches, c->journal.n_matches);
}

bool source_is_same(const struct source *f, const struct config_source *c)
{
    return f->is_stdin == c->is_stdin && same_journal(f, c) &&
           same_list(f->exclude, f->n_exclude, c->exclude, c->n_exclude) &&
           STREQ(f->name, c->name) && same_text(f->pattern, c->follow) &&
           same_text(f->fifo, c->fifo) && same_text(f->encoding, c->encoding) &&
           f->rotate_wait_ns == c->rotate_wait_ns && f->max_line == c->max_line &&
           f->poll == (c->watch == CONFIG_WATCH_POLL);
}

bool source_has_heir(const struct source *f, const struct config_source *c)
{
    return f->stream && f->is_stdin == c->is_stdin && same_text(f->fifo, c->fifo);
}

int source_inherit(struct source *f, struct source *former, uint64_t now_ns)
{
    if (f->follow && former->follow)
        return follow_inherit(f->follow, former->follow, now_ns);
    if (f->stream && former->stream && same_text(f->fifo, former->fifo)) {
        struct stream_source *made = f->stream;

        stream_source_adapt(former->stream, made, same_text(f->encoding, former->encoding));
        f->stream = former->stream;
        former->stream = made;
        stream_source_go_back(f->stream, &f->pipeline);
    }
    return 0;
}

/* ---- connecting ---- */

static bool lists(const struct config_sink *sink, size_t source)
{
    for (size_t i = 0; i < sink->n_sources; i++)
        if (sink->sources[i] == source)
            return true;
    return false;
}

static int on_line(void *ctx, const struct gloss_line *line)
{
    const struct journal_output *e = ctx;

    return sink_enter(e->sink, e->source->name, line);
}

static void add_journal(struct source *f, struct sink *sink)
{
    size_t i = f->pipeline.n_outputs++;

    f->sinks[i] = sink;
    f->entries[i] = (struct journal_output){.source = f, .sink = sink};
    f->pipeline.outputs[i].line = on_line;
    f->pipeline.outputs[i].ctx = &f->entries[i];
}

static int add_output(struct source *f, const struct config_sink *config, struct sink *sink)
{
    struct pipeline_output *o = &f->pipeline.outputs[f->pipeline.n_outputs];
    struct gloss_annotator_options options = {
        .format = config->format,
        .emit = config->emit,
        .source = f->name,
        .clock = f->pipeline.clock,
    };
    int r;

    if (config->is_journal) {
        add_journal(f, sink);
        return 0;
    }
    r = gloss_annotator_new(&o->annotator, &options, sink->notes);

    if (r < 0)
        return r;
    o->write = sink_write;
    o->ctx = sink;
    f->sinks[f->pipeline.n_outputs++] = sink;
    return 0;
}

int source_connect(struct source *f, const struct source_context *means,
                   const struct config *config, size_t source, struct sink *const *sinks)
{
    struct pipeline *p = &f->pipeline;
    int r;

    p->scanner = means->scanner;
    p->counters = means->counters;
    p->clock = f->journal ? journal_source_clock(f->journal, means->clock) : means->clock;
    p->outputs = calloc(config->n_sinks + 1, sizeof(*p->outputs));
    f->sinks = calloc(config->n_sinks + 1, sizeof(*f->sinks));
    f->entries = calloc(config->n_sinks + 1, sizeof(*f->entries));
    r = p->outputs && f->sinks && f->entries
            ? gloss_counters_source(means->counters, f->name, &p->counts)
            : -ENOMEM;
    for (size_t i = 0; i < config->n_sinks && r == 0; i++)
        if (lists(&config->sinks[i], source))
            r = add_output(f, &config->sinks[i], sinks[i]);
    if (r < 0)
        source_disconnect(f);
    return r;
}

void source_disconnect(struct source *f)
{
    struct pipeline *p = &f->pipeline;

    for (size_t i = 0; p->outputs && i < p->n_outputs; i++) {
        gloss_annotator_free(p->outputs[i].annotator);
        gloss_spans_deinit(&p->outputs[i].spans);
    }
    free(p->outputs);
    free(f->sinks);
    free(f->entries);
    p->outputs = NULL;
    f->sinks = NULL;
    f->entries = NULL;
    p->n_outputs = 0;
}

bool source_is_blocked(const struct source *f)
{
    /* A line that is half out goes on: no checkpoint can come before its end. */
    for (size_t i = 0; i < f->pipeline.n_outputs; i++)
        if (sink_is_blocked(f->sinks[i]) || (f->sinks[i]->cut && !source_in_line(f)))
            return true;
    return false;
}

bool source_in_line(const struct source *f)
{
    return f->follow ? follow_in_line(f->follow) : f->pipeline.stream.seen != NULL;
}

/* ---- turns ---- */

static bool is_blocked(void *ctx)
{
    return source_is_blocked(ctx);
}

static struct stream_source_output way_of(struct source *f)
{
    return (struct stream_source_output){
        .pipeline = &f->pipeline, .blocked = is_blocked, .ctx = f, .bytes = &f->bytes};
}

int source_turn(struct source *f, struct turn_buffer *buffer, uint64_t now_ns, size_t budget)
{
    struct stream_source_output way = way_of(f);

    return f->follow   ? follow_turn(f->follow, buffer, now_ns, budget)
           : f->stream ? stream_source_turn(f->stream, &way, now_ns)
                       : journal_source_turn(f->journal, now_ns, budget);
}

uint64_t source_due_ns(const struct source *f, uint64_t now_ns)
{
    return f->follow   ? follow_due_ns(f->follow, now_ns)
           : f->stream ? stream_source_due_ns(f->stream, &f->pipeline)
                       : journal_source_due_ns(f->journal, now_ns);
}

void source_wake(struct source *f, const char *folder, const char *name)
{
    if (f->follow && !folder)
        follow_wake_all(f->follow);
    else if (f->follow)
        follow_wake(f->follow, folder, name);
    else if (f->stream && folder) /* it looks every second anyway */
        stream_source_wake(f->stream, folder, name);
}

bool source_wants_commit(struct source *f)
{
    return f->follow ? follow_wants_commit(f->follow)
                     : f->stream && stream_source_is_full(f->stream);
}

int source_stop(struct source *f, struct turn_buffer *buffer, uint64_t now_ns)
{
    struct stream_source_output way = way_of(f);

    return f->follow   ? follow_stop(f->follow, buffer, now_ns)
           : f->stream ? stream_source_stop(f->stream, &way, now_ns)
                       : 0;
}

int source_prepare(struct source *f, int (*fn)(void *ctx, const struct file_position *position),
                   void *ctx)
{
    f->bytes = 0;
    if (f->follow)
        return follow_each_changed(f->follow, fn, ctx);
    if (f->journal)
        journal_source_prepare(f->journal);
    else
        stream_source_prepare(f->stream, &f->pipeline);
    return 0;
}

void source_commit(struct source *f)
{
    if (f->follow)
        follow_commit(f->follow);
    else if (f->journal)
        journal_source_commit(f->journal);
    else
        stream_source_commit(f->stream);
}
