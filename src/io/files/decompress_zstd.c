/* zstd by libzstd, one frame at a time; a frame to be skipped is one, too.
 *
 * A frame's head tells how large a window it needs, and the library allocates that as soon as it
 * has seen the head. So the head is collected here, and given to it when so much is allowed:
 *
 *      magic   flags   window or size, dictionary's id
 *     ├───4───┼───1───┼──────────0 to 13──────────┤
 *
 * A call that meets damage does not tell which bytes it has made before. So it is given a block at
 * most, without the next one's head, which it asks for, too; and nothing as long as there is more
 * to come of what it has. Then what whole blocks make always comes out.
 */

#include "core/base/util.h"
#include "io/files/decompress_codec.h"

#include <stdbool.h>
#include <zstd.h>
#include <zstd_errors.h>

#define LIBRARY "libzstd.so.1"
#define WINDOW_LOG_MAX 26 /* 64 MiB; `zstd --ultra -22` takes 128 */
#define HEAD_BYTES 18
#define FLAGS_AT 4
#define BLOCK_HEAD_BYTES 3
#define OWN_BYTES ((size_t)512 << 10) /* what the library takes beside the window, and more */

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
    char head[HEAD_BYTES];
    size_t n_head, n_fed; /* of it, collected; given to the library */
    size_t wanted;        /* bytes that the library asked for, after the last call */
    bool has_more;        /* it may hold output that there was no room for */
};

static uint64_t byte_at(const struct zstd *z, size_t i)
{
    return (unsigned char)z->head[i];
}

/* What the flags say of the fields behind them: their sizes. */
struct fields {
    size_t window, id, content;
};

/* A frame that is to be skipped has none, and is known by its magic alone. */
static struct fields read_flags(const struct zstd *z)
{
    static const size_t id_sizes[] = {0, 1, 2, 4}, content_sizes[] = {0, 2, 4, 8};
    struct fields f = {0};

    if (byte_at(z, 0) != 0x28)
        return f;
    f.id = id_sizes[byte_at(z, FLAGS_AT) & 3];
    f.content = content_sizes[byte_at(z, FLAGS_AT) >> 6];
    f.window = byte_at(z, FLAGS_AT) & 0x20 ? 0 : 1;
    if (f.window == 0 && f.content == 0)
        f.content = 1;
    return f;
}

/* How many bytes the head has, as far as those that are there tell. */
static size_t head_size(const struct zstd *z)
{
    struct fields f = {0};

    if (z->n_head > FLAGS_AT)
        f = read_flags(z);
    return FLAGS_AT + 1 + f.window + f.id + f.content;
}

/* Without a window of its own it is all of the content. */
static uint64_t window_size(const struct zstd *z)
{
    struct fields f = read_flags(z);
    size_t at = FLAGS_AT + 1;
    uint64_t size = 0;

    if (f.window > 0) {
        size = UINT64_C(1) << (10 + (byte_at(z, at) >> 3));
        return size + size / 8 * (byte_at(z, at) & 7);
    }
    at += f.id;
    for (size_t i = f.content; i > 0; i--)
        size = size << 8 | byte_at(z, at + i - 1);
    return f.content == 2 ? size + 256 : size;
}

/* Takes bytes of the head. Returns 1: it is whole, and may be given to the library; 0: more input
 * is needed; DECOMPRESS_CODEC_E_MEMORY. */
static int collect_head(struct zstd *z, struct decompress_io *io)
{
    uint64_t needed;

    while (z->n_head < head_size(z) && io->n_in > 0) {
        z->head[z->n_head++] = *io->in++;
        io->n_in--;
    }
    if (z->n_head < head_size(z))
        return 0;
    needed = window_size(z) + OWN_BYTES;
    if (needed > DECOMPRESS_MEMORY_MAX) /* the library says so */
        return 1;
    z->base.needed = (size_t)needed;
    return needed > z->base.allowed ? DECOMPRESS_CODEC_E_MEMORY : 1;
}

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
    z->n_head = z->n_fed = z->wanted = 0;
    z->has_more = false;
    return 0;
}

static int call(struct zstd *z, struct decompress_io *io, size_t most_in)
{
    ZSTD_inBuffer in = {.src = io->in, .size = MIN(io->n_in, most_in)};
    ZSTD_outBuffer out = {.dst = io->out, .size = io->n_out};
    size_t status = z->zstd.ZSTD_decompressStream(z->context, &out, &in);

    io->in += in.pos;
    io->n_in -= in.pos;
    io->out += out.pos;
    io->n_out -= out.pos;
    z->has_more = out.pos == out.size;
    z->wanted = z->zstd.ZSTD_isError(status) ? 0 : status;
    return translate(z, status);
}

static int step(struct zstd *z, struct decompress_io *io)
{
    size_t room = io->n_out;
    int r = z->has_more ? call(z, io, /* most_in= */ 0) : 0;

    if (r != 0 || io->n_out < room)
        return r;
    return call(z, io, z->wanted > BLOCK_HEAD_BYTES ? z->wanted - BLOCK_HEAD_BYTES : 1);
}

static int zstd_decode(struct decompress_codec *c, struct decompress_io *io)
{
    struct zstd *z = container_of(c, struct zstd, base);
    struct decompress_io head = *io;
    int r;

    if (z->n_fed > 0 && z->n_fed == z->n_head)
        return step(z, io);
    r = collect_head(z, io);
    if (r != 1)
        return r;
    head.in = z->head + z->n_fed;
    head.n_in = z->n_head - z->n_fed;
    z->wanted = head.n_in + BLOCK_HEAD_BYTES;
    r = step(z, &head);
    z->n_fed = z->n_head - head.n_in;
    io->out = head.out;
    io->n_out = head.n_out;
    return r == 0 && z->n_fed == z->n_head ? step(z, io) : r;
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
