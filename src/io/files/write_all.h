#pragma once

/* Writes that return when all bytes are with the kernel. What the kernel takes in pieces goes out
 * in pieces; a signal does not end a write; on a descriptor that is non-blocking they wait. */

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/** Returns 0 or a negative errno; how many bytes were written before a failure is not told. */
int write_all_bytes(int fd, const char *bytes, size_t n);
/** The same from `offset` of a file on; the descriptor's own place stays where it is. */
int write_all_at(int fd, const char *bytes, size_t n, uint64_t offset);
/** The same for a list of up to WRITE_ALL_VECTORS_MAX pieces. The list is used up. */
int write_all_vectors(int fd, struct iovec *pieces, size_t n);
#define WRITE_ALL_VECTORS_MAX 1024 /* the kernel's limit, UIO_MAXIOV */
