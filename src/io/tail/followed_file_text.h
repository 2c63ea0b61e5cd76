#pragma once

/* The bytes of a file as text: which encoding they are in, and how whole lines of them are handed
 * on. */

#include "io/tail/followed_file.h"

/** Tells, once for each file, why its text cannot be decoded. */
void followed_file_say_undecodable(struct followed_file *file, const struct follow_context *ctx,
                                   const char *why);
/** Finds out which encoding the file has, unless that is known, or it has too few bytes yet.
 *
 * @bytes  those at rotation.offset. */
void followed_file_find_text(struct followed_file *file, struct follow_context *ctx,
                             struct gloss_span bytes);
/** Hands on whole lines, from position.offset on.
 *
 * @raw  their bytes as they are in the file.
 * @add_newline  the last line has none in the file.
 * Returns 0 or a negative errno; ctx->is_paused may be set. */
int followed_file_hand_on(struct followed_file *file, struct follow_context *ctx,
                          struct gloss_span raw, bool add_newline);
