#pragma once

/* The journal as a feed reads it: entry by entry, each one a block of lines, as long as its drains
 * take them; opened again where it broke or could not be seen. */

#include "app/service/source.h"
#include "io/state/store.h"

struct tap;

/** @feed  whose it is; borrowed. Returns 0 or -ENOMEM. Nothing is opened yet. */
int tap_new(struct tap **ret_tap, struct feed *feed);
struct tap *tap_free(struct tap *t);

/** What its lines are timed with: the clock, but that now is when the entry was written. Borrowed
 * from the tap; the clock is borrowed from the caller and stays. */
const struct gloss_clock *tap_clock(struct tap *t, const struct gloss_clock *clock);

/** Tells it how far it was read; before the first look. Returns 0 or -ENOMEM. */
int tap_remember(struct tap *t, const struct store_journal *row);
/** Opens it where it is not open, and says once what is wrong with it. Returns 0 or -ENOMEM. */
int tap_look(struct tap *t, uint64_t now_ns);
/** Lets the owner's ready_fd tell when it has something to tell, or no more. */
void tap_listen(struct tap *t, bool on);
/** Reads for a while, or until a drain is full. Returns 1: there may be more at once; 0; or a
 * negative errno, then there is no going on. */
int tap_turn(struct tap *t, uint64_t now_ns, size_t budget_bytes);
/** When tap_turn() is due though nobody wakes it. */
uint64_t tap_due_ns(const struct tap *t, uint64_t now_ns);

/** Whether it can be read: else it was said why. */
bool tap_is_open(const struct tap *t);

/** How far it is read, for a checkpoint that begins. Borrowed, until the next turn. False: as it
 * was committed, or it was never read. */
bool tap_place(const struct tap *t, struct store_journal *ret_row);
/** A checkpoint begins: it has that place. */
void tap_tell(struct tap *t);
/** It is committed. */
void tap_committed(struct tap *t);
