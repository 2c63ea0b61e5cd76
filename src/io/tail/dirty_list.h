#pragma once

/* Which items have changed since a checkpoint last had them: so a checkpoint asks nothing about an
 * item of which nothing is new.
 *
 *   state     what happens                  next
 *   CLEAN     the item changes              DIRTY
 *   DIRTY     a checkpoint is given it      PREPARED
 *   PREPARED  the item changes              DIRTY: the checkpoint has what it was
 *   PREPARED  the checkpoint is committed   CLEAN
 *   PREPARED  the checkpoint fails          PREPARED; the next one is given it again
 */

enum dirty_state {
    DIRTY_STATE_CLEAN,
    DIRTY_STATE_DIRTY,
    DIRTY_STATE_PREPARED,
};

/** Embedded in what a checkpoint keeps. Zero-initialised is clean and belongs to no list. */
struct dirty_item {
    enum dirty_state state;
    struct dirty_list *list;       /* that it belongs to; NULL: none, but its state is kept */
    struct dirty_item *next, **at; /* on the list; at NULL: not on it */
};

/** Those that are not clean, the one first that changed last. Zero-initialised is empty. */
struct dirty_list {
    struct dirty_item *first;
};

/** Lets an item that belongs to no list belong to this one, dirty or not. */
void dirty_list_add(struct dirty_list *list, struct dirty_item *item);
/** Lets it belong to none. */
void dirty_list_remove(struct dirty_item *item);

/** It has changed. */
void dirty_item_touch(struct dirty_item *item);
/** A checkpoint was given it as it is. */
void dirty_item_prepare(struct dirty_item *item);
/** The checkpoint is on the disk: what it was given, and has not changed since, is clean. */
void dirty_list_commit(struct dirty_list *list);
