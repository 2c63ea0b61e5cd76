/* Why nothing is lost and nothing doubled: a checkpoint is made only when all lines that were read
 * up to the offsets are in the sinks up to the lengths, and they are on the disk before the commit.
 * A crash before the commit leaves the old offsets and lengths: sinks are cut back to these, and
 * the same lines are read again. A crash after it leaves the new ones, which agree as well. There
 * is no third case.
 *
 * A checkpoint is the moment of checkpoint_begin(). Bytes that are read and written while the disk
 * is waited for stand behind those offsets and lengths, and are not in the counters that were put.
 *
 * A sink that could not be synced is the exception: the kernel may have dropped bytes that it could
 * not write, and the next sync would succeed though there is a hole. So the sync is not repeated;
 * topology_go_back() does what a start after a crash does. */

#include "app/service/checkpoint.h"

#include "core/base/util.h"

#include <errno.h>

/* ---- which groups ---- */

/* Chooses the groups that can be committed now. Returns false when there are groups, but none of
 * them can. */
static bool choose_groups(struct checkpoint *c)
{
    struct topology *t = c->topology;
    bool any = false;

    for (size_t i = 0; i < t->n_groups; i++) {
        t->groups[i].is_included = topology_may_commit(t, i);
        any = any || t->groups[i].is_included;
        c->leaves_out = c->leaves_out || !t->groups[i].is_included;
    }
    return any || t->n_groups == 0;
}

static bool is_included(const struct topology *t, size_t group)
{
    return t->groups[group].is_included;
}

/* A source that the configuration has no more is in no group; its counts are selected, because they
 * do not change any more. */
static bool is_selected(void *ctx, const char *source)
{
    const struct topology *t = ctx;

    for (size_t i = 0; i < t->n_sources; i++)
        if (STREQ(t->sources[i]->name, source))
            return is_included(t, t->sources[i]->group);
    return true;
}

/* ---- positions, lengths and pending bytes ---- */

static bool same_position(const struct sink_position *a, const struct sink_position *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->length == b->length &&
           a->tail_print.len == b->tail_print.len && a->tail_print.hash == b->tail_print.hash &&
           STREQ(a->cursor, b->cursor);
}

/* The bytes that wait for a sink go to the state as well, so that a sink that cannot be written
 * does not keep its group from a checkpoint. */
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

/* ---- forgetting ---- */

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
        c->forget_again = c->forget_again || r > 0;
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

static void settle(struct checkpoint *c, bool committed)
{
    settle_sinks(c->topology, committed);
    own_files_settle(c->own, committed);
}

int checkpoint_begin(struct checkpoint *c, struct topology *t, struct store *store,
                     struct own_files *own, uint64_t now_ns, uint64_t forget_ns)
{
    const struct store_selection selection = {.fn = is_selected, .ctx = t};
    int r;

    *c = (struct checkpoint){.topology = t, .store = store, .own = own, .now_ns = now_ns};
    if (!choose_groups(c))
        return CHECKPOINT_LATER;
    r = own_files_look(own, t);
    if (r == 0)
        r = store_begin(store);
    if (r < 0)
        return r;
    r = put_groups(c);
    if (r == 0)
        r = own_files_put(own, store);
    if (r == 0 && forget_ns > 0)
        r = forget(c, forget_ns);
    if (r == 0)
        r = store_put_counters(store, t->counters, &selection);
    if (r < 0)
        settle(c, /* committed= */ false);
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

    settle(c, c->result == 0);
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
