#pragma once

/* How much room text takes in a terminal, and text cut to the room there is. */

#include <gloss/buf.h>
#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Columns that the text takes when written by display_width_put(). */
size_t display_width_width(struct gloss_span text);

/** Bytes of the character that a text begins with, which is not empty; *ret_columns: what it takes.
 */
size_t display_width_first(struct gloss_span text, size_t *ret_columns);

/** Appends the text so that a terminal may show it: control characters become '?', what is no
 * UTF-8 becomes U+FFFD. Text wider than max columns is cut at its end, or at its begin where
 * keep_end is set, and an ellipsis stands there. Returns the columns written, at most max. */
size_t display_width_put(struct gloss_buf *out, struct gloss_span text, size_t max, bool keep_end);

/** The number with a comma between each three digits. */
void display_width_put_number(struct gloss_buf *out, uint64_t n);
size_t display_width_number_width(uint64_t n);
