/* What a checkpoint keeps of the generations, and for how long.
 *
 * A place is written down when it has changed since the last commit that succeeded. One that is
 * read to its end stays for a while, to be recognised; what is not there any more is forgotten by
 * its age, but never because it could not be looked for. */

#include "core/util.h"
#include "io/follow_private.h"
#include "io/glob.h"

#define DONE_KEPT 16

bool follow_wants(const struct follow *f, const char *path)
{
    const struct follow_options *o = &f->desk.options;

    return glob_match(o->pattern, path) && !glob_excludes(o->exclude, o->n_exclude, path);
}

int follow_each(struct follow *f, bool changed,
                int (*fn)(void *ctx, const struct follow_place *place), void *ctx)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < f->n; i++) {
        for (struct generation *g = f->items[i]->oldest; r == 0 && g; g = g->younger) {
            if (changed && !g->dirty)
                continue;
            r = fn(ctx, &g->place);
            g->told = r == 0;
        }
    }
    return r;
}

void follow_committed(struct follow *f)
{
    for (size_t i = 0; i < f->n; i++) {
        for (struct generation *g = f->items[i]->oldest; g; g = g->younger) {
            g->dirty = g->dirty && !g->told;
            g->told = false;
        }
    }
}

static size_t count_done(const struct lineage *l)
{
    size_t n = 0;

    for (const struct generation *g = l->oldest; g; g = g->younger)
        n += g->place.done;
    return n;
}

/* Whether the file it was is still there to be found again. */
static bool may_be_found(const struct follow *f, const struct generation *g)
{
    return g->place.ino != 0 && glob_is_pattern(f->desk.options.pattern);
}

/* What is remembered was not looked for yet, because it could not be. */
static bool is_pending(const struct follow *f, const struct lineage *l)
{
    return !l->begun && follow_wants(f, l->path);
}

int follow_forget(struct follow *f, uint64_t older_than_ns,
                  int (*fn)(void *ctx, const struct follow_place *place), void *ctx)
{
    for (size_t i = 0; i < f->n; i++) {
        struct generation **at = &f->items[i]->oldest;
        size_t n_done = count_done(f->items[i]);

        while (*at) {
            struct generation *g = *at;
            bool old = g->place.seen_ns < older_than_ns && !is_pending(f, f->items[i]);
            int r;

            if (generation_is_live(g) ||
                (!old && (n_done <= DONE_KEPT || !g->place.done || may_be_found(f, g)))) {
                at = &g->younger;
                continue;
            }
            r = fn(ctx, &g->place);
            if (r != 0)
                return r;
            n_done -= g->place.done;
            *at = g->younger;
            desk_unlist(&f->desk, g);
            generation_free(g);
        }
    }
    return 0;
}

void follow_stats(const struct follow *f, struct follow_stats *ret)
{
    *ret = (struct follow_stats){0};
    for (size_t i = 0; i < f->n; i++) {
        const struct lineage *l = f->items[i];
        bool live = false;

        for (const struct generation *g = l->oldest; g; g = g->younger) {
            live = live || !g->place.done;
            if (generation_is_live(g) && g->size > g->tail.offset)
                ret->behind_bytes += g->size - g->tail.offset;
        }
        ret->files += live;
        ret->unreadable += l->unreadable;
    }
    ret->unreadable += f->places.n_troubled;
}
