/* The kernel's watch is on an inode, so device and inode are kept beside the path: they tell when
 * the path names another folder. Two paths of one folder share a watch of the kernel. The list is
 * sorted by path. An event has the watch's number only, for which the list is searched from its
 * start; it is short, since it has folders, not files.
 *
 * libuv has watches of its own, but drops the event that tells that others were lost. Quiet files
 * may be looked at seldom only as long as no event is lost, so the events are read here. One buffer
 * of them is read in each round of the loop, so that many events do not delay everything else. */

#include "io/os/dirwatch.h"

#include "core/base/sorted.h"
#include "core/base/util.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define EVENTS                                                                       \
    (IN_ATTRIB | IN_CREATE | IN_MODIFY | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | \
     IN_MOVED_FROM | IN_MOVED_TO | IN_ONLYDIR)
#define BUFFER_BYTES 32768
#define ZFS_MAGIC 0x2fc12fc1

struct watch {
    char *folder; /* owned */
    uint64_t dev, ino;
    int id;        /* the number of the kernel's watch; -1: there is none */
    bool complete; /* the file system gives an event for each change */
    bool wanted;   /* added since the last sweep */
};

struct dirwatch {
    uv_loop_t *loop;
    uv_poll_t poll; /* on fd */
    int fd;         /* of inotify; -1: not open yet, and neither is poll */
    dirwatch_fn fn;
    void *ctx;
    struct watch *items;
    size_t n, size;
    bool closing;
};

int dirwatch_new(struct dirwatch **ret_watch, uv_loop_t *loop, dirwatch_fn fn, void *ctx)
{
    struct dirwatch *w = calloc(1, sizeof(*w));

    if (!w)
        return -ENOMEM;
    w->loop = loop;
    w->fd = -1;
    w->fn = fn;
    w->ctx = ctx;
    *ret_watch = w;
    return 0;
}

static void destroy(struct dirwatch *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->items[i].folder);
    if (w->fd >= 0)
        close(w->fd);
    free(w->items);
    free(w);
}

/* ---- events ---- */

