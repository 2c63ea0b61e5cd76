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

#include "core/base/util.h"

#include <errno.h>

/* ---- which groups ---- */

/* Returns whether there is one at all. */
static bool choose_groups(struct checkpoint *c)
{
    struct topology *t = c->topology;
    bool any = false;

    for (size_t i = 0; i < t->n_groups; i++) {
        t->groups[i].is_included = topology_may_commit(t, i);
        any = any || t->groups[i].is_included;
        c->waits = c->waits || !t->groups[i].is_included;
    }
    return any || t->n_groups == 0;
}

static bool is_included(const struct topology *t, size_t group)
{
    return t->groups[group].is_included;
}

/* Counts of sources that are no more belong to no group, and change no more. */
static bool is_selected(void *ctx, const char *source)
{
    const struct topology *t = ctx;

    for (size_t i = 0; i < t->n_sources; i++)
        if (STREQ(t->sources[i]->name, source))
            return is_included(t, t->sources[i]->group);
    return true;
}

/* ---- what there is to be committed ---- */

static bool same_position(const struct sink_position *a, const struct sink_position *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->length == b->length &&
           a->tail_print.len == b->tail_print.len && a->tail_print.hash == b->tail_print.hash &&
           STREQ(a->cursor, b->cursor);
}

/* What waits for a sink goes to the state with the rest, so that one that cannot be written keeps
 * nobody else from a checkpoint. */
static int put_sink(struct sink *s, struct store *store)
{
    struct store_sink row;

    sink_prepare(s);
    if (same_position(&s->prepared.position, &s->committed) && !s->prepared.has_pending &&
        !s->has_pending)
        return 0;
    row = (struct store_sink){.path = s->name, .position = s->prepared.position};
    row.pending = sink_pending(s);
    if (!sink_position_is_set(&row.position) && row.pending.len == 0)
        return store_drop_sink(store, row.path); /* standard output, the journal */
    return store_put_sink(store, &row);
}

static int put_group(struct checkpoint *c, size_t group)
{
    struct topology *t = c->topology;
    uint64_t before = store_changes(c->store);
    int r = 0;

    for (size_t i = 0; i < t->n_sinks && r == 0; i++)
        if (t->sinks[i]->group == group)
            r = put_sink(t->sinks[i], c->store);
    for (size_t i = 0; i < t->n_sources && r == 0; i++)
        if (t->sources[i]->group == group)
            r = source_prepare(t->sources[i], c->store);
    if (r == 0 && store_changes(c->store) != before)
        r = store_put_group(c->store, t->groups[group].name, c->now_ns);
    return r;
}

static int put_groups(struct checkpoint *c)
{
    const struct topology *t = c->topology;
    int r = 0;

    for (size_t i = 0; i < t->n_groups && r == 0; i++)
        if (is_included(t, i))
            r = put_group(c, i);
    return r;
}

/* ---- what may be forgotten ---- */

static bool has_source(void *ctx, const char *name)
{
    const struct topology *t = ctx;

    for (size_t i = 0; i < t->n_sources; i++)
        if (STREQ(t->sources[i]->name, name))
            return true;
    return false;
}

static bool has_sink(void *ctx, const char *name)
{
    return topology_find_sink(ctx, name);
}

static bool has_group(void *ctx, const char *name)
{
    const struct topology *t = ctx;

    for (size_t i = 0; i < t->n_groups; i++)
        if (STREQ(t->groups[i].name, name))
            return true;
    return false;
}

static int forget(struct checkpoint *c, uint64_t forget_ns)
{
    static const struct {
        enum store_kind kind;
        bool (*is_used)(void *ctx, const char *name);
    } unused[] = {{STORE_SOURCES, has_source}, {STORE_SINKS, has_sink}, {STORE_GROUPS, has_group}};
    struct topology *t = c->topology;
    int r = 0;

    for (size_t i = 0; i < t->n_sources && r >= 0; i++) {
        if (!is_included(t, t->sources[i]->group))
            continue;
        r = source_forget(t->sources[i], c->store, forget_ns);
        c->forgets_more = c->forgets_more || r > 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(unused) && r >= 0; i++)
        r = store_forget_unused(c->store, unused[i].kind, unused[i].is_used, t, c->now_ns,
                                forget_ns);
    return MIN(r, 0);
}

/* ---- the three steps ---- */

static void settle_sinks(struct topology *t, bool committed)
{
    for (size_t i = 0; i < t->n_sinks; i++)
        if (is_included(t, t->sinks[i]->group))
            sink_settle(t->sinks[i], committed);
}

int checkpoint_begin(struct checkpoint *c, struct topology *t, struct store *store, uint64_t now_ns,
                     uint64_t forget_ns)
{
    const struct store_selection selection = {.fn = is_selected, .ctx = t};
    int r;

    *c = (struct checkpoint){.topology = t, .store = store, .now_ns = now_ns};
    if (!choose_groups(c))
        return CHECKPOINT_LATER;
    r = store_begin(store);
    if (r < 0)
        return r;
    r = put_groups(c);
    if (r == 0 && forget_ns > 0)
        r = forget(c, forget_ns);
    if (r == 0)
        r = store_put_counters(store, t->counters, &selection);
    if (r < 0)
        settle_sinks(t, /* committed= */ false);
    return r;
}

static int sync_sinks(struct checkpoint *c)
{
    for (size_t i = 0; i < c->topology->n_sinks; i++) {
        struct sink *s = c->topology->sinks[i];
        int r = is_included(c->topology, s->group) ? sink_sync(s) : 0;

        if (r < 0) {
            c->unsure = s;
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
    struct topology *t = c->topology;

    settle_sinks(t, c->result == 0);
    if (store_settle(c->store, c->result) < 0) {
        if (c->unsure)
            c->unsure->unsure = true;
        *reterr_what = c->unsure ? c->unsure->name : store_problem(c->store);
        return c->result;
    }
    for (size_t i = 0; i < t->n_sources; i++)
        if (is_included(t, t->sources[i]->group))
            source_commit(t->sources[i]);
    return 0;
}
