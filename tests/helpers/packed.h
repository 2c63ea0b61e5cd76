#pragma once

/* Bytes as a packer would leave them, and what its own program makes of them. */

#include <gloss/buf.h>
#include <stdbool.h>
#include <stdint.h>

enum packer { PACKER_GZIP, PACKER_XZ, PACKER_ZSTD, PACKER_BZIP2, N_PACKERS };

extern const char *const packer_names[N_PACKERS];

/** Appends one packed member that holds the bytes. */
void pack(struct gloss_buf *out, enum packer packer, const char *bytes, size_t n);

/** Appends what the packer's program unpacks of the bytes, however far it comes. Returns false:
 * there is no such program. */
bool unpack_by_its_own(struct gloss_buf *out, enum packer packer, const char *bytes, size_t n);
/** Appends what zlib unpacks of a gzip file, however far it comes. */
void unpack_by_zlib(struct gloss_buf *out, const char *bytes, size_t n);

/** Makes the head of an xz stream ask for a dictionary of so many bytes: 2^k, or 2^k + 2^(k - 1).
 */
void claim_xz_dictionary(struct gloss_buf *packed, uint64_t dictionary);
/** Appends a frame of zstd whose head asks for a window of 2^window_log bytes. */
void pack_zstd_window(struct gloss_buf *out, int window_log, const char *bytes, size_t n);
