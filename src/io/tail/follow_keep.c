/* What a checkpoint keeps of the files, and for how long.
 *
 * A file that was read to its end stays remembered for a while, to be recognised, and as long as
 * its file is seen somewhere. What is not there any more is forgotten by its age, but never because
 * it could not be looked for. */

#include "core/base/nanoseconds.h"
#include "io/files/glob.h"
#include "io/tail/follow.h"
#include "io/tail/follow_private.h"

#define DONE_KEPT 16
#define FORGET_AT_ONCE 256

bool follow_wants(const struct follow *f, const char *name)
{
    const struct follow_options *o = &f->context.options;

    return glob_match(o->pattern, name) && !glob_excludes(o->exclude, o->n_exclude, name);
}

/* ---- positions ---- */

/* As long as it is not known whose text a compressed file holds, its position is a candidate's, and
 * is found anew after a restart. What the checkpoint has under its serial must be nobody's. */
static struct file_position position_to_keep(const struct followed_file *file)
{
    const struct file_position *p = &file->position;

    if (match_is_proven(&file->match) || !match_is_silent(&file->match))
        return *p;
    return (struct file_position){.path = p->path,
                                  .serial = p->serial,
                                  .file_time_ns = file->found_since_ns > 0 ? file->found_since_ns
                                                                           : p->file_time_ns,
                                  .done = true};
}

int follow_each_changed(struct follow *f,
                        int (*fn)(void *ctx, const struct file_position *position), void *ctx)
{
    int r = 0;

    for (struct dirty_item *item = f->context.unsaved.first; r == 0 && item; item = item->next) {
        const struct file_position position = position_to_keep(followed_file_of_item(item));

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

/* ---- forgetting ---- */

static size_t count_done(const struct followed_path *path)
{
    size_t n = 0;

    for (const struct followed_file *file = path->oldest; file; file = file->younger)
        n += file->position.done;
    return n;
}

/* Whether the file it was may still be there, under a name that the glob finds. */
static bool may_be_found(const struct follow *f, const struct followed_file *file)
{
    return file->position.ino != 0 && glob_is_pattern(f->context.options.pattern);
}

bool follow_is_pending(const struct follow *f, const struct followed_path *path)
{
    return !path->was_searched && follow_wants(f, path->name);
}

/* A clock that jumps a week ahead, or a machine that slept for one, has left no time to see what is
 * there. */
static bool is_too_old(const struct follow *f, const struct followed_path *path,
                       struct followed_file *file, uint64_t older_than_ns)
{
    if (file->last_seen_ns >= older_than_ns || follow_is_pending(f, path)) {
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

/* @n_done  files of the path that are done. */
static bool is_to_forget(const struct follow *f, const struct followed_path *path,
                         struct followed_file *file, size_t n_done, uint64_t older_than_ns)
{
    if (followed_file_is_live(file))
        return false;
    if (is_too_old(f, path, file, older_than_ns))
        return true;
    return n_done > DONE_KEPT && file->position.done && !may_be_found(f, file);
}

static int forget_of(struct follow *f, struct followed_path *path, struct forgetting *what)
{
    struct followed_file **at = &path->oldest;
    size_t n_done = count_done(path);

    while (*at && what->n < FORGET_AT_ONCE) {
        struct followed_file *file = *at;
        int r;

        if (!is_to_forget(f, path, file, n_done, what->older_than_ns)) {
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

    f->trim_at = 0; /* files that were not gone for long enough may be by now */
    for (size_t i = 0; r == 0 && i < f->n; i++)
        r = forget_of(f, f->paths[i], &what);
    return r < 0 ? r : what.again || what.n == FORGET_AT_ONCE;
}
