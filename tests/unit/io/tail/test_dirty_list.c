/* The table of dirty_list.h, row by row, and the list itself. */

#include "io/tail/dirty_list.h"

#include <criterion/criterion.h>
#include <stddef.h>

static struct dirty_list list;
static struct dirty_item item;

static size_t count(void)
{
    size_t n = 0;

    for (const struct dirty_item *at = list.first; at; at = at->next)
        n++;
    return n;
}

static void commit_it(struct dirty_item *it)
{
    (void)it;
    dirty_list_commit(&list);
}

struct row {
    const char *what;
    enum dirty_state state;
    void (*event)(struct dirty_item *it);
    enum dirty_state next;
};

static const struct row rows[] = {
    {"a change", DIRTY_STATE_CLEAN, dirty_item_touch, DIRTY_STATE_DIRTY},
    {"a second change", DIRTY_STATE_DIRTY, dirty_item_touch, DIRTY_STATE_DIRTY},
    {"given to a checkpoint", DIRTY_STATE_DIRTY, dirty_item_prepare, DIRTY_STATE_PREPARED},
    {"a change while it is written", DIRTY_STATE_PREPARED, dirty_item_touch, DIRTY_STATE_DIRTY},
    {"committed", DIRTY_STATE_PREPARED, commit_it, DIRTY_STATE_CLEAN},
    {"a commit without it", DIRTY_STATE_DIRTY, commit_it, DIRTY_STATE_DIRTY},
    {"given to the next one, as the last one failed", DIRTY_STATE_PREPARED, dirty_item_prepare,
     DIRTY_STATE_PREPARED},
    {"nothing new", DIRTY_STATE_CLEAN, commit_it, DIRTY_STATE_CLEAN},
};

Test(dirty_list, every_row_of_the_table)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];

        list = (struct dirty_list){0};
        item = (struct dirty_item){.state = r->state};
        dirty_list_add(&list, &item);
        r->event(&item);
        cr_expect_eq(item.state, r->next, "%s: state %d", r->what, (int)item.state);
        cr_expect_eq(count(), r->next != DIRTY_STATE_CLEAN, "%s: on the list", r->what);
    }
}

Test(dirty_list, an_item_that_changes_before_it_belongs_to_a_list_is_on_it_later)
{
    dirty_item_touch(&item);
    cr_expect_eq(count(), 0u);
    dirty_list_add(&list, &item);
    cr_expect_eq(count(), 1u);
    dirty_list_remove(&item);
    cr_expect_eq(count(), 0u);
    cr_expect_eq(item.state, DIRTY_STATE_DIRTY);
}

Test(dirty_list, a_commit_takes_what_was_prepared_and_leaves_the_rest)
{
    struct dirty_item items[5] = {0};

    for (size_t i = 0; i < 5; i++) {
        dirty_list_add(&list, &items[i]);
        dirty_item_touch(&items[i]);
        dirty_item_prepare(&items[i]);
    }
    dirty_item_touch(&items[0]);
    dirty_item_touch(&items[2]);
    dirty_list_remove(&items[3]);
    dirty_list_commit(&list);
    cr_expect_eq(count(), 2u);
    cr_expect_eq(items[0].state, DIRTY_STATE_DIRTY);
    cr_expect_eq(items[2].state, DIRTY_STATE_DIRTY);
    cr_expect_eq(items[1].state, DIRTY_STATE_CLEAN);
}
