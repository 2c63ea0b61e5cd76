#pragma once

/* The files that a state remembers, all of them, taken out of it: for those who look at them one by
 * one and do not follow them. */

#include "io/state/store.h"
#include "io/tail/follow.h"

struct memory_file {
    char *source;              /* owned, as place.path */
    struct follow_place place; /* of one generation */
};

/** In the order of sources, paths and generations. Zero-initialised is empty. */
struct memory {
    struct memory_file *items; /* owned */
    size_t n, size;
};

/** Returns 0 or a negative errno: memory_deinit() is due either way. */
int memory_load(struct memory *m, struct store *store);
void memory_deinit(struct memory *m);

/** Writes the place back. Returns 0 or a negative errno. */
int memory_put(struct store *store, const struct memory_file *file);
