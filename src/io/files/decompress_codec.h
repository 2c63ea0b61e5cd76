#pragma once

/* One way of packing, one member at a time. Each codec is the home of its library, which is loaded
 * when the first such member comes: a run that has nothing to unpack does not pay for it. */

#include "io/files/decompress_io.h"

#include <stddef.h>

/** The head of each codec's own struct. */
struct decompress_codec {
    size_t allowed; /* bytes of memory that one member may take; it may grow while one is inside */
    size_t needed;  /* that it does take, with DECOMPRESS_CODEC_E_MEMORY */
    /** The first bytes of a member come next. Returns 0 or -ENOMEM. */
    int (*begin)(struct decompress_codec *c);
    /** Unpacks as decompress_step() does. Returns 0: more input or room is needed;
     * DECOMPRESS_CODEC_E_ENDED: the member is over, what is behind it was not taken;
     * DECOMPRESS_CODEC_E_MEMORY: it needs more than is allowed, and goes on once that is; -EBADMSG:
     * it is damaged; -ENOMEM; -E2BIG: no member may need so much memory. With an error all that
     * could be unpacked before it has come, and there is no next call. */
    int (*decode)(struct decompress_codec *c, struct decompress_io *io);
    struct decompress_codec *(*free)(struct decompress_codec *c);
};
#define DECOMPRESS_CODEC_E_ENDED 1
#define DECOMPRESS_CODEC_E_MEMORY 2

/** How a codec is made. */
struct decompress_method {
    const char *library; /* its file, as the dynamic linker knows it */
    const char *package; /* that has it, to be named to people */
    /** Returns 0, -ENOMEM, or -ELIBACC. */
    int (*open)(struct decompress_codec **ret_codec);
};

extern const struct decompress_method decompress_gzip, decompress_xz, decompress_zstd,
    decompress_bzip2;

/** A function of a library, and where in a struct its address goes. */
struct decompress_function {
    const char *name;
    size_t offset;
};

/** Loads a library for good and fills in the addresses of its functions. Returns 0 or -ELIBACC. */
int decompress_load(const char *library, const struct decompress_function *functions, size_t n,
                    void *ret_addresses);

/* For a codec's list of functions, EACH_FUNCTION(F): members of a struct, rows of a table. The
 * library's own header declares them, so the compiler checks each call. */
#define DECOMPRESS_MEMBER(name) \
    __typeof__(name) *name; /* NOLINT(bugprone-macro-parentheses): declares it */
#define DECOMPRESS_ROW(name) {#name, offsetof(struct library, name)},
