/* The kernel gives out the lowest free descriptor, so the number of a new one tells how many the
 * whole process has, whoever opened them: as long as no high one stays in use beside low ones that
 * are free. So one that is kept is moved down into the gap of the one that was parked for it. A
 * parked file is looked at by its path alone; it is known again by device and inode, and its mark
 * is checked before the next byte is read. */

#include "io/tail/fd_budget.h"

#include "core/base/util.h"
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

/* Asked at this moment: what was written since the last look, or has lost its name, stays open. */
static bool is_all_read(const struct followed_file *file)
{
    struct stat st;

    if (fstat(file->fd, &st) < 0 || st.st_nlink == 0)
        return false;
    if (file->packed)
        return decompressed_file_at_end(file->packed) && (uint64_t)st.st_size == file->size;
    return (uint64_t)st.st_size == file->rotation.offset;
}

bool fd_budget_may(const struct followed_file *file)
{
    return file->fd >= 0 && file->at_path && !file->unread &&
           file->rotation.state == ROTATION_READING && is_all_read(file);
}

bool fd_budget_may_renamed(const struct followed_file *file)
{
    return file->fd >= 0 && file->rotation.state != ROTATION_DONE && is_all_read(file);
}

void fd_budget_close(struct followed_file *file)
{
    close(file->fd);
    file->fd = -1;
    file->parked = true;
}

void fd_budget_move_down(struct followed_file *file)
{
    int fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);

    if (fd < 0)
        return;
    if (fd > file->fd) {
        close(fd);
        return;
    }
    close(file->fd);
    file->fd = fd;
    if (file->packed)
        decompressed_file_move(file->packed, fd);
}

static int open_as(const struct followed_file *file, const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) == 0 && st.st_dev == file->position.dev && st.st_ino == file->position.ino)
        return fd;
    close(fd);
    return -ENOENT;
}

/* Among the siblings, by device and inode. */
static int open_renamed(const struct followed_path *path, struct follow_context *ctx,
                        const struct followed_file *file)
{
    CLEANUP(rotated_names_deinit) struct rotated_names s = {0};
    int r = rotated_names_list(&s, &ctx->folder_names, path->name);

    if (r < 0)
        return r;
    for (size_t i = 0; i < s.n; i++)
        if (s.items[i].dev == file->position.dev && s.items[i].ino == file->position.ino)
            return open_as(file, s.items[i].path);
    return -ENOENT;
}

int fd_budget_reopen(struct followed_path *path, struct follow_context *ctx,
                     struct followed_file *file, bool at_path)
{
    int fd = at_path ? open_as(file, path->name) : open_renamed(path, ctx, file);

    if (fd < 0)
        return fd == -ENOMEM ? fd : -fd;
    file->fd = fd;
    if (file->packed)
        decompressed_file_move(file->packed, fd);
    file->parked = false;
    return 0;
}
