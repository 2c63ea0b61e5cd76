#pragma once

/* A turn with one file. */

#include "io/tail/followed_file.h"
#include "io/tail/turn_buffer.h"

/** Looks, lets rotation_step() decide, reads one turn if it says so.
 *
 * @path     what its lineage's path names now; st: of the path, where that is this file.
 * @ret_action  what is left to do for the caller: ROTATION_REWIND, ROTATION_NEXT, ROTATION_FINISH;
 *           ROTATION_IDENTIFY: it was let in while it was empty, and is a packed file; or
 * ROTATION_BACK_OFF, ROTATION_WAIT, ROTATION_READ, of which nothing is left to do. Returns 0, a
 * positive errno with ROTATION_BACK_OFF, or a negative one from ops.block or of memory. */
int followed_file_turn(struct followed_file *file, struct follow_context *ctx,
                       struct turn_buffer *buffer, enum path_names path, const struct stat *st,
                       uint64_t now_ns, size_t budget, enum rotation_action *ret_action);

/** Hands the half line on with a newline of ours. An overlong one begins to go out, as
 * desk.line; one whose file was cut off, as far as it is kept. Returns 0 or a negative errno. */
int followed_file_flush(struct followed_file *file, struct follow_context *ctx, bool cut_off);
