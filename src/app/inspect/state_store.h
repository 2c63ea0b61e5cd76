#pragma once

/* Finds and opens the state that a command works on. */

#include "io/state/store.h"

#include <stdbool.h>

struct config;

/** Finds the path of the state by the options of the command.
 * @config      --config; NULL: the default one, when it can be read.
 * @state       --state; NULL: the configuration's, else the default one.
 * @ret_config  NULL: there is no configuration; owned by the caller.
 * @ret_path    owned by the caller.
 * Returns EXIT_OK, or EXIT_TROUBLE after it has said why. */
int state_store_find(const char *config, const char *state, struct config **ret_config,
                     char **ret_path);
/** Opens a state; a missing one is not created.
 * @writes  whether the command changes the state.
 * Returns EXIT_OK, or EXIT_TROUBLE after it has said why: when another process holds the state,
 * with the pid of that process. */
int state_store_open(const char *path, bool writes, struct store **ret_store);
