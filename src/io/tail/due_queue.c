/* A binary heap; each lineage knows its place in it. Times stand in the heap itself: to compare
 * them in thousands of lineages, each in memory of its own, would take longer than to look at
 * files. */

#include "io/tail/due_queue.h"

#include "core/base/util.h"

int due_queue_reserve(struct due_queue *a, size_t n)
{
    return GROW(&a->items, &a->size, n);
}

void due_queue_deinit(struct due_queue *a)
{
    free(a->items);
    *a = (struct due_queue){0};
}

const struct due_queue_item *due_queue_first(const struct due_queue *a)
{
    return a->n > 0 ? &a->items[0] : NULL;
}

static void set(struct due_queue *a, size_t at, struct due_queue_item item)
{
    a->items[at] = item;
    item.path->queue_at = at;
}

static void sift_up(struct due_queue *a, size_t at)
{
    struct due_queue_item item = a->items[at];

    for (; at > 0 && a->items[(at - 1) / 2].look_ns > item.look_ns; at = (at - 1) / 2)
        set(a, at, a->items[(at - 1) / 2]);
    set(a, at, item);
}

static void sift_down(struct due_queue *a, size_t at)
{
    struct due_queue_item item = a->items[at];

    for (size_t child; (child = 2 * at + 1) < a->n; at = child) {
        if (child + 1 < a->n && a->items[child + 1].look_ns < a->items[child].look_ns)
            child++;
        if (a->items[child].look_ns >= item.look_ns)
            break;
        set(a, at, a->items[child]);
    }
    set(a, at, item);
}

void due_queue_put(struct due_queue *a, struct followed_path *l, uint64_t look_ns)
{
    if (!l->is_queued)
        l->queue_at = a->n++;
    l->is_queued = true;
    a->items[l->queue_at] = (struct due_queue_item){.look_ns = look_ns, .path = l};
    sift_up(a, l->queue_at);
    sift_down(a, l->queue_at);
}

void due_queue_remove(struct due_queue *a, struct followed_path *l)
{
    struct due_queue_item last = a->items[--a->n];

    l->is_queued = false;
    if (last.path == l)
        return;
    last.path->queue_at = l->queue_at;
    due_queue_put(a, last.path, last.look_ns);
}
