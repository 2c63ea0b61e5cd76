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
 * the next sync would succeed over a hole. So it is not tried again: setup_go_back() makes it as
 * after a death. */

#include "app/service/checkpoint.h"

#include "app/service/journal_source.h"
#include "core/base/util.h"

#include <errno.h>

struct work {
    struct store *store;
    const struct feed *feed;
};

static int put_place(void *ctx, const struct follow_place *p)
{
    const struct work *w = ctx;
    const struct store_file file = {.source = w->feed->name, .place = *p};

    return store_put_file(w->store, &file);
}

static int drop_place(void *ctx, const struct follow_place *p)
{
    const struct work *w = ctx;

    return store_drop_file(w->store, w->feed->name, p->path, p->serial);
}

static int put_tap(const struct work *w)
{
    struct store_journal row;

    return tap_place(w->feed->tap, &row) ? store_put_journal(w->store, &row) : 0;
}

static int put_feeds(struct setup *s, struct store *store)
{
    int r = 0;

    for (size_t i = 0; i < s->n_feeds && r == 0; i++) {
        struct work work = {.store = store, .feed = s->feeds[i]};

        r = feed_tell(s->feeds[i], put_place, &work);
        if (r == 0 && s->feeds[i]->tap)
            r = put_tap(&work);
    }
    return r;
}

static bool same_place(const struct outlet_place *a, const struct outlet_place *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->length == b->length &&
           a->mark.len == b->mark.len && a->mark.hash == b->mark.hash;
}

static int put_drains(struct setup *s, struct store *store)
{
    int r = 0;

    for (size_t i = 0; i < s->n_drains && r == 0; i++) {
        struct drain *d = s->drains[i];
        struct store_sink sink;

        drain_tell(d);
        if (same_place(&d->told.place, &d->committed) && !d->told.owes && !d->owes)
            continue;
        sink = (struct store_sink){.path = outlet_name(d->outlet), .place = d->told.place};
        sink.owed = drain_owed(d);
        if (sink.place.ino == 0 && sink.owed.len == 0) /* standard output, the journal */
            r = store_drop_sink(store, sink.path);
        else
            r = store_put_sink(store, &sink);
    }
    return r;
}

static bool has_source(void *ctx, const char *name)
{
    const struct setup *s = ctx;

    for (size_t i = 0; i < s->n_feeds; i++)
        if (STREQ(s->feeds[i]->name, name))
            return true;
    return false;
}

static bool has_sink(void *ctx, const char *name)
{
    return setup_find_drain(ctx, name);
}

static int forget_places(struct checkpoint *c, const struct feed *f, uint64_t forget_ns)
{
    struct work work = {.store = c->store, .feed = f};
    int r = follow_forget(f->follow, forget_ns, drop_place, &work);

    c->forgets_more = c->forgets_more || r > 0;
    return MIN(r, 0);
}

static int forget(struct checkpoint *c, uint64_t forget_ns)
{
    struct setup *s = c->setup;
    int r = 0;

    for (size_t i = 0; i < s->n_feeds && r == 0; i++)
        if (s->feeds[i]->follow)
            r = forget_places(c, s->feeds[i], forget_ns);
    if (r == 0)
        r = store_forget_unused(c->store, STORE_SOURCES, has_source, s, c->now_ns, forget_ns);
    if (r == 0)
        r = store_forget_unused(c->store, STORE_SINKS, has_sink, s, c->now_ns, forget_ns);
    return r;
}

static void drains_told(struct setup *s, bool committed)
{
    for (size_t i = 0; i < s->n_drains; i++)
        drain_told(s->drains[i], committed);
}

/* What waits for a sink goes to the state with the rest, so that one that cannot be written keeps
 * nobody else from a checkpoint; but for half a line. */
static bool all_is_said(const struct setup *s)
{
    for (size_t i = 0; i < s->n_feeds; i++)
        if (feed_in_line(s->feeds[i]))
            return false;
    return true;
}

int checkpoint_begin(struct checkpoint *c, struct setup *s, struct store *store, uint64_t now_ns,
                     uint64_t forget_ns)
{
    int r;

    *c = (struct checkpoint){.setup = s, .store = store, .now_ns = now_ns};
    if (!all_is_said(s))
        return CHECKPOINT_LATER;
    r = store_begin(store);
    if (r < 0)
        return r;
    r = put_drains(s, store);
    if (r == 0)
        r = put_feeds(s, store);
    if (r == 0 && forget_ns > 0)
        r = forget(c, forget_ns);
    if (r == 0)
        r = store_put_counters(store, s->counters);
    if (r < 0)
        drains_told(s, /* committed= */ false);
    return r;
}

static int sync_drains(struct checkpoint *c)
{
    for (size_t i = 0; i < c->setup->n_drains; i++) {
        struct drain *d = c->setup->drains[i];
        int r = d->told.dirty ? outlet_sync(d->outlet) : 0;

        if (r < 0) {
            c->unsure = d;
            return r;
        }
    }
    return 0;
}

void checkpoint_write(struct checkpoint *c)
{
    c->result = sync_drains(c);
    if (c->result == 0)
        c->result = store_flush(c->store, c->now_ns);
}

int checkpoint_end(struct checkpoint *c, const char **reterr_what)
{
    struct setup *s = c->setup;

    drains_told(s, c->result == 0);
    if (store_settle(c->store, c->result) < 0) {
        if (c->unsure)
            c->unsure->unsure = true;
        *reterr_what = c->unsure ? outlet_name(c->unsure->outlet) : store_problem(c->store);
        return c->result;
    }
    for (size_t i = 0; i < s->n_feeds; i++)
        feed_committed(s->feeds[i]);
    return 0;
}
