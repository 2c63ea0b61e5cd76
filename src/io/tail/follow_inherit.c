/* What a source that takes a former one's place gets from it: the files that live in descriptors
 * only, because they were renamed or deleted. All others it opens by their paths. */

#include "core/base/util.h"
#include "io/files/fingerprint.h"
#include "io/tail/follow_private.h"

static struct followed_file *find_serial(const struct followed_path *l, uint64_t serial)
{
    struct followed_file *g = l->oldest;

    while (g && g->position.serial != serial)
        g = g->younger;
    return g;
}

/* One that no checkpoint has was born since. */
static int remember_born(struct follow *f, struct followed_path *l, const struct followed_file *old)
{
    const struct file_position position = {.path = l->path,
                                           .serial = old->position.serial,
                                           .dev = old->position.dev,
                                           .ino = old->position.ino,
                                           .file_time_ns = old->position.file_time_ns};

    return find_serial(l, old->position.serial) ? 0
                                                : followed_path_remember(l, &f->context, &position);
}

static int inherit(struct follow *f, struct followed_file *old, uint64_t now_ns)
{
    struct followed_path *l = follow_ensure(f, old->position.path);
    struct followed_file *g;
    struct stat st;

    if (!l || remember_born(f, l, old) < 0)
        return -ENOMEM;
    g = find_serial(l, old->position.serial);
    if (g->position.done || fstat(old->fd, &st) < 0 || st.st_dev != g->position.dev ||
        st.st_ino != g->position.ino ||
        (!old->packed && fingerprint_fits(old->fd, &g->position) != 1))
        return 0;
    g->kind_known = old->kind_known;
    g->packed = TAKE_PTR(old->packed);
    followed_file_attach(g, old->fd, &st, now_ns);
    old->fd = -1;
    return 0;
}

/* Of another source it is only what became ours with its place. */
static bool is_heir(const struct follow *f, const struct follow *former,
                    const struct followed_file *g)
{
    const struct followed_path *l = follow_find(f, g->position.path);

    return STREQ(f->context.options.name, former->context.options.name) ||
           (l && find_serial(l, g->position.serial));
}

int follow_inherit(struct follow *f, struct follow *former, uint64_t now_ns)
{
    struct stat st;
    int r = 0;

    follow_context_tick(&f->context, now_ns);
    for (size_t i = 0; i < former->n; i++)
        for (struct followed_file *g = former->items[i]->oldest; r == 0 && g; g = g->younger)
            if (g->fd >= 0 && !g->guess && follow_wants(f, g->position.path) &&
                is_heir(f, former, g) && !followed_file_is_at_path(g, &st))
                r = inherit(f, g, now_ns);
    return r;
}
