#pragma once

/* How a file is packed, by its first bytes and never by its name. */

#include <stdbool.h>
#include <stddef.h>

enum packing {
    PACKING_NONE,
    /* Unpacked here. */
    PACKING_GZIP,
    PACKING_XZ,
    PACKING_ZSTD,
    PACKING_BZIP2,
    /* Recognised, and not unpacked here. */
    PACKING_TAR,
    PACKING_ZIP,
    PACKING_7Z,
    PACKING_LZ4,
    PACKING_COMPRESS,
    PACKING_LZIP,
    PACKING_LZMA,
    N_PACKINGS
};

/** What bytes that begin like this are.
 * *ret_undecided  more bytes could still make them a packed stream. Of a tar that is not said: see
 * packing_may_be_tar(). */
enum packing packing_of(const char *head, size_t n, bool *ret_undecided);
/** By so many bytes each kind is known. */
#define PACKING_HEAD_BYTES 512

/** Whether fewer than PACKING_HEAD_BYTES may become the head of a tar. The head of a text may, too,
 * as long as its first line has not ended. */
bool packing_may_be_tar(const char *head, size_t n);

static inline bool packing_is_unpacked(enum packing packing)
{
    return packing >= PACKING_GZIP && packing <= PACKING_BZIP2;
}

/** "gzip", "tar". */
const char *packing_name(enum packing packing);
/** The command that writes to standard output what is in FILE: "tar -xOf FILE". */
const char *packing_command(enum packing packing);
