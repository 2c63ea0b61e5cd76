#pragma once

/* Bytes of a log made fit to stand inside a string of JSON (RFC 8259). */

#include <stddef.h>

/** Escapes n bytes, as an escape_fn. The quotation mark, the backslash and control characters below
 * U+0020 are escaped as RFC 8259, section 7, has it; each byte that is not part of a well-formed
 * sequence of UTF-8 (RFC 3629) becomes U+FFFD. All else stays as it is.
 *
 * @out  room for ESCAPE_GROWTH * n bytes.
 *
 * Returns how many bytes were written. */
size_t json_escape(char *out, const char *bytes, size_t n);
