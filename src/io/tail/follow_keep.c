/* What a checkpoint keeps of the generations, and for how long.
 *
 * A place is written down when it has changed since the last commit that succeeded; a checkpoint
 * asks no file about which nothing is new. One that is read to its end stays for a while, to be
 * recognised, and as long as somebody meets its file. What is not there any more is forgotten by
 * its age, but never because it could not be looked for. */

#include "core/base/util.h"
#include "io/files/glob.h"
#include "io/tail/follow_private.h"

#define DONE_KEPT 16
#define FORGET_AT_ONCE 256
#define MINUTE_NS (60 * UINT64_C(1000000000))

bool follow_wants(const struct follow *f, const char *path)
{
    const struct follow_options *o = &f->context.options;

    return glob_match(o->pattern, path) && !glob_excludes(o->exclude, o->n_exclude, path);
}

/* As long as it is not known whose text a packed file holds, its place is a guess, which is made
 * anew after a restart; what stands in the checkpoint under its serial must be nobody's. */
static struct file_position place_to_keep(const struct followed_file *g)
{
    if (!g->guess || !g->silent)
        return g->position;
    return (struct file_position){.path = g->position.path,
                                  .serial = g->position.serial,
                                  .file_time_ns =
                                      g->found_ns > 0 ? g->found_ns : g->position.file_time_ns,
                                  .done = true};
}

int follow_each_changed(struct follow *f,
                        int (*fn)(void *ctx, const struct file_position *position), void *ctx)
{
    int r = 0;

    for (struct followed_file *g = f->context.changed; r == 0 && g; g = g->next_changed) {
        const struct file_position position = place_to_keep(g);

        r = fn(ctx, &position);
        g->prepared = r == 0;
    }
    return r;
}

void follow_commit(struct follow *f)
{
    for (struct followed_file *g = f->context.changed, *next; g; g = next) {
        next = g->next_changed;
        if (g->prepared) {
            g->dirty = g->prepared = false;
            follow_context_settled(g);
        }
    }
}

static size_t count_done(const struct followed_path *l)
{
    size_t n = 0;

    for (const struct followed_file *g = l->oldest; g; g = g->younger)
        n += g->position.done;
    return n;
}

/* Whether the file it was is still there to be found again. */
static bool may_be_found(const struct follow *f, const struct followed_file *g)
{
    return g->position.ino != 0 && glob_is_pattern(f->context.options.pattern);
}

/* What is remembered was not looked for yet, because it could not be. */
static bool is_pending(const struct follow *f, const struct followed_path *l)
{
    return !l->begun && follow_wants(f, l->path);
}

/* Whoever jumps a week ahead, or wakes from a sleep of one, has not looked for anything yet. */
static bool is_old(const struct follow *f, const struct followed_path *l, struct followed_file *g,
                   uint64_t older_than_ns)
{
    if (g->last_seen_ns >= older_than_ns || is_pending(f, l)) {
        g->too_old_ns = 0;
        return false;
    }
    if (g->too_old_ns == 0)
        g->too_old_ns = f->context.now_ns;
    return f->context.now_ns - g->too_old_ns >= MINUTE_NS;
}

/* What forgetting is to do, and has found. */
struct forgetting {
    uint64_t older_than_ns;
    int (*fn)(void *ctx, const struct file_position *position);
    void *ctx;
    size_t n;   /* forgotten */
    bool again; /* there is something that is too old */
};

static int forget_of(struct follow *f, struct followed_path *l, struct forgetting *what)
{
    struct followed_file **at = &l->oldest;
    size_t n_done = count_done(l);

    while (*at && what->n < FORGET_AT_ONCE) {
        struct followed_file *g = *at;
        int r;

        if (followed_file_is_live(g) ||
            (!is_old(f, l, g, what->older_than_ns) &&
             (n_done <= DONE_KEPT || !g->position.done || may_be_found(f, g)))) {
            what->again = what->again || g->too_old_ns != 0;
            at = &g->younger;
            continue;
        }
        r = what->fn(what->ctx, &g->position);
        if (r < 0)
            return r;
        what->n++;
        n_done -= g->position.done;
        *at = g->younger;
        follow_context_unlist(&f->context, g);
        followed_file_free(g);
    }
    return 0;
}

int follow_forget(struct follow *f, uint64_t older_than_ns,
                  int (*fn)(void *ctx, const struct file_position *position), void *ctx)
{
    struct forgetting what = {.older_than_ns = older_than_ns, .fn = fn, .ctx = ctx};
    int r = 0;

    for (size_t i = 0; r == 0 && i < f->n; i++)
        r = forget_of(f, f->items[i], &what);
    return r < 0 ? r : what.again || what.n == FORGET_AT_ONCE;
}

void follow_stats(const struct follow *f, struct follow_stats *ret)
{
    *ret = (struct follow_stats){0};
    for (size_t i = 0; i < f->n; i++) {
        const struct followed_path *l = f->items[i];
        bool live = false;

        for (const struct followed_file *g = l->oldest; g; g = g->younger) {
            live = live || !g->position.done;
            if (followed_file_is_live(g) && g->size > g->rotation.offset)
                ret->behind_bytes += g->size - g->rotation.offset;
        }
        ret->files += live;
        ret->unreadable += l->unreadable;
    }
    ret->unreadable += f->dirs.n_troubled;
}
