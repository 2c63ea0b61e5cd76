/* What a follow says of its files. It is asked once a second at most, so one pass over all paths is
 * cheap enough. */

#include "io/tail/follow.h"
#include "io/tail/follow_private.h"

#include <errno.h>
#include <string.h>

static void add_file(struct follow_stats *stats, const struct followed_file *file)
{
    if (!followed_file_is_live(file))
        return;
    stats->waiting_bytes += file->half.n;
    if (file->look.written <= file->rotation.offset)
        return;
    stats->behind_bytes += file->look.written - file->rotation.offset;
    if (file->behind_since_ns > 0 &&
        (stats->behind_since_ns == 0 || file->behind_since_ns < stats->behind_since_ns))
        stats->behind_since_ns = file->behind_since_ns;
}

static bool is_followed(const struct followed_path *path)
{
    for (const struct followed_file *file = path->oldest; file; file = file->younger)
        if (!file->position.done)
            return true;
    return false;
}

void follow_stats(const struct follow *f, struct follow_stats *ret)
{
    *ret = (struct follow_stats){0};
    for (size_t i = 0; i < f->n; i++) {
        const struct followed_path *path = f->paths[i];

        for (const struct followed_file *file = path->oldest; file; file = file->younger)
            add_file(ret, file);
        ret->files += is_followed(path);
        ret->unreadable += path->unreadable_error != 0;
    }
    ret->unreadable += f->dirs.n_unreadable;
}

/* What keeps the rest of a compressed file from being read. */
static const char *find_problem(const struct followed_path *path)
{
    const char *problem = NULL;

    for (const struct followed_file *file = path->oldest; file; file = file->younger)
        if (file->decompressed && decompressed_file_problem(file->decompressed))
            problem = decompressed_file_problem(file->decompressed);
    return problem;
}

/* Whether a file of the path has to wait, because it was written anew again and again. */
static bool is_rewritten(const struct followed_path *path, uint64_t now_ns)
{
    for (const struct followed_file *file = path->oldest; file; file = file->younger)
        if (followed_file_is_live(file) && file->rewriting.until_ns > now_ns)
            return true;
    return false;
}

void follow_each_skipped(const struct follow *f,
                         void (*fn)(void *ctx, const char *path, const char *why), void *ctx)
{
    for (size_t i = 0; i < f->n; i++) {
        const struct followed_path *path = f->paths[i];

        if (path->unreadable_error != 0)
            fn(ctx, path->name, strerror(path->unreadable_error));
        else if (path->skipped_why && !is_followed(path))
            fn(ctx, path->name, path->skipped_why);
        else if (is_rewritten(path, f->context.now_ns))
            fn(ctx, path->name, "it is written anew again and again, so it is read after a wait");
        else if (find_problem(path))
            fn(ctx, path->name, find_problem(path));
    }
    if (f->was_trimmed)
        fn(ctx, f->context.options.pattern, FOLLOW_TRIMMED_TEXT);
    for (size_t i = 0; i < f->dirs.n_unreadable; i++)
        fn(ctx, f->dirs.unreadable[i], "the folder cannot be looked at");
    for (size_t i = 0; i < f->dirs.n_skipped; i++) {
        struct link_refusal why;

        glob_dirs_why_skipped(&f->context.options.links, f->dirs.skipped[i], &why);
        fn(ctx, f->dirs.skipped[i], why.text);
    }
}
