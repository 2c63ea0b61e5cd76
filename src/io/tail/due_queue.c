/* A binary heap. Each path knows where it stands in it. The times stand in the heap itself: to
 * compare them in thousands of paths, each in memory of its own, would take longer than to look at
 * files. */

#include "io/tail/due_queue.h"

int due_queue_reserve(struct due_queue *queue, size_t n)
{
    return GROW(&queue->items, &queue->size, n);
}

void due_queue_deinit(struct due_queue *queue)
{
    free(queue->items);
    *queue = (struct due_queue){0};
}

const struct due_queue_item *due_queue_first(const struct due_queue *queue)
{
    return queue->n > 0 ? &queue->items[0] : NULL;
}

static void set(struct due_queue *queue, size_t at, struct due_queue_item item)
{
    queue->items[at] = item;
    item.path->due_at = at;
}

static void sift_up(struct due_queue *queue, size_t at)
{
    struct due_queue_item item = queue->items[at];

    for (; at > 0 && queue->items[(at - 1) / 2].due_ns > item.due_ns; at = (at - 1) / 2)
        set(queue, at, queue->items[(at - 1) / 2]);
    set(queue, at, item);
}

static void sift_down(struct due_queue *queue, size_t at)
{
    struct due_queue_item item = queue->items[at];

    for (size_t child; (child = 2 * at + 1) < queue->n; at = child) {
        if (child + 1 < queue->n && queue->items[child + 1].due_ns < queue->items[child].due_ns)
            child++;
        if (queue->items[child].due_ns >= item.due_ns)
            break;
        set(queue, at, queue->items[child]);
    }
    set(queue, at, item);
}

void due_queue_put(struct due_queue *queue, struct followed_path *path, uint64_t due_ns)
{
    if (!path->is_queued)
        path->due_at = queue->n++;
    path->is_queued = true;
    queue->items[path->due_at] = (struct due_queue_item){.due_ns = due_ns, .path = path};
    sift_up(queue, path->due_at);
    sift_down(queue, path->due_at);
}

void due_queue_remove(struct due_queue *queue, struct followed_path *path)
{
    struct due_queue_item last = queue->items[--queue->n];

    path->is_queued = false;
    if (last.path == path)
        return;
    last.path->due_at = path->due_at;
    due_queue_put(queue, last.path, last.due_ns);
}
