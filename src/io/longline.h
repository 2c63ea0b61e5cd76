#pragma once

/* A line over max_line, on its way out in parts. */

#include "io/generation.h"

/** From place.offset to `end`. @owes_newline  the file has none for it. Returns 0 or -ENOMEM. */
int longline_begin(struct desk *d, struct generation *g, uint64_t end, bool owes_newline);
/** Hands on about budget bytes. When the line is out, d->line.of is NULL and the generation stands
 * behind it. Returns 0 or a negative errno; d->paused may be set. */
int longline_turn(struct desk *d, struct follow_buffer *b, size_t budget);
