/* A binary heap; each lineage knows its place in it. */

#include "io/agenda.h"

#include "core/util.h"

int agenda_reserve(struct agenda *a, size_t n)
{
    return GROW(&a->items, &a->size, n);
}

void agenda_deinit(struct agenda *a)
{
    free(a->items);
    *a = (struct agenda){0};
}

struct lineage *agenda_first(const struct agenda *a)
{
    return a->n > 0 ? a->items[0] : NULL;
}

static void set(struct agenda *a, size_t at, struct lineage *l)
{
    a->items[at] = l;
    l->agenda_at = at;
}

static void sift_up(struct agenda *a, size_t at)
{
    struct lineage *l = a->items[at];

    for (; at > 0 && a->items[(at - 1) / 2]->look_ns > l->look_ns; at = (at - 1) / 2)
        set(a, at, a->items[(at - 1) / 2]);
    set(a, at, l);
}

static void sift_down(struct agenda *a, size_t at)
{
    struct lineage *l = a->items[at];

    for (size_t child; (child = 2 * at + 1) < a->n; at = child) {
        if (child + 1 < a->n && a->items[child + 1]->look_ns < a->items[child]->look_ns)
            child++;
        if (a->items[child]->look_ns >= l->look_ns)
            break;
        set(a, at, a->items[child]);
    }
    set(a, at, l);
}

void agenda_put(struct agenda *a, struct lineage *l, uint64_t look_ns)
{
    l->look_ns = look_ns;
    if (!l->on_agenda) {
        set(a, a->n++, l);
        l->on_agenda = true;
    }
    sift_up(a, l->agenda_at);
    sift_down(a, l->agenda_at);
}

void agenda_remove(struct agenda *a, struct lineage *l)
{
    struct lineage *last;

    if (!l->on_agenda)
        return;
    l->on_agenda = false;
    last = a->items[--a->n];
    if (last == l)
        return;
    set(a, l->agenda_at, last);
    sift_up(a, last->agenda_at);
    sift_down(a, last->agenda_at);
}
