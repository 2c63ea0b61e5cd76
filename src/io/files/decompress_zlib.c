/* gzip by zlib, on machines that ISA-L is not made for. The build takes one of the two. */

#include "core/base/util.h"
#include "io/files/decompress_codec.h"

#include <zlib.h>

#define LIBRARY "libz.so.1"

#define EACH_FUNCTION(F) \
    F(inflate)           \
    F(inflateEnd)        \
    F(inflateInit2_)     \
    F(inflateReset)

struct library {
    EACH_FUNCTION(DECOMPRESS_MEMBER)
};

static const struct decompress_function functions[] = {EACH_FUNCTION(DECOMPRESS_ROW)};

struct gzip {
    struct decompress_codec base;
    struct library zlib;
    z_stream z;
};

static int gzip_begin(struct decompress_codec *c)
{
    struct gzip *g = container_of(c, struct gzip, base);

    g->zlib.inflateReset(&g->z);
    return 0;
}

static int gzip_decode(struct decompress_codec *c, struct decompress_io *io)
{
    struct gzip *g = container_of(c, struct gzip, base);
    uInt n_in = (uInt)MIN(io->n_in, (size_t)1 << 30), n_out = (uInt)MIN(io->n_out, (size_t)1 << 30);
    int status;

    g->z.next_in = (Bytef *)(uintptr_t)io->in;
    g->z.avail_in = n_in;
    g->z.next_out = (Bytef *)io->out;
    g->z.avail_out = n_out;
    status = g->zlib.inflate(&g->z, Z_NO_FLUSH);
    io->in += n_in - g->z.avail_in;
    io->n_in -= n_in - g->z.avail_in;
    io->out += n_out - g->z.avail_out;
    io->n_out -= n_out - g->z.avail_out;
    switch (status) {
    case Z_OK:
    case Z_BUF_ERROR:
        return 0;
    case Z_STREAM_END:
        return DECOMPRESS_CODEC_E_ENDED;
    case Z_MEM_ERROR:
        return -ENOMEM;
    default:
        return -EBADMSG;
    }
}

static struct decompress_codec *gzip_free(struct decompress_codec *c)
{
    struct gzip *g = container_of(c, struct gzip, base);

    g->zlib.inflateEnd(&g->z);
    free(g);
    return NULL;
}

static int gzip_open(struct decompress_codec **ret_codec)
{
    struct gzip *g = calloc(1, sizeof(*g));
    int r;

    if (!g)
        return -ENOMEM;
    g->base =
        (struct decompress_codec){.begin = gzip_begin, .decode = gzip_decode, .free = gzip_free};
    r = decompress_load(LIBRARY, functions, ARRAY_SIZE(functions), &g->zlib);
    if (r == 0 && g->zlib.inflateInit2_(&g->z, /* windowBits= */ 15 + 16, ZLIB_VERSION,
                                        (int)sizeof(g->z)) != Z_OK)
        r = -ENOMEM;
    if (r < 0) {
        free(g);
        return r;
    }
    *ret_codec = &g->base;
    return 0;
}

const struct decompress_method decompress_gzip = {
    .library = LIBRARY, .package = "zlib1g", .open = gzip_open};
