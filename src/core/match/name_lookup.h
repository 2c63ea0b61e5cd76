#pragma once

/* Which name stands at a place of a text: the entries without a pattern, by their bytes. */

#include <gloss/catalog.h>
#include <gloss/span.h>
#include <stddef.h>

struct gloss_longest;

/** Indexes the entries of a set that stand for their name. @set is borrowed and outlives the index.
 * Returns 0 or -ENOMEM. */
int gloss_longest_new(struct gloss_longest **ret_longest, const struct gloss_catalogs *set);
struct gloss_longest *gloss_longest_free(struct gloss_longest *n);
static inline void gloss_longest_freep(struct gloss_longest **n)
{
    *n = gloss_longest_free(*n);
}

/** The longest name that text begins with and that no byte of [A-Za-z0-9_] follows; NULL: none
 * does. */
const struct gloss_entry *gloss_longest_at(const struct gloss_longest *n, struct gloss_span text);
