#pragma once

/* The state that a command is asked about: which one it is, and opened. */

#include "io/state/store.h"

#include <stdbool.h>

struct config;

/** Which state is asked about, by what the command line says.
 * @config      --config; NULL: the default one where it can be read.
 * @state       --state; NULL: the configuration's, else the default one.
 * @ret_config  NULL where there is none to go by; owned by the caller.
 * @ret_path    owned by the caller.
 * Returns EXIT_OK, or EXIT_TROUBLE after it has said why. */
int state_store_find(const char *config, const char *state, struct config **ret_config,
                     char **ret_path);
/** Opens it. One that is not there is not made.
 * Returns EXIT_OK, or EXIT_TROUBLE after it has said why, with the pid of who holds it. */
int state_store_open(const char *path, bool writes, struct store **ret_store);
