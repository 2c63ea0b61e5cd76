#pragma once

/* A line over max_line, on its way out in parts. */

#include "io/tail/followed_file.h"

/** From place.offset to `end`. @owes_newline  the file has none for it. Returns 0 or -ENOMEM. */
int overlong_line_start(struct follow_context *ctx, struct followed_file *file, uint64_t end,
                        bool owes_newline);
/** Hands on about budget bytes. What cannot be read is said, and tried again from line.retry_ns on;
 * after about a minute the line ends where it is, and what is missing of it is said. When the line
 * is out, ctx->line.of is NULL and the generation stands behind it. Returns 0 or a negative errno;
 * ctx->paused may be set. */
int overlong_line_turn(struct follow_context *ctx, struct follow_buffer *buffer, uint64_t now_ns,
                       size_t budget);
