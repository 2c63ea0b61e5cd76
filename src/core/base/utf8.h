#pragma once

/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */

#include <stddef.h>

/** Length of the well-formed sequence that begins at bytes[0], 1 to 4; 0: none does (also where
 * the n bytes end too early for it). n is at least 1. */
size_t utf8_sequence(const char *bytes, size_t n);

/** How many of the last bytes, 0 to 3, are the begin of a sequence that more bytes could make
 * well-formed. */
size_t utf8_unfinished(const char *bytes, size_t n);
