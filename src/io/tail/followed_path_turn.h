#pragma once

/* A turn with a path and its files. */

#include "io/tail/followed_path.h"
#include "io/tail/turn_buffer.h"

/** Whether nothing has changed since the last turn, told by the descriptor and the folder alone,
 * which costs less than to ask what the path names; of a parked file by the path alone.
 * *ret_told: and whoever changes it will be told of, unless by a map of memory. */
bool followed_path_is_still(const struct followed_path *path, struct follow_context *ctx,
                            bool *ret_told);
/** Looks, and takes one turn with the oldest generation that has something to read.
 * *ret_more: there is more to do at once. Returns 0 or a negative errno. */
int followed_path_turn(struct followed_path *path, struct follow_context *ctx,
                       struct turn_buffer *buffer, uint64_t now_ns, size_t budget, bool *ret_more);
/** At a stop: reads what has no name left to its end, and flushes it. As followed_path_turn(). */
int followed_path_stop(struct followed_path *path, struct follow_context *ctx,
                       struct turn_buffer *buffer, uint64_t now_ns, size_t budget, bool *ret_more);
/** When it wants to be looked at, after a turn. */
uint64_t followed_path_due_ns(const struct followed_path *path, bool poll, uint64_t now_ns);
