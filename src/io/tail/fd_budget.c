/* The kernel gives out the lowest free descriptor. So the number of a new one tells how many the
 * whole process has, whoever opened them, as long as no high one stays in use while low ones are
 * free: a file that is opened when descriptors run short is moved down into the gap of the one that
 * was suspended for it.
 *
 * A suspended file is looked at by its path alone. It is known again by device and inode, and the
 * bytes before its offset are checked before the next one is read. */

#include "io/tail/fd_budget.h"

#include "io/files/rotated_names.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

uint64_t fd_budget_limit(void)
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};

    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

bool fd_budget_is_tight(uint64_t limit, int fd)
{
    return fd >= 0 && (uint64_t)fd >= limit / 4 * 3;
}

/* Asked at this moment: a file that was written to since the last look, or deleted, stays open. */
static bool is_all_read(const struct followed_file *file)
{
    struct stat st;

    if (fstat(file->fd, &st) < 0 || st.st_nlink == 0)
        return false;
    if (file->decompressed)
        return decompressed_file_at_end(file->decompressed) &&
               (uint64_t)st.st_size == file->look.size;
    return (uint64_t)st.st_size == file->rotation.offset;
}

bool fd_budget_may_suspend(const struct followed_file *file)
{
    return followed_file_is_open(file) && file->is_at_path && !file->is_behind &&
           file->rotation.state == ROTATION_READING && is_all_read(file);
}

bool fd_budget_may_suspend_renamed(const struct followed_file *file)
{
    return followed_file_is_open(file) && file->rotation.state != ROTATION_DONE &&
           is_all_read(file);
}

void fd_budget_move_down(struct followed_file *file)
{
    int old = file->fd, fd = fcntl(old, F_DUPFD_CLOEXEC, 0);

    if (fd < 0)
        return;
    if (fd > old) {
        close(fd);
        return;
    }
    followed_file_set_fd(file, fd);
    close(old);
}

/* Returns a descriptor, or a negative errno. */
static int open_as(const struct follow_context *ctx, const struct followed_file *file,
                   const char *name)
{
    int fd, r = opened_file_descriptor(ctx, name, file->position.dev, file->position.ino, &fd);

    return r == 0 ? fd : r == -ESTALE || r > 0 ? -FD_BUDGET_E_LOST : r;
}

/* Among the rotated names, by device and inode. */
static int open_renamed(const struct followed_path *path, struct follow_context *ctx,
                        const struct followed_file *file)
{
    CLEANUP(rotated_names_deinit) struct rotated_names names = {0};
    int r = rotated_names_list(&names, &ctx->folder_names, path->name);

    if (r < 0)
        return r;
    for (size_t i = 0; i < names.n; i++)
        if (names.items[i].dev == file->position.dev && names.items[i].ino == file->position.ino)
            return open_as(ctx, file, names.items[i].path);
    return -FD_BUDGET_E_LOST;
}

int fd_budget_reopen(struct followed_path *path, struct follow_context *ctx,
                     struct followed_file *file, bool at_path)
{
    int fd = at_path ? open_as(ctx, file, path->name) : open_renamed(path, ctx, file);

    if (fd < 0)
        return fd == -ENOMEM ? fd : -fd;
    followed_file_set_fd(file, fd);
    return 0;
}