/* The kernel ends a watch when the folder is deleted, or its file system unmounted. */
static void on_event(struct dirwatch *w, const struct inotify_event *e)
{
    if (e->mask & IN_Q_OVERFLOW)
        w->fn(w->ctx, /* folder= */ NULL, /* name= */ NULL);
    for (size_t i = 0; i < w->n; i++) {
        struct watch *watch = &w->items[i];

        if (watch->id < 0 || watch->id != e->wd)
            continue;
        if (e->mask & IN_IGNORED)
            watch->id = -1;
        w->fn(w->ctx, watch->folder, e->len > 0 ? e->name : NULL);
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct dirwatch *w = container_of(poll, struct dirwatch, poll);
    _Alignas(struct inotify_event) char bytes[BUFFER_BYTES];
    ssize_t n = read(w->fd, bytes, sizeof(bytes));

    (void)status;
    (void)events;
    for (ssize_t at = 0; at < n && !w->closing;) {
        const struct inotify_event *e = (const void *)(bytes + at);

        on_event(w, e);
        at += (ssize_t)(sizeof(*e) + e->len);
    }
}

static int open_inotify(struct dirwatch *w)
{
    int r;

    if (w->fd >= 0)
        return 0;
    w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (w->fd < 0)
        return -errno;
    r = uv_poll_init(w->loop, &w->poll, w->fd);
    if (r < 0) {
        close(w->fd);
        w->fd = -1;
        return r;
    }
    return uv_poll_start(&w->poll, UV_READABLE, on_readable);
}

/* ---- folders ---- */

/* Whether the file system is changed by this kernel only, and by the names that are in it. */
static bool is_local(const char *folder)
{
    static const uint32_t magics[] = {BTRFS_SUPER_MAGIC, EXT4_SUPER_MAGIC, F2FS_SUPER_MAGIC,
                                      RAMFS_MAGIC,       TMPFS_MAGIC,      XFS_SUPER_MAGIC,
                                      ZFS_MAGIC};
    struct statfs fs;

    if (statfs(folder, &fs) < 0)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
        if ((uint32_t)fs.f_type == magics[i])
            return true;
    return false;
}

static bool is_shared(const struct dirwatch *w, int id)
{
    size_t n = 0;

    for (size_t i = 0; i < w->n; i++)
        n += w->items[i].id == id;
    return n > 1;
}

static void remove_watch(struct dirwatch *w, struct watch *watch)
{
    if (watch->id >= 0 && !is_shared(w, watch->id))
        inotify_rm_watch(w->fd, watch->id);
    watch->id = -1;
}

/* Starts the watch on the folder that the path names now, in the place of an older watch. */
static int start_watch(struct dirwatch *w, struct watch *watch)
{
    struct stat st;
    int r;

    remove_watch(w, watch);
    if (stat(watch->folder, &st) < 0)
        return -errno;
    r = open_inotify(w);
    if (r < 0)
        return r;
    watch->id = inotify_add_watch(w->fd, watch->folder, EVENTS);
    if (watch->id < 0)
        return -errno;
    watch->dev = st.st_dev;
    watch->ino = st.st_ino;
    watch->complete = is_local(watch->folder);
    return 0;
}

static const char *folder_of(const void *items, size_t i)
{
    return ((const struct watch *)items)[i].folder;
}

/* The index of the folder, or the index at which to insert it. */
static size_t index_of(const struct dirwatch *w, const char *folder, bool *ret_found)
{
    return sorted_place(w->items, w->n, folder_of, folder, ret_found);
}

int dirwatch_add(struct dirwatch *w, const char *folder)
{
    bool found;
    size_t at = index_of(w, folder, &found);
    char *copy;

    if (found) {
        w->items[at].wanted = true;
        return 0;
    }
    if (GROW(&w->items, &w->size, w->n + 1) < 0)
        return -ENOMEM;
    copy = strdup(folder);
    if (!copy)
        return -ENOMEM;
    memmove(w->items + at + 1, w->items + at, (w->n - at) * sizeof(*w->items));
    w->items[at] = (struct watch){.folder = copy, .id = -1, .wanted = true};
    w->n++;
    return start_watch(w, &w->items[at]);
}

bool dirwatch_covers(const struct dirwatch *w, const char *folder)
{
    bool found;
    size_t at = index_of(w, folder, &found);

    return found && w->items[at].id >= 0 && w->items[at].complete;
}

void dirwatch_sweep(struct dirwatch *w)
{
    size_t kept = 0;

    for (size_t i = 0; i < w->n; i++) {
        struct watch *watch = &w->items[i];

        if (!watch->wanted) {
            remove_watch(w, watch);
            free(watch->folder);
            continue;
        }
        watch->wanted = false;
        w->items[kept++] = *watch;
    }
    w->n = kept;
}

bool dirwatch_refused(int r)
{
    return r == -ENOSPC || r == -EMFILE || r == -ENFILE;
}

size_t dirwatch_renew(struct dirwatch *w, size_t *ret_refused)
{
    struct stat st;
    size_t dead = 0, refused = 0;

    for (size_t i = 0; i < w->n; i++) {
        struct watch *watch = &w->items[i];
        bool live = watch->id >= 0;
        int r;

        if (live && stat(watch->folder, &st) == 0 && st.st_dev == watch->dev &&
            st.st_ino == watch->ino)
            continue;
        r = start_watch(w, watch);
        if (r == 0 || live)
            w->fn(w->ctx, watch->folder, NULL); /* it may have missed something meanwhile */
        dead += r != 0;
        refused += dirwatch_refused(r);
    }
    *ret_refused = refused;
    return dead;
}

static void on_closed(uv_handle_t *handle)
{
    destroy(container_of(handle, struct dirwatch, poll));
}

void dirwatch_close(struct dirwatch *w)
{
    if (w->closing)
        return;
    w->closing = true;
    if (w->fd < 0)
        destroy(w);
    else
        uv_close((uv_handle_t *)&w->poll, on_closed);
}
