#pragma once

/* Patterns of every kind, and texts on which they have a chance. */

#include <gloss/buf.h>
#include <stddef.h>
#include <stdint.h>

/** Of every kind of syntax, in places where it matters; the last one is NULL. */
extern const char *const patterns_of_all_sorts[];

/** Appends a pattern whose groups are nested so deep at most. PCRE2 may not compile it. */
void pattern_at_random(struct gloss_buf *out, unsigned depth, uint32_t *random);

/** Writes n bytes made of pieces of the pattern itself, so that it matches now and then. */
void pattern_text(const char *pattern, char *text, size_t n, uint32_t *random);
