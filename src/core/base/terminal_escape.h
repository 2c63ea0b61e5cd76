#pragma once

/* Bytes of a log made fit for a terminal, which must show them and not obey them. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>

/** Escapes n bytes, as an escape_fn. Control characters other than tab become ^X (ESC is ^[, DEL is
 * ^?); the control characters U+0080 to U+009F, and each byte that is not part of a well-formed
 * sequence of UTF-8, become U+FFFD. All else stays as it is.
 *
 * @out  room for ESCAPE_GROWTH * n bytes.
 *
 * Returns how many bytes were written. */
size_t terminal_escape(char *out, const char *bytes, size_t n);

/** Whether terminal_escape() would change any of the bytes. */
bool terminal_escape_changes(struct gloss_span bytes);
