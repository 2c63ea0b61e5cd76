#pragma once

/* Where a byte of a scalar's text stands in its source. */

#include "core/catalog/yaml_node.h"

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>

/** How many bytes of the source stand for the first `at` bytes of a scalar's text.
 *
 * @source  what follows the opening quote, or the whole scalar where it has none; it may reach past
 *          the scalar's end.
 *
 * Returns false where the scalar is a block, or a folded line or a \u escape before that byte makes
 * the length hard to tell; *ret is then of no use. */
bool yaml_source_length(struct gloss_span source, enum yaml_style style, size_t at, size_t *ret);
