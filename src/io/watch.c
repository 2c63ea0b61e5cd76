/* A watch belongs to a folder's inode, so beside each stands which inode that was. The list is
 * short (folders, not files), and is searched as it is. */

#include "io/watch.h"

#include "core/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct watch {
    uv_fs_event_t event;
    struct watches *watches;
    char *folder;
    dev_t dev;
    ino_t ino;
    bool live;
};

struct watches {
    uv_loop_t *loop;
    watch_fn fn;
    void *ctx;
    struct watch **items;
    size_t n, size;
    size_t open; /* handles */
    bool closing;
};

int watches_new(struct watches **ret_watches, uv_loop_t *loop, watch_fn fn, void *ctx)
{
    struct watches *w = calloc(1, sizeof(*w));

    if (!w)
        return -ENOMEM;
    w->loop = loop;
    w->fn = fn;
    w->ctx = ctx;
    *ret_watches = w;
    return 0;
}

static void destroy(struct watches *w)
{
    for (size_t i = 0; i < w->n; i++) {
        free(w->items[i]->folder);
        free(w->items[i]);
    }
    free(w->items);
    free(w);
}

static void on_event(uv_fs_event_t *event, const char *name, int events, int status)
{
    struct watch *watch = container_of(event, struct watch, event);

    (void)events;
    if (watch->watches->closing)
        return;
    watch->watches->fn(watch->watches->ctx, watch->folder, status < 0 ? NULL : name);
}

static void on_closed(uv_handle_t *handle)
{
    struct watch *watch = container_of(handle, struct watch, event);
    struct watches *w = watch->watches;

    if (--w->open == 0)
        destroy(w);
}

/* (Re)starts the watch on whatever the path names now. */
static int start(struct watch *watch)
{
    struct stat st;
    int r;

    uv_fs_event_stop(&watch->event);
    watch->live = false;
    if (stat(watch->folder, &st) < 0)
        return -errno;
    r = uv_fs_event_start(&watch->event, on_event, watch->folder, 0);
    if (r < 0)
        return r;
    watch->dev = st.st_dev;
    watch->ino = st.st_ino;
    watch->live = true;
    return 0;
}

static struct watch *find(const struct watches *w, const char *folder)
{
    for (size_t i = 0; i < w->n; i++)
        if (STREQ(w->items[i]->folder, folder))
            return w->items[i];
    return NULL;
}

int watches_add(struct watches *w, const char *folder)
{
    struct watch *watch = find(w, folder);

    if (watch)
        return 0;
    if (GROW(&w->items, &w->size, w->n + 1) < 0)
        return -ENOMEM;
    watch = calloc(1, sizeof(*watch));
    if (!watch)
        return -ENOMEM;
    watch->folder = strdup(folder);
    if (!watch->folder) {
        free(watch);
        return -ENOMEM;
    }
    watch->watches = w;
    uv_fs_event_init(w->loop, &watch->event); /* cannot fail */
    w->items[w->n++] = watch;
    w->open++;
    return start(watch);
}

size_t watches_renew(struct watches *w)
{
    struct stat st;
    size_t dead = 0;

    for (size_t i = 0; i < w->n; i++) {
        struct watch *watch = w->items[i];
        bool same =
            stat(watch->folder, &st) == 0 && st.st_dev == watch->dev && st.st_ino == watch->ino;

        if (watch->live && same)
            continue;
        if (start(watch) < 0)
            dead++;
        else
            w->fn(w->ctx, watch->folder, NULL); /* it may have missed something meanwhile */
    }
    return dead;
}

void watches_close(struct watches *w)
{
    if (w->closing)
        return;
    w->closing = true;
    if (w->open == 0) {
        destroy(w);
        return;
    }
    for (size_t i = 0; i < w->n; i++)
        uv_close((uv_handle_t *)&w->items[i]->event, on_closed);
}
