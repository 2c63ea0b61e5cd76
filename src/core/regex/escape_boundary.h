#pragma once

/* Escape sequences that a name may stand directly behind. Only nominations: the left border in
 * regex.c decides, tried from where these say. */

#include <stdbool.h>
#include <stddef.h>

/** An escape sequence never has more beginnings than this for one end. */
#define GLOSS_ESCAPE_MAX 4

/** Where a sequence may begin that ends directly before text[at].
 *
 * @text  borrowed.
 * @from  nothing before text[from] belongs to the sequence; from <= at.
 *
 * Returns how many places were written to ret_begin, nearest to at first. */
size_t escape_boundary_begins(const char *text, size_t from, size_t at,
                              size_t ret_begin[GLOSS_ESCAPE_MAX]);
