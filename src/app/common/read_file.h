#pragma once

/* Small files, read whole. */

#include <gloss/buf.h>
#include <stddef.h>

/** Appends all bytes of a file; a pipe or a device is read to its end, too.
 * Returns 0; -EISDIR; -EFBIG: there are more than max_bytes; or another negative errno. */
int read_file(const char *path, size_t max_bytes, struct gloss_buf *out);
