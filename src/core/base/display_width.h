#pragma once

/* How many columns a text takes on a terminal, and texts cut to the columns there are. */

#include <gloss/buf.h>
#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Columns that a text takes when display_width_put() writes it whole. */
size_t display_width_of(struct gloss_span text);

/** The length in bytes of the first character of a text.
 *
 * @text         not empty.
 * @ret_columns  receives the columns that the character takes: 0, 1 or 2. */
size_t display_width_of_first(struct gloss_span text, size_t *ret_columns);

/** Columns that display_width_put_number() takes. */
size_t display_width_of_number(uint64_t n);

/** Appends a text in a form that a terminal may show: each control character becomes '?', each byte
 * that is not part of well-formed UTF-8 becomes U+FFFD.
 *
 * @max       the columns there are. A wider text loses its end, and an ellipsis takes its place.
 * @keep_end  a wider text loses its start instead, as is best for paths.
 *
 * Returns the columns written, at most max. When memory runs out, out->failed is set. */
size_t display_width_put(struct gloss_buf *out, struct gloss_span text, size_t max, bool keep_end);

/** Appends a whole text in the same form, and blanks until it has taken `width` columns. */
void display_width_put_padded(struct gloss_buf *out, struct gloss_span text, size_t width);

/** Appends a number in decimal digits with a comma between each three. */
void display_width_put_number(struct gloss_buf *out, uint64_t n);
