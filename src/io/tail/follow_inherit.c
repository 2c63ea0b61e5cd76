/* What a follow that takes a former one's place gets from it: the descriptors of files that were
 * renamed or deleted. All others it opens by their paths. */

#include "io/files/fingerprint.h"
#include "io/tail/follow.h"
#include "io/tail/follow_private.h"

static struct followed_file *find_serial(const struct followed_path *path, uint64_t serial)
{
    struct followed_file *file = path->oldest;

    while (file && file->position.serial != serial)
        file = file->younger;
    return file;
}

/* A file that no checkpoint has was found since the last one: it is read from 0. */
static int ensure_remembered(struct follow *f, struct followed_path *path,
                             const struct followed_file *old)
{
    const struct file_position position = {.path = path->name,
                                           .serial = old->position.serial,
                                           .dev = old->position.dev,
                                           .ino = old->position.ino,
                                           .file_time_ns = old->position.file_time_ns};

    if (find_serial(path, old->position.serial))
        return 0;
    return followed_path_remember(path, &f->context, &position);
}

/* Whether the open file is what is remembered. */
static bool is_as_remembered(const struct followed_file *old, const struct followed_file *file,
                             struct stat *ret_stat)
{
    const struct file_position *p = &file->position;

    if (p->done || fstat(old->fd, ret_stat) < 0 || ret_stat->st_dev != p->dev ||
        ret_stat->st_ino != p->ino)
        return false;
    return old->decompressed || fingerprint_fits(old->fd, p) == 1;
}

static int inherit(struct follow *f, struct followed_file *old)
{
    struct followed_path *path = follow_ensure(f, old->position.path);
    struct followed_file *file;
    struct stat st;

    if (!path || ensure_remembered(f, path, old) < 0)
        return -ENOMEM;
    file = find_serial(path, old->position.serial);
    if (is_as_remembered(old, file, &st))
        followed_file_hand_over(old, &f->context, file, &st);
    return 0;
}

/* Of another source only those files are inherited whose positions became ours. */
static bool is_heir(const struct follow *f, const struct follow *former,
                    const struct followed_file *file)
{
    const struct followed_path *path = follow_find(f, file->position.path);

    return STREQ(f->context.options.name, former->context.options.name) ||
           (path && find_serial(path, file->position.serial));
}

int follow_inherit(struct follow *f, struct follow *former, uint64_t now_ns)
{
    struct stat st;
    int r = 0;

    follow_context_tick(&f->context, now_ns);
    for (size_t i = 0; i < former->n; i++)
        for (struct followed_file *file = former->paths[i]->oldest; r == 0 && file;
             file = file->younger)
            if (followed_file_is_open(file) && match_is_proven(&file->match) &&
                follow_wants(f, file->position.path) && is_heir(f, former, file) &&
                !followed_file_is_at_path(file, &st))
                r = inherit(f, file);
    return r;
}
