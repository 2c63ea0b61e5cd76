#pragma once

/* Small files, read whole. */

#include <gloss/buf.h>
#include <stddef.h>

/** Appends all bytes of a file, and never waits for anybody to open it. A path below /dev/fd, or
 * /dev/stdin, may also be a pipe or a terminal, which is read to its end.
 * Returns 0; -EISDIR; -ENXIO: it is a FIFO, a socket or a device; -EFBIG: there are more than
 * max_bytes; -EINTR: a signal came while a pipe was read; or another negative errno. */
int read_file(const char *path, size_t max_bytes, struct gloss_buf *out);
