#pragma once

/* The bytes of a file as text. */

#include "io/tail/followed_file.h"

/** It is told, once, what of its text cannot be decoded. */
void followed_file_say_undecoded(struct followed_file *file, const struct follow_context *ctx,
                                 const char *what);
/** Finds out how its text is encoded, as far as that can be known yet.
 *
 * @bytes  what was read at tail.offset. */
void followed_file_find_text(struct followed_file *file, struct follow_context *ctx,
                             struct gloss_span bytes);
/** Hands on whole raw lines. Returns 0 or a negative errno; ctx->is_paused may be set. */
int followed_file_hand_on(struct followed_file *file, struct follow_context *ctx,
                          struct gloss_span raw, bool own_newline);
