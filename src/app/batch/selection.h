#pragma once

/* Which entries a person wants to see: by name or glob, by severity. */

#include <gloss/catalog.h>
#include <stdbool.h>

struct selection {
    const char **only; /* CODE or GLOB as given; the array is owned, the words are not */
    size_t n_only;     /* 0: any code */
    enum gloss_severity min_severity;
};

/** Returns 0, or EXIT_TROUBLE after it has said why. */
int selection_add(struct selection *s, const char *only);
/** Applies it to a set.
 *
 * *ret_selected  by entry id, to be freed; NULL: all of them.
 *
 * Returns 0, or EXIT_TROUBLE after it has said why: a word that fits no code. */
int selection_apply(const struct selection *s, const struct gloss_catalogs *set,
                    bool **ret_selected);
void selection_deinit(struct selection *s);
