#include "io/tail/dirty_list.h"

#include <stddef.h>

static void enter(struct dirty_item *item)
{
    struct dirty_list *list = item->list;

    if (item->at)
        return;
    item->next = list->first;
    item->at = &list->first;
    if (item->next)
        item->next->at = &item->next;
    list->first = item;
}

static void leave(struct dirty_item *item)
{
    if (!item->at)
        return;
    *item->at = item->next;
    if (item->next)
        item->next->at = item->at;
    item->at = NULL;
}

void dirty_list_add(struct dirty_list *list, struct dirty_item *item)
{
    item->list = list;
    if (item->state != DIRTY_STATE_CLEAN)
        enter(item);
}

void dirty_list_remove(struct dirty_item *item)
{
    leave(item);
    item->list = NULL;
}

void dirty_item_touch(struct dirty_item *item)
{
    item->state = DIRTY_STATE_DIRTY;
    if (item->list)
        enter(item);
}

void dirty_item_prepare(struct dirty_item *item)
{
    if (item->state == DIRTY_STATE_DIRTY)
        item->state = DIRTY_STATE_PREPARED;
}

void dirty_list_commit(struct dirty_list *list)
{
    for (struct dirty_item *item = list->first, *next; item; item = next) {
        next = item->next;
        if (item->state != DIRTY_STATE_PREPARED)
            continue;
        item->state = DIRTY_STATE_CLEAN;
        leave(item);
    }
}
