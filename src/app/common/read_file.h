#pragma once

/* Small files, read whole. */

#include <gloss/buf.h>
#include <stddef.h>

/** Appends a file's bytes; what is not a regular file is read to its end as well.
 * Returns 0; -EISDIR; -EFBIG: there are more than max_bytes; another negative errno. */
int read_file(const char *path, size_t max_bytes, struct gloss_buf *out);
