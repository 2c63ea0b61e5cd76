/* The pipeline of a source is the same for all kinds: kinds hand blocks to it, and a checkpoint
 * asks the kind for its positions. When a kind lacks an operation, the default for it is here. */

#include "app/connectors/source.h"

#include "app/config/config_table.h"

#include "core/base/util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct source_ops *ops(const struct source *s)
{
    return s->kind->ops;
}

/* ---- making ---- */

int source_new(struct source **ret_source, struct config *config, size_t index,
               const struct source_owner *owner)
{
    const struct config_source *c = &config->sources[index];
    const struct source_kind *kind = container_of(c->kind, const struct source_kind, config);
    struct source *s = kind->ops->alloc();
    int r;

    if (!s)
        return -ENOMEM;
    s->kind = kind;
    s->owned_config = config_ref(config);
    s->config = c;
    s->name = c->name;
    s->owner = owner;
    r = kind->ops->init(s);
    if (r < 0)
        source_free(s);
    else
        *ret_source = s;
    return r;
}

struct source *source_free(struct source *s)
{
    struct config *config;

    if (!s)
        return NULL;
    config = s->owned_config;
    source_disconnect(s);
    gloss_stream_deinit(&s->pipeline.stream);
    ops(s)->free(s);
    config_free(config);
    return NULL;
}

static bool is_same_text(const char *a, const char *b)
{
    return (!a && !b) || (a && b && STREQ(a, b));
}

/* `start` is not compared, because it matters only for files that are new. */
bool source_is_same(const struct source *s, const struct config_source *c)
{
    const struct config_source *own = s->config;

    return own->kind == c->kind && STREQ(own->name, c->name) &&
           is_same_text(own->encoding, c->encoding) && own->rotate_wait_ns == c->rotate_wait_ns &&
           own->max_line == c->max_line &&
           config_table_equal(&c->kind->table, own->settings, c->settings);
}

static const char *identity_of(const struct config_source *c)
{
    return c->kind->identity ? c->kind->identity(c->settings) : c->kind->only_one;
}

bool source_goes_on_in(const struct source *s, const struct config_source *c)
{
    return s->config->kind == c->kind && is_same_text(identity_of(s->config), identity_of(c));
}

int source_inherit(struct source *s, struct source *former, uint64_t now_ns)
{
    bool can = s->kind == former->kind && ops(s)->inherit;

    return can ? ops(s)->inherit(s, former, now_ns) : 0;
}

int source_restore(struct source *s, struct store *store)
{
    return ops(s)->restore ? ops(s)->restore(s, store) : 0;
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
    const struct source_output *o = ctx;

    return sink_line(o->sink, o->source->name, line);
}

static int add_output(struct source *s, const struct config_sink *config, struct sink *sink)
{
    size_t i = s->pipeline.n_outputs;
    struct pipeline_output *o = &s->pipeline.outputs[i];
    struct gloss_annotator_options options = {
        .format = config->format,
        .emit = config->emit,
        .source = s->name,
        .times = s->times,
    };
    int r = 0;

    if (sink_takes_findings(sink)) {
        s->outputs[i] = (struct source_output){.source = s, .sink = sink};
        o->line = on_line;
        o->ctx = &s->outputs[i];
    } else {
        r = gloss_annotator_new(&o->annotator, &options, sink->notes);
        o->write = sink_write;
        o->ctx = sink;
    }
    if (r < 0)
        return r;
    s->sinks[i] = sink;
    s->pipeline.n_outputs++;
    return 0;
}

/* Makes what reads the times of its lines. The configuration is that of the reload at hand: these
 * keys leave a source the same. */
