#pragma once

/* Fingerprints of a few bytes of a file, by which it is known again. */

#include "io/files/position.h"

#include <stddef.h>

/** @n  at most FINGERPRINT_BYTES. */
struct fingerprint fingerprint_of(const char *bytes, size_t n);
bool fingerprint_equal(struct fingerprint a, struct fingerprint b);
/** Of nothing, or of NULs alone, as in a hole: it tells nothing. */
bool fingerprint_is_blank(struct fingerprint print);

/** Of the up to FINGERPRINT_BYTES bytes before offset. Returns 0; 1: the file is shorter; a
 * negative errno. */
int fingerprint_before(int fd, uint64_t offset, struct fingerprint *ret_print);

/** Whether the file holds, at its head and before its offset, what the place remembers. Returns 1,
 * 0 or a negative errno. */
int fingerprint_fits(int fd, const struct file_position *position);
