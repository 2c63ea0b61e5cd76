/* xz by liblzma, one stream at a time: with LZMA_CONCATENATED it would not see what is appended
 * behind an end. Its limit of memory is checked before a block's dictionary is allocated; where it
 * is too low, the call can be repeated with a higher one. */

#include "core/base/util.h"
#include "io/files/decompress_codec.h"

#include <lzma.h>

#define LIBRARY "liblzma.so.5"

#define EACH_FUNCTION(F) \
    F(lzma_code)         \
    F(lzma_end)          \
    F(lzma_memlimit_set) \
    F(lzma_memusage)     \
    F(lzma_stream_decoder)

struct library {
    EACH_FUNCTION(DECOMPRESS_MEMBER)
};

static const struct decompress_function functions[] = {EACH_FUNCTION(DECOMPRESS_ROW)};

struct xz {
    struct decompress_codec base;
    struct library lzma;
    lzma_stream stream;
    size_t limit; /* of memory, as it was set last */
};

static int translate(lzma_ret status)
{
    switch (status) {
    case LZMA_OK:
    case LZMA_BUF_ERROR: /* it got no input */
        return 0;
    case LZMA_STREAM_END:
        return DECOMPRESS_CODEC_E_ENDED;
    case LZMA_MEM_ERROR:
        return -ENOMEM;
    default:
        return -EBADMSG;
    }
}

static int xz_begin(struct decompress_codec *c)
{
    struct xz *x = container_of(c, struct xz, base);

    x->limit = c->allowed;
    return translate(x->lzma.lzma_stream_decoder(&x->stream, x->limit, /* flags= */ 0));
}

static int too_little(struct xz *x)
{
    uint64_t needed = x->lzma.lzma_memusage(&x->stream);

    if (needed > DECOMPRESS_MEMORY_MAX)
        return -E2BIG;
    x->base.needed = (size_t)needed;
    return DECOMPRESS_CODEC_E_MEMORY;
}

static int xz_decode(struct decompress_codec *c, struct decompress_io *io)
{
    struct xz *x = container_of(c, struct xz, base);
    lzma_ret status;

    if (x->limit != c->allowed && x->lzma.lzma_memlimit_set(&x->stream, c->allowed) == LZMA_OK)
        x->limit = c->allowed;
    x->stream.next_in = (const uint8_t *)io->in;
    x->stream.avail_in = io->n_in;
    x->stream.next_out = (uint8_t *)io->out;
    x->stream.avail_out = io->n_out;
    status = x->lzma.lzma_code(&x->stream, LZMA_RUN);
    *io = (struct decompress_io){.in = (const char *)x->stream.next_in,
                                 .n_in = x->stream.avail_in,
                                 .out = (char *)x->stream.next_out,
                                 .n_out = x->stream.avail_out};
    if (status == LZMA_MEMLIMIT_ERROR)
        return too_little(x);
    return translate(status);
}

static struct decompress_codec *xz_free(struct decompress_codec *c)
{
    struct xz *x = container_of(c, struct xz, base);

    x->lzma.lzma_end(&x->stream);
    free(x);
    return NULL;
}

static int xz_open(struct decompress_codec **ret_codec)
{
    struct xz *x = calloc(1, sizeof(*x));
    int r;

    if (!x)
        return -ENOMEM;
    x->base = (struct decompress_codec){.begin = xz_begin, .decode = xz_decode, .free = xz_free};
    x->stream = (lzma_stream)LZMA_STREAM_INIT;
    r = decompress_load(LIBRARY, functions, ARRAY_SIZE(functions), &x->lzma);
    if (r < 0) {
        free(x);
        return r;
    }
    *ret_codec = &x->base;
    return 0;
}

const struct decompress_method decompress_xz = {
    .library = LIBRARY, .package = "liblzma5", .open = xz_open};
