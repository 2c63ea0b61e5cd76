/* The kernel gives out the lowest free descriptor, so the number of a new one tells how many the
 * whole process has, whoever opened them: as long as no high one stays in use beside low ones that
 * are free. So one that is kept is moved down into the gap of the one that was parked for it. A
 * parked file is looked at by its path alone; it is known again by device and inode, and its mark
 * is checked before the next byte is read. */

#include "io/tail/fd_budget.h"

#include "core/base/util.h"
#include "io/files/rotated_names.h"

#include <fcntl.h>
#include <unistd.h>

bool fd_budget_is_tight(const struct follow_context *d, int fd)
{
    return fd >= 0 && (uint64_t)fd >= d->descriptors_max / 4 * 3;
}

/* Asked at this moment: what was written since the last look, or has lost its name, stays open. */
static bool is_all_read(const struct followed_file *g)
{
    struct stat st;

    if (fstat(g->fd, &st) < 0 || st.st_nlink == 0)
        return false;
    if (g->packed)
        return decompressed_file_at_end(g->packed) && (uint64_t)st.st_size == g->size;
    return (uint64_t)st.st_size == g->rotation.offset;
}

bool fd_budget_may(const struct followed_file *g)
{
    return g->fd >= 0 && g->at_path && !g->unread && g->rotation.state == ROTATION_READING &&
           is_all_read(g);
}

bool fd_budget_may_renamed(const struct followed_file *g)
{
    return g->fd >= 0 && g->rotation.state != ROTATION_DONE && is_all_read(g);
}

void fd_budget_close(struct followed_file *g)
{
    close(g->fd);
    g->fd = -1;
    g->parked = true;
}

void fd_budget_move_down(struct followed_file *g)
{
    int fd = fcntl(g->fd, F_DUPFD_CLOEXEC, 0);

    if (fd < 0)
        return;
    if (fd > g->fd) {
        close(fd);
        return;
    }
    close(g->fd);
    g->fd = fd;
    if (g->packed)
        decompressed_file_move(g->packed, fd);
}

static int open_as(const struct followed_file *g, const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) == 0 && st.st_dev == g->position.dev && st.st_ino == g->position.ino)
        return fd;
    close(fd);
    return -ENOENT;
}

/* Among the siblings, by device and inode. */
static int open_renamed(const struct followed_path *l, struct follow_context *d,
                        const struct followed_file *g)
{
    CLEANUP(rotated_names_deinit) struct rotated_names s = {0};
    int r = rotated_names_list(&s, &d->folder, l->path);

    if (r < 0)
        return r;
    for (size_t i = 0; i < s.n; i++)
        if (s.items[i].dev == g->position.dev && s.items[i].ino == g->position.ino)
            return open_as(g, s.items[i].path);
    return -ENOENT;
}

int fd_budget_reopen(struct followed_path *l, struct follow_context *d, struct followed_file *g,
                     bool at_path)
{
    int fd = at_path ? open_as(g, l->path) : open_renamed(l, d, g);

    if (fd < 0)
        return fd == -ENOMEM ? fd : -fd;
    g->fd = fd;
    if (g->packed)
        decompressed_file_move(g->packed, fd);
    g->parked = false;
    return 0;
}
