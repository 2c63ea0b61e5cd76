#pragma once

/* The journal as a feed reads it: entry by entry, each one a block of lines, as long as its drains
 * take them; opened again where it broke or could not be seen. */

#include "app/service/source.h"
#include "io/state/store.h"

struct journal_source;

/** @feed  whose it is; borrowed. Returns 0 or -ENOMEM. Nothing is opened yet. */
int journal_source_new(struct journal_source **ret_tap, struct source *source);
struct journal_source *journal_source_free(struct journal_source *t);

/** What its lines are timed with: the clock, but that now is when the entry was written. Borrowed
 * from the tap; the clock is borrowed from the caller and stays. */
const struct gloss_clock *journal_source_clock(struct journal_source *t,
                                               const struct gloss_clock *clock);

/** Tells it how far it was read; before the first look. Returns 0 or -ENOMEM. */
int journal_source_remember(struct journal_source *t, const struct store_journal *row);
/** Opens it where it is not open, and says once what is wrong with it. Returns 0 or -ENOMEM. */
int journal_source_look(struct journal_source *t, uint64_t now_ns);
/** Lets the owner's ready_fd tell when it has something to tell, or no more. */
void journal_source_listen(struct journal_source *t, bool on);
/** Reads for a while, or until a drain is full. Returns 1: there may be more at once; 0; or a
 * negative errno, then there is no going on. */
int journal_source_turn(struct journal_source *t, uint64_t now_ns, size_t budget_bytes);
/** When journal_source_turn() is due though nobody wakes it. */
uint64_t journal_source_due_ns(const struct journal_source *t, uint64_t now_ns);

/** Whether it can be read: else it was said why. */
bool journal_source_is_open(const struct journal_source *t);

/** How far it is read, for a checkpoint that begins. Borrowed, until the next turn. False: as it
 * was committed, or it was never read. */
bool journal_source_position(const struct journal_source *t, struct store_journal *ret_row);
/** A checkpoint begins: it has that place. */
void journal_source_prepare(struct journal_source *t);
/** It is committed. */
void journal_source_commit(struct journal_source *t);
