#pragma once

/* A turn with one file: a look, a decision, and one read where that is decided. */

#include "io/tail/followed_file.h"
#include "io/tail/turn_buffer.h"

/** Looks at the file, lets rotation_step() decide, and reads and hands on up to `budget` bytes
 * where it says so.
 *
 * @names    what the file's path names now; st: of the path, where that is this file.
 * @ret_action  what is left for the caller to do: ROTATION_REWIND, ROTATION_NEXT, ROTATION_FINISH,
 *           or ROTATION_IDENTIFY: it was empty when it was opened, and is a compressed file.
 *           Nothing is left to do for ROTATION_BACK_OFF, ROTATION_WAIT, ROTATION_READ.
 *
 * Returns 0; a positive errno with ROTATION_BACK_OFF; or a negative one: from ops.block, or
 * -ENOMEM. */
int followed_file_turn(struct followed_file *file, struct follow_context *ctx,
                       struct turn_buffer *buffer, enum path_names names, const struct stat *st,
                       size_t budget, enum rotation_action *ret_action);

/** Hands on the half line, with a newline that is not in the file.
 *
 * An overlong one starts to go out, as ctx->line, unless its file was cut off: then what was kept
 * of it is handed on. Returns 0; 1: it has to be read again, and the file is not decompressed that
 * far yet, so this is to be called again; or a negative errno. */
int followed_file_flush(struct followed_file *file, struct follow_context *ctx, bool cut_off);
