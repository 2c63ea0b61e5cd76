#pragma once

/* What a step of decompression works on, and with how much memory. */

#include <stddef.h>

/** Bytes on their way; each step moves all four on. */
struct decompress_io {
    const char *in; /* packed, not taken yet */
    size_t n_in;
    char *out; /* room */
    size_t n_out;
};

/** Memory that one member may take: for a dictionary of 64 MiB, as `xz -9` makes them, and a
 * little. With the second no member of gzip or bzip2 needs more. */
#define DECOMPRESS_MEMORY_MAX ((size_t)65 << 20)
#define DECOMPRESS_MEMORY_MIN ((size_t)4 << 20)
