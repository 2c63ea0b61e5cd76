#pragma once

/* Packed bytes in, plain bytes out: what a compressed source reads through. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** Where packed bytes come from. *ret_bytes is good until the next call. Returns how many there
 * are, 0 at the end, or a negative errno. */
typedef ssize_t (*decompress_pull_fn)(void *ctx, const char **ret_bytes);

struct decompressor {
    /** Returns how many bytes were written to place, 0 at the end, or a negative errno: -EBADMSG
     * when the packed bytes are damaged or cut off, -ELIBACC when the library that unpacks them is
     * not installed, and then problem says more. What could be unpacked before has come by
     * then, but for 128 KiB at most of an DECOMPRESS_ARCHIVE. */
    ssize_t (*read)(struct decompressor *u, char *place, size_t size);
    void (*free)(struct decompressor *u);
    const char *problem; /* lives as long as the unpacker */
};

enum decompress_kind { DECOMPRESS_NONE, DECOMPRESS_GZIP, DECOMPRESS_ARCHIVE };

/** What kind of packed stream begins with these bytes.
 * *ret_undecided: more bytes could still make it a packed one. */
enum decompress_kind decompress_guess(const char *head, size_t n, bool *ret_undecided);

/** What packs like this and is not unpacked here ("zip"), or NULL. */
const char *decompress_foreign(const char *head, size_t n);

/** Returns 0, -ENOMEM, or -EBADMSG: the stream does not even begin well. */
int decompress_new(struct decompressor **ret_unpacker, enum decompress_kind kind,
                   decompress_pull_fn pull, void *ctx);

/** The two makers behind decompress_new(). */
int decompress_gzip_new(struct decompressor **ret_unpacker, decompress_pull_fn pull, void *ctx);
int decompress_archive_new(struct decompressor **ret_unpacker, decompress_pull_fn pull, void *ctx);
