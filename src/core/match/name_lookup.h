#pragma once

/* Which name stands at a place of a text. Names are the codes of the entries without a pattern. */

#include <gloss/catalog.h>
#include <gloss/span.h>
#include <stddef.h>

struct name_lookup;

/** Indexes the names of a set.
 *
 * @set  borrowed; must live as long as the index.
 *
 * Returns 0 or -ENOMEM. */
int name_lookup_new(struct name_lookup **ret_lookup, const struct gloss_catalogs *set);
struct name_lookup *name_lookup_free(struct name_lookup *n);
static inline void name_lookup_freep(struct name_lookup **n)
{
    *n = name_lookup_free(*n);
}

/** The entry with the longest name that the text begins with and that no byte of [A-Za-z0-9_]
 * follows there. Returns NULL where there is no such name. */
const struct gloss_entry *name_lookup_at(const struct name_lookup *n, struct gloss_span text);
