/* A binary heap; each lineage knows its place in it. Times stand in the heap itself: to compare
 * them in thousands of lineages, each in memory of its own, would take longer than to look at
 * files. */

#include "io/tail/due_queue.h"

#include "core/base/util.h"

int agenda_reserve(struct agenda *a, size_t n)
{
    return GROW(&a->items, &a->size, n);
}

void agenda_deinit(struct agenda *a)
{
    free(a->items);
    *a = (struct agenda){0};
}

const struct agenda_item *agenda_first(const struct agenda *a)
{
    return a->n > 0 ? &a->items[0] : NULL;
}

static void set(struct agenda *a, size_t at, struct agenda_item item)
{
    a->items[at] = item;
    item.lineage->agenda_at = at;
}

static void sift_up(struct agenda *a, size_t at)
{
    struct agenda_item item = a->items[at];

    for (; at > 0 && a->items[(at - 1) / 2].look_ns > item.look_ns; at = (at - 1) / 2)
        set(a, at, a->items[(at - 1) / 2]);
    set(a, at, item);
}

static void sift_down(struct agenda *a, size_t at)
{
    struct agenda_item item = a->items[at];

    for (size_t child; (child = 2 * at + 1) < a->n; at = child) {
        if (child + 1 < a->n && a->items[child + 1].look_ns < a->items[child].look_ns)
            child++;
        if (a->items[child].look_ns >= item.look_ns)
            break;
        set(a, at, a->items[child]);
    }
    set(a, at, item);
}

void agenda_put(struct agenda *a, struct lineage *l, uint64_t look_ns)
{
    if (!l->on_agenda)
        l->agenda_at = a->n++;
    l->on_agenda = true;
    a->items[l->agenda_at] = (struct agenda_item){.look_ns = look_ns, .lineage = l};
    sift_up(a, l->agenda_at);
    sift_down(a, l->agenda_at);
}

void agenda_remove(struct agenda *a, struct lineage *l)
{
    struct agenda_item last = a->items[--a->n];

    l->on_agenda = false;
    if (last.lineage == l)
        return;
    last.lineage->agenda_at = l->agenda_at;
    agenda_put(a, last.lineage, last.look_ns);
}
