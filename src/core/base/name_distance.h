#pragma once

/* How far two names are apart, and which known name somebody meant who mistyped it. */

#include <gloss/span.h>
#include <stddef.h>

/** The longest name that a distance is computed for, in bytes. */
#define NAME_DISTANCE_MAX 255

/** The Levenshtein distance of two names: how many bytes have to be put in, left out or replaced to
 * make one of the other. Case counts.
 *
 * @limit  the largest distance that is of interest; a smaller limit takes less time.
 *
 * Returns the distance; limit + 1 where it is larger than limit, and where a name is longer than
 * NAME_DISTANCE_MAX. */
unsigned name_distance(struct gloss_span a, struct gloss_span b, unsigned limit);

/** The name with its capitals of ASCII made small.
 *
 * @place  receives the result; room for name.len bytes. */
struct gloss_span name_lower(struct gloss_span name, char *place);

/** The word that somebody meant who typed another: the nearest of the table, at most 2 edits away
 * and fewer than half of its letters; case does not count. Of equally near words the first is
 * taken. Returns NULL where none is that near. */
const char *name_guess(const char *const *words, size_t n_words, struct gloss_span typed);
