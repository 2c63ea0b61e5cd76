/* Why nothing is lost and nothing doubled: a checkpoint is made only when all that was read up to
 * the offsets is in the sinks up to the lengths, and is on the disk before the transaction begins.
 * Death before the commit leaves the old offsets and lengths: sinks are cut back to these, and the
 * same lines are read again. Death after it leaves the new ones, which are as true. There is no
 * third case.
 *
 * The moment is that of checkpoint_begin(). What is read and written while the disk is waited for
 * stands behind those offsets and lengths, and is not counted in what was put.
 *
 * Unless a sink could not be synced: then the kernel may have dropped what it could not write, and
 * the next sync would succeed over a hole. So it is not tried again: topology_go_back() makes it as
 * after a death. */

#include "app/service/checkpoint.h"

#include "app/service/journal_source.h"
#include "core/base/util.h"

#include <errno.h>

struct work {
    struct store *store;
    const struct source *source;
};

static int put_position(void *ctx, const struct file_position *p)
{
    const struct work *w = ctx;
    const struct store_file file = {.source = w->source->name, .position = *p};

    return store_put_file(w->store, &file);
}

static int drop_position(void *ctx, const struct file_position *p)
{
    const struct work *w = ctx;

    return store_drop_file(w->store, w->source->name, p->path, p->serial);
}

static int put_tap(const struct work *w)
{
    struct store_journal row;

    return journal_source_position(w->source->journal, &row) ? store_put_journal(w->store, &row)
                                                             : 0;
}

static int put_sources(struct topology *s, struct store *store)
{
    int r = 0;

    for (size_t i = 0; i < s->n_sources && r == 0; i++) {
        struct work work = {.store = store, .source = s->sources[i]};

        r = source_prepare(s->sources[i], put_position, &work);
        if (r == 0 && s->sources[i]->journal)
            r = put_tap(&work);
    }
    return r;
}

static bool same_position(const struct sink_position *a, const struct sink_position *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->length == b->length &&
           a->tail_print.len == b->tail_print.len && a->tail_print.hash == b->tail_print.hash;
}

static int put_sinks(struct topology *s, struct store *store)
{
    int r = 0;

    for (size_t i = 0; i < s->n_sinks && r == 0; i++) {
        struct sink *d = s->sinks[i];
        struct store_sink sink;

        sink_prepare(d);
        if (same_position(&d->prepared.position, &d->committed) && !d->prepared.has_pending &&
            !d->has_pending)
            continue;
        sink =
            (struct store_sink){.path = sink_file_name(d->file), .position = d->prepared.position};
        sink.pending = sink_pending(d);
        if (sink.position.ino == 0 && sink.pending.len == 0) /* standard output, the journal */
            r = store_drop_sink(store, sink.path);
        else
            r = store_put_sink(store, &sink);
    }
    return r;
}

static bool has_source(void *ctx, const char *name)
{
    const struct topology *s = ctx;

    for (size_t i = 0; i < s->n_sources; i++)
        if (STREQ(s->sources[i]->name, name))
            return true;
    return false;
}

static bool has_sink(void *ctx, const char *name)
{
    return topology_find_sink(ctx, name);
}

static int forget_positions(struct checkpoint *c, const struct source *f, uint64_t forget_ns)
{
    struct work work = {.store = c->store, .source = f};
    int r = follow_forget(f->follow, forget_ns, drop_position, &work);

    c->forgets_more = c->forgets_more || r > 0;
    return MIN(r, 0);
}

static int forget(struct checkpoint *c, uint64_t forget_ns)
{
    struct topology *s = c->topology;
    int r = 0;

    for (size_t i = 0; i < s->n_sources && r == 0; i++)
        if (s->sources[i]->follow)
            r = forget_positions(c, s->sources[i], forget_ns);
    if (r == 0)
        r = store_forget_unused(c->store, STORE_SOURCES, has_source, s, c->now_ns, forget_ns);
    if (r == 0)
        r = store_forget_unused(c->store, STORE_SINKS, has_sink, s, c->now_ns, forget_ns);
    return r;
}

static void settle_sinks(struct topology *s, bool committed)
{
    for (size_t i = 0; i < s->n_sinks; i++)
        sink_settle(s->sinks[i], committed);
}

/* What waits for a sink goes to the state with the rest, so that one that cannot be written keeps
 * nobody else from a checkpoint; but for half a line. */
static bool all_is_said(const struct topology *s)
{
    for (size_t i = 0; i < s->n_sources; i++)
        if (source_in_line(s->sources[i]))
            return false;
    return true;
}

int checkpoint_begin(struct checkpoint *c, struct topology *s, struct store *store, uint64_t now_ns,
                     uint64_t forget_ns)
{
    int r;

    *c = (struct checkpoint){.topology = s, .store = store, .now_ns = now_ns};
    if (!all_is_said(s))
        return CHECKPOINT_LATER;
    r = store_begin(store);
    if (r < 0)
        return r;
    r = put_sinks(s, store);
    if (r == 0)
        r = put_sources(s, store);
    if (r == 0 && forget_ns > 0)
        r = forget(c, forget_ns);
    if (r == 0)
        r = store_put_counters(store, s->counters);
    if (r < 0)
        settle_sinks(s, /* committed= */ false);
    return r;
}

static int sync_sinks(struct checkpoint *c)
{
    for (size_t i = 0; i < c->topology->n_sinks; i++) {
        struct sink *d = c->topology->sinks[i];
        int r = d->prepared.dirty ? sink_file_sync(d->file) : 0;

        if (r < 0) {
            c->unsure = d;
            return r;
        }
    }
    return 0;
}

void checkpoint_write(struct checkpoint *c)
{
    c->result = sync_sinks(c);
    if (c->result == 0)
        c->result = store_flush(c->store, c->now_ns);
}

int checkpoint_end(struct checkpoint *c, const char **reterr_what)
{
    struct topology *s = c->topology;

    settle_sinks(s, c->result == 0);
    if (store_settle(c->store, c->result) < 0) {
        if (c->unsure)
            c->unsure->unsure = true;
        *reterr_what = c->unsure ? sink_file_name(c->unsure->file) : store_problem(c->store);
        return c->result;
    }
    for (size_t i = 0; i < s->n_sources; i++)
        source_commit(s->sources[i]);
    return 0;
}
