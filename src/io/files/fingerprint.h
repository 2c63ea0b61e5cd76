#pragma once

/* Fingerprints of a few bytes of a file, by which it is known again. */

#include "io/files/position.h"

#include <stddef.h>

/** @n  at most FOLLOW_PRINT_BYTES. */
struct follow_print print_of(const char *bytes, size_t n);
bool print_equal(struct follow_print a, struct follow_print b);
/** Of nothing, or of NULs alone, as in a hole: it tells nothing. */
bool print_is_blank(struct follow_print print);

/** Of the up to FOLLOW_PRINT_BYTES bytes before offset. Returns 0; 1: the file is shorter; a
 * negative errno. */
int print_before(int fd, uint64_t offset, struct follow_print *ret_print);

/** Whether the file holds, at its head and before its offset, what the place remembers. Returns 1,
 * 0 or a negative errno. */
int print_fits(int fd, const struct follow_place *place);
