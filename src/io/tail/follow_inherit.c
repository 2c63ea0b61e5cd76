/* What a source that takes a former one's place gets from it: the files that live in descriptors
 * only, because they were renamed or deleted. All others it opens by their paths. */

#include "core/base/util.h"
#include "io/files/fingerprint.h"
#include "io/tail/follow_private.h"

static struct generation *find_serial(const struct lineage *l, uint64_t serial)
{
    struct generation *g = l->oldest;

    while (g && g->place.serial != serial)
        g = g->younger;
    return g;
}

/* One that no checkpoint has was born since. */
static int remember_born(struct follow *f, struct lineage *l, const struct generation *old)
{
    const struct follow_place place = {.path = l->path,
                                       .serial = old->place.serial,
                                       .dev = old->place.dev,
                                       .ino = old->place.ino,
                                       .seen_ns = old->place.seen_ns};

    return find_serial(l, old->place.serial) ? 0 : lineage_remember(l, &f->desk, &place);
}

static int inherit(struct follow *f, struct generation *old, uint64_t now_ns)
{
    struct lineage *l = follow_ensure(f, old->place.path);
    struct generation *g;
    struct stat st;

    if (!l || remember_born(f, l, old) < 0)
        return -ENOMEM;
    g = find_serial(l, old->place.serial);
    if (g->place.done || fstat(old->fd, &st) < 0 || st.st_dev != g->place.dev ||
        st.st_ino != g->place.ino || (!old->packed && print_fits(old->fd, &g->place) != 1))
        return 0;
    g->kind_known = old->kind_known;
    g->packed = TAKE_PTR(old->packed);
    generation_attach(g, old->fd, &st, now_ns);
    old->fd = -1;
    return 0;
}

/* Of another source it is only what became ours with its place. */
static bool is_heir(const struct follow *f, const struct follow *former, const struct generation *g)
{
    const struct lineage *l = follow_find(f, g->place.path);

    return STREQ(f->desk.options.name, former->desk.options.name) ||
           (l && find_serial(l, g->place.serial));
}

int follow_inherit(struct follow *f, struct follow *former, uint64_t now_ns)
{
    struct stat st;
    int r = 0;

    desk_tick(&f->desk, now_ns);
    for (size_t i = 0; i < former->n; i++)
        for (struct generation *g = former->items[i]->oldest; r == 0 && g; g = g->younger)
            if (g->fd >= 0 && !g->guess && follow_wants(f, g->place.path) &&
                is_heir(f, former, g) && !generation_is_at_path(g, &st))
                r = inherit(f, g, now_ns);
    return r;
}
