#pragma once

/* A line over max_line, on its way out in parts. A source has one at most, ctx->line; while it is
 * there nothing else of the source is read. */

#include "io/tail/followed_file.h"
#include "io/tail/turn_buffer.h"

/** Lets the line from file->position.offset to `end` go out. Its first bytes are taken from
 * file->half, as far as they are kept.
 * @end  OVERLONG_LINE_TO_NEWLINE: it has a newline, which was not searched for yet.
 * @owes_newline  the file has none for it. Returns 0 or -ENOMEM. */
int overlong_line_start(struct follow_context *ctx, struct followed_file *file, uint64_t end,
                        bool owes_newline);
#define OVERLONG_LINE_TO_NEWLINE UINT64_MAX
/** Hands on about `budget` bytes. A read that fails is told, and tried again from
 * overlong_line_retry_ns() on; after about a minute the line ends where it is, and it is told which
 * bytes are missing. When the line is out, ctx->line is NULL and the file's position is behind it.
 * Returns 0 or a negative errno; ctx->is_paused may be set. */
int overlong_line_turn(struct follow_context *ctx, struct turn_buffer *buffer, size_t budget);
/** Frees the line, if there is one: the follow ends. */
void overlong_line_drop(struct follow_context *ctx);

/** Whether there is one, and it is this file's. */
bool overlong_line_is_of(const struct follow_context *ctx, const struct followed_file *file);
/** No turn before that time; 0: at once. Only where there is a line. */
uint64_t overlong_line_retry_ns(const struct follow_context *ctx);
