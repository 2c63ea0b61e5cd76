#pragma once

/* Paths, patterns of paths, and addresses, checked by their text alone. */

#include "app/config/config_reading.h"

#include <gloss/span.h>
#include <stdbool.h>

/** Whether a text is an absolute path that can be compared; reports it when it is not. The text is
 * not empty. @key  for the message. */
bool config_is_path(const struct config_reading *r, const struct yaml_node *n, const char *key);

/** A copy of an absolute path without "//", "/./" and a '/' at the end; "/" stays as it is. The
 * copy lives in the arena of r. NULL: memory ran out, and r->no_memory is set. */
const char *config_plain_path(struct config_reading *r, struct gloss_span s);

/** Whether each "**" stands alone between two '/'; reports the first that does not. */
bool config_is_pattern(const struct config_reading *r, const struct yaml_node *n, const char *key);

/** Whether a text is an address in numbers and a port from 1 to 65535, such as "127.0.0.1:9469" or
 * "[::1]:9469". */
bool config_is_address(struct gloss_span s);
