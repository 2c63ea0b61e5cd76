/* bzip2 by libbz2, which knows one stream and has to be made ready anew for the next one. It gives
 * its output in blocks of up to 900 kB, each when all of it is there. */

#include "core/base/util.h"
#include "io/files/decompress_codec.h"

#include <bzlib.h>

#define LIBRARY "libbz2.so.1.0"

#define EACH_FUNCTION(F)   \
    F(BZ2_bzDecompress)    \
    F(BZ2_bzDecompressEnd) \
    F(BZ2_bzDecompressInit)

struct library {
    EACH_FUNCTION(DECOMPRESS_MEMBER)
};

static const struct decompress_function functions[] = {EACH_FUNCTION(DECOMPRESS_ROW)};

struct bzip2 {
    struct decompress_codec base;
    struct library bz2;
    bz_stream stream;
};

static int translate(int status)
{
    switch (status) {
    case BZ_OK:
        return 0;
    case BZ_STREAM_END:
        return DECOMPRESS_CODEC_E_ENDED;
    case BZ_MEM_ERROR:
        return -ENOMEM;
    default:
        return -EBADMSG;
    }
}

static int bzip2_begin(struct decompress_codec *c)
{
    struct bzip2 *b = container_of(c, struct bzip2, base);

    b->bz2.BZ2_bzDecompressEnd(&b->stream); /* of the stream before; else it does nothing */
    b->stream = (bz_stream){0};
    return translate(b->bz2.BZ2_bzDecompressInit(&b->stream, /* verbosity= */ 0, /* small= */ 0));
}

static int bzip2_decode(struct decompress_codec *c, struct decompress_io *io)
{
    struct bzip2 *b = container_of(c, struct bzip2, base);
    unsigned n_in = (unsigned)MIN(io->n_in, (size_t)1 << 30);
    unsigned n_out = (unsigned)MIN(io->n_out, (size_t)1 << 30);
    int status;

    b->stream.next_in = (char *)(uintptr_t)io->in;
    b->stream.avail_in = n_in;
    b->stream.next_out = io->out;
    b->stream.avail_out = n_out;
    status = b->bz2.BZ2_bzDecompress(&b->stream);
    io->in += n_in - b->stream.avail_in;
    io->n_in -= n_in - b->stream.avail_in;
    io->out += n_out - b->stream.avail_out;
    io->n_out -= n_out - b->stream.avail_out;
    return translate(status);
}

static struct decompress_codec *bzip2_free(struct decompress_codec *c)
{
    struct bzip2 *b = container_of(c, struct bzip2, base);

    b->bz2.BZ2_bzDecompressEnd(&b->stream);
    free(b);
    return NULL;
}

static int bzip2_open(struct decompress_codec **ret_codec)
{
    struct bzip2 *b = calloc(1, sizeof(*b));
    int r;

    if (!b)
        return -ENOMEM;
    b->base =
        (struct decompress_codec){.begin = bzip2_begin, .decode = bzip2_decode, .free = bzip2_free};
    r = decompress_load(LIBRARY, functions, ARRAY_SIZE(functions), &b->bz2);
    if (r < 0) {
        free(b);
        return r;
    }
    *ret_codec = &b->base;
    return 0;
}

const struct decompress_method decompress_bzip2 = {
    .library = LIBRARY, .package = "libbz2-1.0", .open = bzip2_open};
