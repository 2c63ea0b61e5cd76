#pragma once

/* Fingerprints of a few bytes of a file, by which the file is known again. */

#include "io/files/position.h"

#include <stddef.h>

/** @n  at most FINGERPRINT_BYTES. */
struct fingerprint fingerprint_of(const char *bytes, size_t n);
bool fingerprint_equal(struct fingerprint a, struct fingerprint b);
/** Whether it is of no bytes, or of NULs alone, as in a hole: then no file is known by it. */
bool fingerprint_is_blank(struct fingerprint print);

/** The fingerprint of the bytes before `offset`, up to FINGERPRINT_BYTES of them. Returns 0; 1: the
 * file is shorter; a negative errno. */
int fingerprint_before(int fd, uint64_t offset, struct fingerprint *ret_print);

/** Whether the file still holds the bytes that the position remembers: the first ones, and those
 * before its offset. Returns 1, 0, or a negative errno. */
int fingerprint_fits(int fd, const struct file_position *position);
