#pragma once

/* How a set of catalogs is filled. */

#include "core/base/arena.h"

#include <gloss/catalog.h>

/** A catalog under construction. Zero-initialised, it is empty. */
struct catalog_draft {
    struct arena arena;          /* owns all strings */
    struct gloss_catalog fields; /* catalogs_add() sets entries, n_entries and index */
    struct gloss_entry *entries; /* owned; catalogs_add() sets catalog and id of each */
    size_t n, size;
};

void catalog_draft_deinit(struct catalog_draft *draft);

/** Adds a draft to a set, which takes over all that the draft owns.
 *
 * @draft  none of its codes is in the set; emptied.
 *
 * Returns 0; or -ENOMEM, set and draft are then as before. */
int catalogs_add(struct gloss_catalogs *set, struct catalog_draft *draft);

/** As gloss_catalogs_read_builtin(), with the mistakes that make it return GLOSS_CATALOG_E_INVALID.
 */
int catalogs_read_builtin(struct gloss_catalogs *set, struct gloss_diags *diags);

/** The catalog of that name, or NULL. */
const struct gloss_catalog *catalogs_by_name(const struct gloss_catalogs *set, const char *name);
