/* zstd by libzstd, one frame at a time; a frame to be skipped is one, too. The limit of the window
 * is checked at a frame's head, before the window is allocated. */

#include "core/base/util.h"
#include "io/files/decompress_codec.h"

#include <zstd.h>
#include <zstd_errors.h>

#define LIBRARY "libzstd.so.1"
#define WINDOW_LOG_MAX 26 /* 64 MiB; `zstd --ultra -22` takes 128 */

#define EACH_FUNCTION(F)      \
    F(ZSTD_DCtx_reset)        \
    F(ZSTD_DCtx_setParameter) \
    F(ZSTD_createDCtx)        \
    F(ZSTD_decompressStream)  \
    F(ZSTD_freeDCtx)          \
    F(ZSTD_getErrorCode)      \
    F(ZSTD_isError)

struct library {
    EACH_FUNCTION(DECOMPRESS_MEMBER)
};

static const struct decompress_function functions[] = {EACH_FUNCTION(DECOMPRESS_ROW)};

struct zstd {
    struct decompress_codec base;
    struct library zstd;
    ZSTD_DCtx *context;
};

static int translate(const struct zstd *z, size_t status)
{
    if (!z->zstd.ZSTD_isError(status))
        return status == 0 ? DECOMPRESS_CODEC_E_ENDED : 0;
    switch (z->zstd.ZSTD_getErrorCode(status)) {
    case ZSTD_error_memory_allocation:
        return -ENOMEM;
    case ZSTD_error_frameParameter_windowTooLarge:
        return -E2BIG;
    default:
        return -EBADMSG;
    }
}

static int zstd_begin(struct decompress_codec *c)
{
    struct zstd *z = container_of(c, struct zstd, base);

    z->zstd.ZSTD_DCtx_reset(z->context, ZSTD_reset_session_only);
    return 0;
}

static int zstd_decode(struct decompress_codec *c, struct decompress_io *io)
{
    struct zstd *z = container_of(c, struct zstd, base);
    ZSTD_inBuffer in = {.src = io->in, .size = io->n_in};
    ZSTD_outBuffer out = {.dst = io->out, .size = io->n_out};
    size_t status = z->zstd.ZSTD_decompressStream(z->context, &out, &in);

    io->in += in.pos;
    io->n_in -= in.pos;
    io->out += out.pos;
    io->n_out -= out.pos;
    return translate(z, status);
}

static struct decompress_codec *zstd_free(struct decompress_codec *c)
{
    struct zstd *z = container_of(c, struct zstd, base);

    z->zstd.ZSTD_freeDCtx(z->context);
    free(z);
    return NULL;
}

static int zstd_open(struct decompress_codec **ret_codec)
{
    struct zstd *z = calloc(1, sizeof(*z));
    int r;

    if (!z)
        return -ENOMEM;
    z->base =
        (struct decompress_codec){.begin = zstd_begin, .decode = zstd_decode, .free = zstd_free};
    r = decompress_load(LIBRARY, functions, ARRAY_SIZE(functions), &z->zstd);
    if (r == 0) {
        z->context = z->zstd.ZSTD_createDCtx();
        r = z->context ? 0 : -ENOMEM;
    }
    if (r == 0)
        z->zstd.ZSTD_DCtx_setParameter(z->context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    if (r < 0) {
        free(z);
        return r;
    }
    *ret_codec = &z->base;
    return 0;
}

const struct decompress_method decompress_zstd = {
    .library = LIBRARY, .package = "libzstd1", .open = zstd_open};
