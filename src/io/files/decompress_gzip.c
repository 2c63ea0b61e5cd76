/* gzip by ISA-L, which takes a third of zlib's time.
 *
 * Where it meets damage, up to 32 KiB that it has unpacked stay in its state, if there was no room
 * for them: they are taken from there. Of a member that is cut off it may give a byte or two less
 * than zlib, because it decodes several symbols at once.
 *
 * And where it meets a match that cannot be, because it goes back behind the start of the member or
 * has a distance that there is not, it copies first and sees that then: bytes come out that nobody
 * wrote, but what stood in memory. There is room before its state, so these are never those of
 * anybody else; and what a call has made that ends with an error is made again byte by byte of
 * input, for then it looks first. */

#include "core/base/util.h"
#include "io/files/decompress_codec.h"

#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <stddef.h>

#define LIBRARY "libisal.so.2"

#define EACH_FUNCTION(F) \
    F(isal_inflate)      \
    F(isal_inflate_init) \
    F(isal_inflate_reset)

struct library {
    EACH_FUNCTION(DECOMPRESS_MEMBER)
};

static const struct decompress_function functions[] = {EACH_FUNCTION(DECOMPRESS_ROW)};

struct gzip {
    struct decompress_codec base;
    struct library isal;
    bool damaged;
    struct inflate_state saved;    /* as it was before the last call */
    char room[ISAL_DEF_HIST_SIZE]; /* no match goes further back; zeros */
    struct inflate_state state;
};

static int gzip_begin(struct decompress_codec *c)
{
    struct gzip *g = container_of(c, struct gzip, base);

    g->isal.isal_inflate_reset(&g->state);
    g->state.crc_flag = ISAL_GZIP;
    return 0;
}

/* What was unpacked before the damage, then the error. */
static int take_rest(struct gzip *g, struct decompress_io *io)
{
    struct inflate_state *s = &g->state;
    size_t rest = (size_t)MAX(s->tmp_out_valid - s->tmp_out_processed, 0), n = MIN(rest, io->n_out);

    memcpy(io->out, s->tmp_out_buffer + s->tmp_out_processed, n);
    s->tmp_out_processed += (int32_t)n;
    io->out += n;
    io->n_out -= n;
    return n < rest ? 0 : -EBADMSG;
}

/* Returns as isal_inflate(). */
static int inflate(struct gzip *g, struct decompress_io *io)
{
    struct inflate_state *s = &g->state;
    uint32_t n_in = (uint32_t)MIN(io->n_in, (size_t)1 << 30);
    uint32_t n_out = (uint32_t)MIN(io->n_out, (size_t)1 << 30);
    int r;

    s->next_in = (uint8_t *)(uintptr_t)io->in;
    s->avail_in = n_in;
    s->next_out = (uint8_t *)io->out;
    s->avail_out = n_out;
    r = g->isal.isal_inflate(s);
    io->in += n_in - s->avail_in;
    io->n_in -= n_in - s->avail_in;
    io->out += n_out - s->avail_out;
    io->n_out -= n_out - s->avail_out;
    return r;
}

/* What stands behind the valid bytes of the buffer is never read, so it is not copied: a file may
 * have a member in each 20 bytes. */
static void copy_state(struct inflate_state *to, const struct inflate_state *from)
{
    size_t valid = (size_t)MAX(from->tmp_out_valid, 0);

    memcpy(to, from, offsetof(struct inflate_state, tmp_out_buffer) + valid);
}

static int inflate_again(struct gzip *g, struct decompress_io *io)
{
    int r = 0;

    copy_state(&g->state, &g->saved);
    while (r == 0 && io->n_in > 0 && io->n_out > 0 && g->state.block_state != ISAL_BLOCK_FINISH) {
        struct decompress_io byte = *io;

        byte.n_in = 1;
        r = inflate(g, &byte);
        io->n_in -= (size_t)(byte.in - io->in);
        io->in = byte.in;
        io->out = byte.out;
        io->n_out = byte.n_out;
    }
    return r;
}

static int gzip_decode(struct decompress_codec *c, struct decompress_io *io)
{
    struct gzip *g = container_of(c, struct gzip, base);
    struct decompress_io before = *io;
    int r;

    if (g->damaged)
        return take_rest(g, io);
    copy_state(&g->saved, &g->state);
    r = inflate(g, io);
    if (r < 0) {
        *io = before;
        r = inflate_again(g, io);
    }
    if (r < 0) {
        g->damaged = true;
        return take_rest(g, io);
    }
    return g->state.block_state == ISAL_BLOCK_FINISH ? DECOMPRESS_CODEC_E_ENDED : 0;
}

static struct decompress_codec *gzip_free(struct decompress_codec *c)
{
    free(container_of(c, struct gzip, base));
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
    r = decompress_load(LIBRARY, functions, ARRAY_SIZE(functions), &g->isal);
    if (r < 0) {
        free(g);
        return r;
    }
    g->isal.isal_inflate_init(&g->state);
    *ret_codec = &g->base;
    return 0;
}

const struct decompress_method decompress_gzip = {
    .library = LIBRARY, .package = "libisal2", .open = gzip_open};
