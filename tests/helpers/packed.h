#pragma once

/* Bytes as a packer would leave them. */

#include <gloss/buf.h>

enum packer { PACKER_GZIP, PACKER_XZ, PACKER_ZSTD, PACKER_BZIP2, N_PACKERS };

extern const char *const packer_names[N_PACKERS];

/** Appends one packed member that holds the bytes. */
void pack(struct gloss_buf *out, enum packer packer, const char *bytes, size_t n);
