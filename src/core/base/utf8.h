#pragma once

/* UTF-8 as RFC 3629 has it: without overlong forms, surrogates, and anything above U+10FFFF. */

#include <stddef.h>

/** The length of the well-formed sequence that begins at bytes[0], 1 to 4. Returns 0 where none
 * does, or where the n bytes end before it does.
 *
 * @n  at least 1. */
size_t utf8_sequence(const char *bytes, size_t n);

/** How many bytes at the end, 0 to 3, are the start of a sequence that further bytes could
 * complete. */
size_t utf8_unfinished(const char *bytes, size_t n);