static int make_times(struct source *s, const struct config_source *config,
                      const struct gloss_clock *clock)
{
    struct gloss_times_options options = {
        .clock = ops(s)->clock ? ops(s)->clock(s, clock) : clock,
        .kind = ops(s)->clock ? GLOSS_TIMES_ENTRIES : GLOSS_TIMES_LIVE,
        .formats = config->time_formats.items,
        .n_formats = config->time_formats.n,
    };
    int r;

    if (config->time_zone) {
        zone_init(&s->zone, config->time_zone);
        options.zone = &s->zone.base;
    }
    r = gloss_times_new(&s->times, &options);
    s->pipeline.times = s->times;
    return r;
}

int source_connect(struct source *s, const struct source_context *context,
                   const struct config *config, size_t index, struct sink *const *sinks)
{
    struct pipeline *p = &s->pipeline;
    int r;

    p->scanner = context->scanner;
    p->counters = context->counters;
    p->outputs = calloc(config->n_sinks + 1, sizeof(*p->outputs));
    s->sinks = calloc(config->n_sinks + 1, sizeof(*s->sinks));
    s->outputs = calloc(config->n_sinks + 1, sizeof(*s->outputs));
    r = p->outputs && s->sinks && s->outputs
            ? gloss_counters_source(context->counters, s->name, &p->counts)
            : -ENOMEM;
    if (r == 0)
        r = make_times(s, &config->sources[index], context->clock);
    for (size_t i = 0; i < config->n_sinks && r == 0; i++)
        if (lists(&config->sinks[i], index))
            r = add_output(s, &config->sinks[i], sinks[i]);
    if (r < 0)
        source_disconnect(s);
    return r;
}

void source_disconnect(struct source *s)
{
    struct pipeline *p = &s->pipeline;

    for (size_t i = 0; p->outputs && i < p->n_outputs; i++) {
        gloss_annotator_free(p->outputs[i].annotator);
        gloss_spans_deinit(&p->outputs[i].spans);
    }
    free(p->outputs);
    free(s->sinks);
    free(s->outputs);
    s->times = gloss_times_free(s->times);
    p->times = NULL;
    p->outputs = NULL;
    s->sinks = NULL;
    s->outputs = NULL;
    p->n_outputs = 0;
}

int source_block(struct source *s, struct gloss_stream *stream, const struct gloss_block *block)
{
    int r = pipeline_block(&s->pipeline, stream ? stream : &s->pipeline.stream, block);

    s->bytes += block->bytes.len;
    return r < 0 ? r : source_is_blocked(s);
}

bool source_is_blocked(const struct source *s)
{
    /* A line that is half out is read to its end even when a sink was cut, because the checkpoint
     * that a cut sink needs cannot be made before. */
    for (size_t i = 0; i < s->pipeline.n_outputs; i++)
        if (sink_is_blocked(s->sinks[i]) || !sink_is_known(s->sinks[i]) ||
            (s->sinks[i]->cut && !source_in_line(s)))
            return true;
    return false;
}

bool source_in_line(const struct source *s)
{
    return ops(s)->in_line ? ops(s)->in_line(s) : s->pipeline.stream.seen != NULL;
}

/* ---- operations ---- */

int source_look(struct source *s, uint64_t now_ns)
{
    return ops(s)->look ? ops(s)->look(s, now_ns) : 0;
}

int source_turn(struct source *s, uint64_t now_ns, size_t budget)
{
    return ops(s)->turn(s, now_ns, budget);
}

uint64_t source_due_ns(const struct source *s, uint64_t now_ns)
{
    return ops(s)->due_ns(s, now_ns);
}

void source_wake(struct source *s, const char *folder, const char *name)
{
    if (ops(s)->wake)
        ops(s)->wake(s, folder, name);
}

void source_listen(struct source *s, bool on)
{
    if (ops(s)->listen)
        ops(s)->listen(s, on);
}

void source_watch_folders(struct source *s)
{
    if (ops(s)->watch_folders)
        ops(s)->watch_folders(s);
}

void source_set_poll(struct source *s, bool poll)
{
    if (ops(s)->set_poll)
        ops(s)->set_poll(s, poll);
}

