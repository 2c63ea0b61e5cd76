/* What a source that takes a former one's place gets from it: the files that live in descriptors
 * only, because they were renamed or deleted. All others it opens by their paths. */

#include "core/base/util.h"
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

/* One that no checkpoint has was born since. */
static int remember_born(struct follow *f, struct followed_path *path,
                         const struct followed_file *old)
{
    const struct file_position position = {.path = path->name,
                                           .serial = old->position.serial,
                                           .dev = old->position.dev,
                                           .ino = old->position.ino,
                                           .file_time_ns = old->position.file_time_ns};

    return find_serial(path, old->position.serial)
               ? 0
               : followed_path_remember(path, &f->context, &position);
}

static int inherit(struct follow *f, struct followed_file *old, uint64_t now_ns)
{
    struct followed_path *path = follow_ensure(f, old->position.path);
    struct followed_file *file;
    struct stat st;

    if (!path || remember_born(f, path, old) < 0)
        return -ENOMEM;
    file = find_serial(path, old->position.serial);
    if (file->position.done || fstat(old->fd, &st) < 0 || st.st_dev != file->position.dev ||
        st.st_ino != file->position.ino ||
        (!old->packed && fingerprint_fits(old->fd, &file->position) != 1))
        return 0;
    file->kind_known = old->kind_known;
    file->packed = TAKE_PTR(old->packed);
    followed_file_attach(file, old->fd, &st, now_ns);
    old->fd = -1;
    return 0;
}

/* Of another source it is only what became ours with its place. */
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
        for (struct followed_file *file = former->items[i]->oldest; r == 0 && file;
             file = file->younger)
            if (file->fd >= 0 && !file->guess && follow_wants(f, file->position.path) &&
                is_heir(f, former, file) && !followed_file_is_at_path(file, &st))
                r = inherit(f, file, now_ns);
    return r;
}
