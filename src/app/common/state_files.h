#pragma once

/* All files that a state remembers, as a list: for commands, which look at the files but do not
 * follow them. */

#include "io/state/store.h"
#include "io/tail/follow.h"

struct state_file {
    char *source;                  /* owned */
    struct file_position position; /* its path is owned */
};

/** In the order of sources, paths and serials. Zero-initialised is empty. */
struct state_files {
    struct state_file *items; /* owned */
    size_t n, size;
};

/** Reads the list. Returns 0 or a negative errno; state_files_deinit() is due either way. */
int state_files_load(struct state_files *files, struct store *store);
void state_files_deinit(struct state_files *files);

/** Writes one file back to the state. Returns 0 or a negative errno. */
int state_files_put(struct store *store, const struct state_file *file);
