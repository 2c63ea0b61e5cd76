#pragma once

/* Packed bytes in, plain bytes out: what a compressed source reads through. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** Where packed bytes come from. *ret_bytes is good until the next call. Returns how many there
 * are, 0 at the end, or a negative errno. */
typedef ssize_t (*unpack_pull_fn)(void *ctx, const char **ret_bytes);

struct unpacker {
    /** Returns how many bytes were written to place, 0 at the end, or a negative errno: -EBADMSG
     * when the packed bytes are damaged or cut off, -ELIBACC when the library that unpacks them is
     * not installed, and then problem says more. What could be unpacked before has come by
     * then, but for 128 KiB at most of an UNPACK_ARCHIVE. */
    ssize_t (*read)(struct unpacker *u, char *place, size_t size);
    void (*free)(struct unpacker *u);
    const char *problem; /* lives as long as the unpacker */
};

enum unpack_kind { UNPACK_NONE, UNPACK_GZIP, UNPACK_ARCHIVE };

/** What kind of packed stream begins with these bytes.
 * *ret_undecided: more bytes could still make it a packed one. */
enum unpack_kind unpack_guess(const char *head, size_t n, bool *ret_undecided);

/** What packs like this and is not unpacked here ("zip"), or NULL. */
const char *unpack_foreign(const char *head, size_t n);

/** Returns 0, -ENOMEM, or -EBADMSG: the stream does not even begin well. */
int unpack_new(struct unpacker **ret_unpacker, enum unpack_kind kind, unpack_pull_fn pull,
               void *ctx);

/** The two makers behind unpack_new(). */
int unpack_gzip_new(struct unpacker **ret_unpacker, unpack_pull_fn pull, void *ctx);
int unpack_archive_new(struct unpacker **ret_unpacker, unpack_pull_fn pull, void *ctx);
