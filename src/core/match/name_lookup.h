#pragma once

/* Which name stands at a place of a text: the entries without a pattern, by their bytes. */

#include <gloss/catalog.h>
#include <gloss/span.h>
#include <stddef.h>

struct name_lookup;

/** Indexes the entries of a set that stand for their name. @set is borrowed and outlives the index.
 * Returns 0 or -ENOMEM. */
int name_lookup_new(struct name_lookup **ret_longest, const struct gloss_catalogs *set);
struct name_lookup *name_lookup_free(struct name_lookup *n);
static inline void name_lookup_freep(struct name_lookup **n)
{
    *n = name_lookup_free(*n);
}

/** The longest name that text begins with and that no byte of [A-Za-z0-9_] follows; NULL: none
 * does. */
const struct gloss_entry *name_lookup_at(const struct name_lookup *n, struct gloss_span text);
