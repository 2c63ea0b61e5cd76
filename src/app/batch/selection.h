#pragma once

/* Which entries a person wants to see: by name or glob, by severity. */

#include <gloss/catalog.h>
#include <stdbool.h>

struct selection {
    const char **only; /* the words of --only; the array is owned, the words are borrowed */
    size_t n_only;     /* 0: all codes */
    enum gloss_severity min_severity;
};

/** Adds a word of --only, which is borrowed. Returns 0; or EXIT_TROUBLE after a message. */
int selection_add(struct selection *s, const char *only);
/** Finds the entries of a set that are selected.
 *
 * *ret_selected  by entry id, to be freed by the caller; NULL: all entries.
 *
 * Returns 0; or EXIT_TROUBLE after a message: a word fits no code, or memory ran out. */
int selection_apply(const struct selection *s, const struct gloss_catalogs *set,
                    bool **ret_selected);
void selection_deinit(struct selection *s);
