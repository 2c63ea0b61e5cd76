#pragma once

/* Escape sequences that a name may stand directly behind. What is found here is a candidate: the
 * left border in regex.c decides, when it is tried from there. */

#include <stdbool.h>
#include <stddef.h>

/** The most places where a sequence with a given end may begin. */
#define ESCAPE_MAX 4

/** Where an escape sequence may begin that ends directly before text[at].
 *
 * @text       borrowed.
 * @from       the sequence does not begin before text[from]; from <= at.
 * @ret_begin  receives the offsets, that nearest to `at` first.
 *
 * Returns how many offsets there are. */
size_t escape_boundary_begins(const char *text, size_t from, size_t at,
                              size_t ret_begin[ESCAPE_MAX]);
