#pragma once

/* From the words of --catalog to catalogs: files, folders, names of shipped ones. */

#include "app/common/common_options.h"

#include <gloss/catalog.h>
#include <gloss/diag.h>

/** Reads what one word stands for and adds it to the set.
 *
 * @place  a shipped catalog's name, a file, or a folder, of which each *.yaml is read in the order
 *         of names. A shipped one wins over a file of the same name without a '/'.
 * @diags  receives whatever is wrong, "does not exist" and its like too.
 *
 * Returns 0, though there may be errors in diags; or -ENOMEM. */
int catalog_loader_read_place(struct gloss_catalogs *set, const char *place,
                              struct gloss_diags *diags);

/** Whether a word can only be such a place: it is spelled like a path, or there is one. */
bool catalog_loader_is_place(const char *word);

/** Writes all of it to standard error. */
void catalog_loader_say(const struct gloss_diags *diags);

/** Reads the catalogs that the command line asks for, or the one built in; says what is wrong.
 * Returns EXIT_OK and *ret_set, which the caller frees; or EXIT_TROUBLE. */
int catalog_loader_load(struct gloss_catalogs **ret_set, const struct common_options *common);

/** Calls fn with the name of each shipped catalog, the built-in one first, the others by name.
 * Returns 0, what fn returned when that is not 0, or -ENOMEM. */
int catalog_loader_each_shipped(int (*fn)(void *ctx, const char *name), void *ctx);
