#pragma once

/* Where a byte of a scalar's text stands in its source. */

#include "core/catalog/yaml.h"

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>

/** How many bytes of source, behind the opening quote, stand for the first `at` bytes of a scalar's
 * text. Returns false where folding or \u make that hard to say; *ret counts only with true. */
bool yaml_source_length(struct gloss_span source, enum yaml_style style, size_t at, size_t *ret);
