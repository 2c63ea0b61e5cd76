#pragma once

/* The files that a state remembers, all of them, taken out of it: for those who look at them one by
 * one and do not follow them. */

#include "io/state/store.h"
#include "io/tail/follow.h"

struct state_file {
    char *source;                  /* owned, as place.path */
    struct file_position position; /* of one generation */
};

/** In the order of sources, paths and generations. Zero-initialised is empty. */
struct state_files {
    struct state_file *items; /* owned */
    size_t n, size;
};

/** Returns 0 or a negative errno: state_files_deinit() is due either way. */
int state_files_load(struct state_files *m, struct store *store);
void state_files_deinit(struct state_files *m);

/** Writes the place back. Returns 0 or a negative errno. */
int state_files_put(struct store *store, const struct state_file *file);
