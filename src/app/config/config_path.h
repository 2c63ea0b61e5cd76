#pragma once

/* What stands for a place: paths, patterns of them, addresses. By their text alone. */

#include "app/config/config_reading.h"

#include <gloss/span.h>
#include <stdbool.h>

/** Whether a text that is not empty is an absolute path that can be compared; says why not. */
bool config_is_path(const struct config_reading *r, const struct yaml_node *n, const char *key);

/** A copy of an absolute path without "//", "/./" and a '/' at the end, but for "/" itself.
 * NULL: memory ran out, r->no_memory is set. */
const char *config_plain_path(struct config_reading *r, struct gloss_span s);

/** Whether each "**" stands alone between two '/'; says where not. */
bool config_is_pattern(const struct config_reading *r, const struct yaml_node *n, const char *key);

/** "127.0.0.1:9469" or "[::1]:9469": an address in numbers and a port from 1 to 65535. */
bool config_is_address(struct gloss_span s);
