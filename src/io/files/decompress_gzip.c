/* gzip by ISA-L, which takes a third of zlib's time.
 *
 * Where it meets damage, up to 32 KiB that it has unpacked stay in its state, if there was no room
 * for them: they are taken from there. Of a member that is cut off it may give a byte or two less
 * than zlib, because it decodes several symbols at once. */

#include "core/base/util.h"
#include "io/files/decompress_codec.h"

#include <isa-l/igzip_lib.h>
#include <stdbool.h>

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
    struct inflate_state state;
    bool damaged;
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

static int gzip_decode(struct decompress_codec *c, struct decompress_io *io)
{
    struct gzip *g = container_of(c, struct gzip, base);
    struct inflate_state *s = &g->state;
    uint32_t n_in = (uint32_t)MIN(io->n_in, (size_t)1 << 30);
    uint32_t n_out = (uint32_t)MIN(io->n_out, (size_t)1 << 30);
    int r;

    if (g->damaged)
        return take_rest(g, io);
    s->next_in = (uint8_t *)(uintptr_t)io->in;
    s->avail_in = n_in;
    s->next_out = (uint8_t *)io->out;
    s->avail_out = n_out;
    r = g->isal.isal_inflate(s);
    io->in += n_in - s->avail_in;
    io->n_in -= n_in - s->avail_in;
    io->out += n_out - s->avail_out;
    io->n_out -= n_out - s->avail_out;
    if (r < 0) {
        g->damaged = true;
        return take_rest(g, io);
    }
    return s->block_state == ISAL_BLOCK_FINISH ? DECOMPRESS_CODEC_E_ENDED : 0;
}

static struct decompress_codec *gzip_free(struct decompress_codec *c)
{
    free(container_of(c, struct gzip, base));
    return NULL;
}

static int gzip_open(struct decompress_codec **ret_codec)
{
    struct gzip *g = malloc(sizeof(*g));
    int r;

    if (!g)
        return -ENOMEM;
    g->base =
        (struct decompress_codec){.begin = gzip_begin, .decode = gzip_decode, .free = gzip_free};
    g->damaged = false;
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
