#pragma once

/* Loads the catalogs that a command line or a configuration names. */

#include "app/common/common_options.h"

#include <gloss/catalog.h>
#include <gloss/diag.h>

/** Reads the catalogs at a location and adds them to the set.
 *
 * @location  the name of a shipped catalog; a file; or a folder, whose *.yaml are read in the order
 * of their names. Where a word without a '/' could be both, it is the shipped catalog.
 * @diags     gets each mistake, also that there is no such file.
 *
 * Returns 0, though there may be errors in diags; or -ENOMEM. */
int catalog_loader_read(struct gloss_catalogs *set, const char *location,
                        struct gloss_diags *diags);

/** Whether a word is a location: it looks like a path, or there is a file or shipped catalog of
 * that name. */
bool catalog_loader_is_location(const char *word);

/** Reads the catalogs that the command line names, or the built-in catalog where it names none.
 * Returns EXIT_OK and a set that the caller frees; or EXIT_TROUBLE after messages. */
int catalog_loader_load(struct gloss_catalogs **ret_set, const struct common_options *common);

/** Calls fn with the name of each shipped catalog: the built-in one, then the others in the order
 * of their names. A result of fn other than 0 ends the calls and is returned.
 * Else returns 0 or -ENOMEM. */
int catalog_loader_each_shipped(int (*fn)(void *ctx, const char *name), void *ctx);
