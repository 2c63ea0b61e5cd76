#pragma once

/* Bytes of a log made fit to stand inside a quoted string, or on a terminal. */

#include <gloss/span.h>
#include <gloss/spans.h>
#include <stdbool.h>
#include <stddef.h>

/** The most that one byte becomes. */
#define ESCAPE_GROWTH 6

/** The inside of a JSON string (RFC 8259) for any bytes: each that is not part of a well-formed
 * UTF-8 sequence becomes U+FFFD. Writes at most ESCAPE_GROWTH * n bytes to out, returns how many.
 */
size_t escape_json(char *out, const char *bytes, size_t n);

/** Hands out the next piece of *rest that ends between two sequences and takes at most a few
 * KiB, so that room for the worst case stays small. False: nothing is left. */
bool escape_piece(struct gloss_span *rest, struct gloss_span *ret_piece);

/** escape_json() of any length, added to a list of spans. */
void escape_json_spans(struct gloss_spans *out, struct gloss_span bytes);

/** Adds the bytes as a terminal may show them: control characters but tab become ^X, DEL ^?, and
 * the C1 controls of UTF-8 (U+0080 to U+009F) and bytes that are no UTF-8 become U+FFFD. Runs
 * that need no change are added as they are, uncopied. */
void escape_visible_spans(struct gloss_spans *out, struct gloss_span bytes);
