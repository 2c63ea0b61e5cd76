#pragma once

/* Whose text a compressed file holds: candidates for it among the files that were read. What
 * follows from a try is decided by match_fsm. */

#include "io/tail/followed_path.h"

/** Whether the compressed file `name` may hold a file that is read now, of this path or of one of
 * which this path is a rotated name. @silent  nobody has written to it for rotate_wait. */
bool compressed_match_is_read(const struct followed_path *path, const struct follow_context *ctx,
                              const char *name, bool silent,
                              struct decompressed_file *decompressed);
/** Lets a compressed file of which nothing was read start where the candidate of the smallest
 * offset ended. Where there is no candidate, its position stays 0. */
void compressed_match_start(const struct followed_path *path, const struct follow_context *ctx,
                            struct followed_file *file);
/** The position was wrong, and rotation_step() has gone to 0: the next candidate's, or 0 indeed. */
void compressed_match_next(const struct followed_path *path, const struct follow_context *ctx,
                           struct followed_file *file);
