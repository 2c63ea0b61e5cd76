#pragma once

/* Text of any length through an escape function, into a buffer or a list of spans. */

#include <gloss/buf.h>
#include <gloss/span.h>
#include <gloss/spans.h>
#include <stddef.h>

/** The most bytes that an escape function writes for one byte of its input. */
#define ESCAPE_GROWTH 6

/** Escapes n bytes.
 *
 * @out  room for ESCAPE_GROWTH * n bytes.
 *
 * Returns how many bytes were written. */
typedef size_t (*escape_fn)(char *out, const char *bytes, size_t n);

/** Appends the escaped bytes to a buffer. When memory runs out, out->failed is set. */
void escape_into_buf(struct gloss_buf *out, struct gloss_span bytes, escape_fn escape);

/** Appends the escaped bytes to a list of spans, as a copy. When memory runs out, out->failed is
 * set. */
void escape_into_spans(struct gloss_spans *out, struct gloss_span bytes, escape_fn escape);
