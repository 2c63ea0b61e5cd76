#pragma once

/* The files that a state remembers, all of them, taken out of it: for those who look at them one by
 * one and do not follow them. */

#include "app/recall.h"
#include "io/follow.h"
#include "io/store.h"

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

/** Which state is asked about, by what the command line says.
 * @config      --config; NULL: the default one where it can be read.
 * @state       --state; NULL: the configuration's, else the default one.
 * @ret_config  NULL where there is none to go by; owned by the caller.
 * @ret_path    owned by the caller.
 * Returns CMD_OK, or CMD_TROUBLE after it has said why. */
int memory_find(const char *config, const char *state, struct config **ret_config, char **ret_path);
/** Opens it. One that is not there is not made.
 * Returns CMD_OK, or CMD_TROUBLE after it has said why, with the pid of who holds it. */
int memory_open(const char *path, bool writes, struct store **ret_store);
