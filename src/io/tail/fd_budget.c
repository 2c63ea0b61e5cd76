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

bool park_is_tight(const struct desk *d, int fd)
{
    return fd >= 0 && (uint64_t)fd >= d->descriptors_max / 4 * 3;
}

/* Asked at this moment: what was written since the last look, or has lost its name, stays open. */
static bool is_all_read(const struct generation *g)
{
    struct stat st;

    if (fstat(g->fd, &st) < 0 || st.st_nlink == 0)
        return false;
    if (g->packed)
        return unpacked_at_end(g->packed) && (uint64_t)st.st_size == g->size;
    return (uint64_t)st.st_size == g->tail.offset;
}

bool park_may(const struct generation *g)
{
    return g->fd >= 0 && g->at_path && !g->unread && g->tail.state == TAIL_READING &&
           is_all_read(g);
}

bool park_may_renamed(const struct generation *g)
{
    return g->fd >= 0 && g->tail.state != TAIL_DONE && is_all_read(g);
}

void park_close(struct generation *g)
{
    close(g->fd);
    g->fd = -1;
    g->parked = true;
}

void park_move_down(struct generation *g)
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
        unpacked_move(g->packed, fd);
}

static int open_as(const struct generation *g, const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) == 0 && st.st_dev == g->place.dev && st.st_ino == g->place.ino)
        return fd;
    close(fd);
    return -ENOENT;
}

/* Among the siblings, by device and inode. */
static int open_renamed(const struct lineage *l, struct desk *d, const struct generation *g)
{
    CLEANUP(siblings_deinit) struct siblings s = {0};
    int r = siblings_list(&s, &d->folder, l->path);

    if (r < 0)
        return r;
    for (size_t i = 0; i < s.n; i++)
        if (s.items[i].dev == g->place.dev && s.items[i].ino == g->place.ino)
            return open_as(g, s.items[i].path);
    return -ENOENT;
}

int park_reopen(struct lineage *l, struct desk *d, struct generation *g, bool at_path)
{
    int fd = at_path ? open_as(g, l->path) : open_renamed(l, d, g);

    if (fd < 0)
        return fd == -ENOMEM ? fd : -fd;
    g->fd = fd;
    if (g->packed)
        unpacked_move(g->packed, fd);
    g->parked = false;
    return 0;
}