bool source_owns(const struct source *s, uint64_t dev, uint64_t ino)
{
    return ops(s)->owns && ops(s)->owns(s, dev, ino);
}

bool source_wants_commit(struct source *s)
{
    return ops(s)->wants_commit && ops(s)->wants_commit(s);
}

bool source_holds_bytes(const struct source *s)
{
    return ops(s)->holds_bytes && ops(s)->holds_bytes(s);
}

int source_stop(struct source *s, uint64_t now_ns)
{
    return ops(s)->stop ? ops(s)->stop(s, now_ns) : 0;
}

/* ---- what it does not read ---- */

static uint64_t hash_text(uint64_t hash, const char *text)
{
    do
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    while (*text++ != '\0');
    return hash;
}

/* The list on its way into the state. */
struct skipped_walk {
    const struct source *source;
    struct store *store; /* NULL: only the hash is wanted */
    uint64_t hash;
    size_t n;
    int result;
};

static void on_skipped(void *ctx, const struct source_skipped *skipped)
{
    struct skipped_walk *walk = ctx;
    const struct store_skipped row = {
        .source = walk->source->name, .path = skipped->path, .reason = skipped->reason};

    walk->hash = hash_text(hash_text(walk->hash, skipped->path), skipped->reason);
    if (walk->store && walk->n < SOURCE_SKIPPED_MAX && walk->result == 0)
        walk->result = store_put_skipped(walk->store, &row);
    walk->n++;
}

static int put_others(const struct skipped_walk *walk)
{
    char reason[40];
    const struct store_skipped row = {.source = walk->source->name, .path = "", .reason = reason};

    if (walk->n <= SOURCE_SKIPPED_MAX)
        return 0;
    snprintf(reason, sizeof(reason), "%zu more", walk->n - SOURCE_SKIPPED_MAX);
    return store_put_skipped(walk->store, &row);
}

static void walk_skipped(const struct source *s, struct skipped_walk *walk)
{
    walk->source = s;
    walk->hash = UINT64_C(0xcbf29ce484222325);
    source_each_skipped(s, on_skipped, walk);
    walk->hash += walk->hash == 0;
}

bool source_look_at_skipped(struct source *s)
{
    struct skipped_walk walk = {0};

    walk_skipped(s, &walk);
    s->skipped.seen = walk.hash;
    return s->skipped.seen != s->skipped.committed;
}

static int put_skipped(struct source *s, struct store *store)
{
    struct skipped_walk walk = {.store = store};
    int r;

    s->skipped.prepared = s->skipped.committed;
    if (s->skipped.seen == 0 || s->skipped.seen == s->skipped.committed)
        return 0;
    r = store_drop_skipped(store, s->name);
    if (r == 0)
        walk_skipped(s, &walk);
    r = r == 0 ? walk.result : r;
    if (r == 0)
        r = put_others(&walk);
    s->skipped.prepared = s->skipped.seen = walk.hash;
    return r;
}

/* ---- checkpoints ---- */

int source_prepare(struct source *s, struct store *store)
{
    int r = put_skipped(s, store);

    s->bytes = 0;
    return r < 0 ? r : ops(s)->prepare(s, store);
}

void source_commit(struct source *s)
{
    s->skipped.committed = s->skipped.prepared;
    ops(s)->commit(s);
}

int source_forget(struct source *s, struct store *store, uint64_t older_than_ns)
{
    return ops(s)->forget ? ops(s)->forget(s, store, older_than_ns) : 0;
}

void source_describe(const struct source *s, struct source_status *ret_status)
{
    *ret_status = (struct source_status){0};
    ops(s)->describe(s, ret_status);
    ret_status->name = s->name;
    ret_status->kind = s->kind->config.key;
}

void source_each_skipped(const struct source *s,
                         void (*fn)(void *ctx, const struct source_skipped *skipped), void *ctx)
{
    if (ops(s)->each_skipped)
        ops(s)->each_skipped(s, fn, ctx);
}
