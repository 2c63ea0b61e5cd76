#pragma once

/* A turn with a path and its files. */

#include "io/tail/followed_path.h"
#include "io/tail/turn_buffer.h"

/** Whether nothing has changed since the last turn, told by the descriptor and the folder alone,
 * which costs less than to look the path up; where the descriptor is suspended, by the path alone.
 *
 * *ret_watched: and whatever changes the file will wake the follow, unless it is written by a map
 * of memory. */
bool followed_path_is_still(const struct followed_path *path, struct follow_context *ctx,
                            bool *ret_watched);
/** Looks at the path, and takes one turn with its oldest file that has something to read.
 * *ret_more: there is more to do at once. Returns 0 or a negative errno. */
int followed_path_turn(struct followed_path *path, struct follow_context *ctx,
                       struct turn_buffer *buffer, size_t budget, bool *ret_more);
/** At a stop: reads each deleted file to its end, and hands on its half line. Returns as
 * followed_path_turn(). */
int followed_path_stop(struct followed_path *path, struct follow_context *ctx,
                       struct turn_buffer *buffer, size_t budget, bool *ret_more);
/** When the path wants to be looked at, after a turn. @poll  nothing is watched. */
uint64_t followed_path_due_ns(const struct followed_path *path, bool poll, uint64_t now_ns);
