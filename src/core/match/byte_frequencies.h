#pragma once

/* How likely bytes are in a log: a rough model, by which ways to search are compared. It decides
 * how long a search takes, never what it finds. */

#include "core/match/kernel.h"

#include <gloss/span.h>
#include <stddef.h>

/** The share of the places of a log, 0 to 1, that the model expects Teddy's tables to let through.
 */
double byte_frequencies_share(const struct kernel_tables *tables);

/** The offset in a literal of the `depth` neighbouring bytes that are least likely in a log.
 *
 * @depth  at least 1, at most literal.len.
 *
 * Returns 0 to literal.len - depth. */
size_t byte_frequencies_window(struct gloss_span literal, size_t depth);
