/* xz by liblzma, one stream at a time: with LZMA_CONCATENATED it would not see what is appended
 * behind an end. Its limit of memory is checked before the dictionary is allocated. */

#include "core/base/util.h"
#include "io/files/decompress_codec.h"

#include <lzma.h>

#define LIBRARY "liblzma.so.5"

#define EACH_FUNCTION(F) \
    F(lzma_code)         \
    F(lzma_end)          \
    F(lzma_stream_decoder)

struct library {
    EACH_FUNCTION(DECOMPRESS_MEMBER)
};

static const struct decompress_function functions[] = {EACH_FUNCTION(DECOMPRESS_ROW)};

struct xz {
    struct decompress_codec base;
    struct library lzma;
    lzma_stream stream;
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
    case LZMA_MEMLIMIT_ERROR:
        return -E2BIG;
    default:
        return -EBADMSG;
    }
}

static int xz_begin(struct decompress_codec *c)
{
    struct xz *x = container_of(c, struct xz, base);

    return translate(
        x->lzma.lzma_stream_decoder(&x->stream, DECOMPRESS_MEMORY_MAX, /* flags= */ 0));
}

static int xz_decode(struct decompress_codec *c, struct decompress_io *io)
{
    struct xz *x = container_of(c, struct xz, base);
    lzma_ret status;

    x->stream.next_in = (const uint8_t *)io->in;
    x->stream.avail_in = io->n_in;
    x->stream.next_out = (uint8_t *)io->out;
    x->stream.avail_out = io->n_out;
    status = x->lzma.lzma_code(&x->stream, LZMA_RUN);
    *io = (struct decompress_io){.in = (const char *)x->stream.next_in,
                                 .n_in = x->stream.avail_in,
                                 .out = (char *)x->stream.next_out,
                                 .n_out = x->stream.avail_out};
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
