/* What a checkpoint keeps of the generations, and for how long.
 *
 * A place is written down when it has changed since the last commit that succeeded; a checkpoint
 * asks no file about which nothing is new. One that is read to its end stays for a while, to be
 * recognised, and as long as somebody meets its file. What is not there any more is forgotten by
 * its age, but never because it could not be looked for. */

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/files/glob.h"
#include "io/tail/follow.h"
#include "io/tail/follow_private.h"

#define DONE_KEPT 16
#define FORGET_AT_ONCE 256

bool follow_wants(const struct follow *f, const char *path)
{
    const struct follow_options *o = &f->context.options;

    return glob_match(o->pattern, path) && !glob_excludes(o->exclude, o->n_exclude, path);
}

/* As long as it is not known whose text a packed file holds, its place is a guess, which is made
 * anew after a restart; what stands in the checkpoint under its serial must be nobody's. */
static struct file_position place_to_keep(const struct followed_file *file)
{
    if (!file->guess || !file->silent)
        return file->position;
    return (struct file_position){.path = file->position.path,
                                  .serial = file->position.serial,
                                  .file_time_ns = file->found_ns > 0 ? file->found_ns
                                                                     : file->position.file_time_ns,
                                  .done = true};
}

int follow_each_changed(struct follow *f,
                        int (*fn)(void *ctx, const struct file_position *position), void *ctx)
{
    int r = 0;

    for (struct dirty_item *item = f->context.unsaved.first; r == 0 && item; item = item->next) {
        const struct file_position position = place_to_keep(followed_file_of_item(item));

        r = fn(ctx, &position);
        if (r == 0)
            dirty_item_prepare(item);
    }
    return r;
}

void follow_commit(struct follow *f)
{
    dirty_list_commit(&f->context.unsaved);
}

static size_t count_done(const struct followed_path *path)
{
    size_t n = 0;

    for (const struct followed_file *file = path->oldest; file; file = file->younger)
        n += file->position.done;
    return n;
}

/* Whether the file it was is still there to be found again. */
static bool may_be_found(const struct follow *f, const struct followed_file *file)
{
    return file->position.ino != 0 && glob_is_pattern(f->context.options.pattern);
}

/* What is remembered was not looked for yet, because it could not be. */
static bool is_pending(const struct follow *f, const struct followed_path *path)
{
    return !path->begun && follow_wants(f, path->name);
}

/* Whoever jumps a week ahead, or wakes from a sleep of one, has not looked for anything yet. */
static bool is_old(const struct follow *f, const struct followed_path *path,
                   struct followed_file *file, uint64_t older_than_ns)
{
    if (file->last_seen_ns >= older_than_ns || is_pending(f, path)) {
        file->too_old_ns = 0;
        return false;
    }
    if (file->too_old_ns == 0)
        file->too_old_ns = f->context.now_ns;
    return f->context.now_ns - file->too_old_ns >= MINUTE_NS;
}

/* What forgetting is to do, and has found. */
struct forgetting {
    uint64_t older_than_ns;
    int (*fn)(void *ctx, const struct file_position *position);
    void *ctx;
    size_t n;   /* forgotten */
    bool again; /* there is something that is too old */
};

static int forget_of(struct follow *f, struct followed_path *path, struct forgetting *what)
{
    struct followed_file **at = &path->oldest;
    size_t n_done = count_done(path);

    while (*at && what->n < FORGET_AT_ONCE) {
        struct followed_file *file = *at;
        int r;

        if (followed_file_is_live(file) ||
            (!is_old(f, path, file, what->older_than_ns) &&
             (n_done <= DONE_KEPT || !file->position.done || may_be_found(f, file)))) {
            what->again = what->again || file->too_old_ns != 0;
            at = &file->younger;
            continue;
        }
        r = what->fn(what->ctx, &file->position);
        if (r < 0)
            return r;
        what->n++;
        n_done -= file->position.done;
        *at = file->younger;
        followed_file_unlist(file);
        followed_file_free(file);
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
        const struct followed_path *path = f->items[i];
        bool live = false;

        for (const struct followed_file *file = path->oldest; file; file = file->younger) {
            live = live || !file->position.done;
            if (followed_file_is_live(file) && file->size > file->rotation.offset)
                ret->behind_bytes += file->size - file->rotation.offset;
        }
        ret->files += live;
        ret->unreadable += path->unreadable;
    }
    ret->unreadable += f->dirs.n_troubled;
}
