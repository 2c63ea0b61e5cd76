#pragma once

/* Writes that return when the kernel has taken all bytes. A signal does not end them, and on a
 * descriptor that is non-blocking they wait. */

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/** Returns 0; or a negative errno, after any number of the bytes was written. */
int write_all_bytes(int fd, const char *bytes, size_t n);
/** The same at an offset of a file. The descriptor's own offset stays as it is. */
int write_all_at(int fd, const char *bytes, size_t n, uint64_t offset);
/** The same for up to WRITE_ALL_VECTORS_MAX pieces; the list of pieces is changed. */
int write_all_vectors(int fd, struct iovec *pieces, size_t n);
#define WRITE_ALL_VECTORS_MAX 1024 /* the kernel's limit, UIO_MAXIOV */
