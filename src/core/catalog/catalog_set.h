#pragma once

/* The inside of a set of catalogs, for those who fill it. */

#include "core/base/arena.h"

#include <gloss/catalog.h>

/** A catalog under construction. Zero-initialised is empty. */
struct catalog_draft {
    struct arena arena;          /* holds every string */
    struct gloss_catalog fields; /* entries, n_entries and index come with catalogs_add() */
    struct gloss_entry *entries; /* owned; catalog and id come with catalogs_add() */
    size_t n, size;
};

void catalog_draft_deinit(struct catalog_draft *draft);

/** Takes the draft over as the set's last catalog; no code of it is in the set yet. Empties draft.
 * Returns 0; -ENOMEM: set and draft are as before. */
int catalogs_add(struct gloss_catalogs *set, struct catalog_draft *draft);

/** As gloss_catalogs_read_builtin(), and says why not. */
int catalogs_read_builtin(struct gloss_catalogs *set, struct gloss_diags *diags);

/** The catalog of that name, or NULL. */
const struct gloss_catalog *catalogs_by_name(const struct gloss_catalogs *set, const char *name);
