#pragma once

/* Whether the keys of a mapping are those that its reader knows. */

#include "core/catalog/yaml.h"

#include <stddef.h>

/** Reports each key of a mapping that is not among `keys`, with the most similar one that is, and
 * each key of the table that is given a second time, with the place of the first.
 *
 * @keys  the n_keys names that the reader knows; at most 32. */
void yaml_check_keys(const struct yaml *y, const struct yaml_node *mapping, const char *const *keys,
                     size_t n_keys);
