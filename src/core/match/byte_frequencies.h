#pragma once

/* How likely bytes are in a log: a rough model, for choosing between ways to search. It decides
 * about time only, never about what is found. */

#include "core/match/kernel.h"

#include <gloss/span.h>
#include <stddef.h>

/** Which share of the places of a log the tables let through, as far as the model knows. */
double byte_frequencies_tables(const struct kernel_tables *t);

/** Where the `depth` bytes of a literal stand that are least likely in a log; 0 <= result <= len -
 * depth. */
size_t rarity_window(struct gloss_span literal, size_t depth);
