/* Compressed bytes, whole or damaged, are decompressed at once and in pieces. Both must give the
 * same bytes, and end in the same way; and a decompressor that begins behind the last whole member
 * must give those that come behind it. The first byte of the input chooses the packing and the
 * pieces. */

#include "io/files/decompress.h"

#include <assert.h>
#include <errno.h>
#include <gloss/buf.h>
#include <stdlib.h>

#define MOST_BYTES ((size_t)1 << 20) /* of output; what comes behind tells nothing new */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    struct gloss_buf bytes;
    int error;
    struct decompress_place last_end;
};

/* Moves all of io on by one step, and holds it to what its header promises. */
static int step(struct decompressor *d, struct decompress_io *io)
{
    struct decompress_io before = *io;
    int r = decompress_step(d, io);

    assert(io->n_in <= before.n_in && io->in == before.in + (before.n_in - io->n_in));
    assert(io->n_out <= before.n_out && io->out == before.out + (before.n_out - io->n_out));
    if (r == DECOMPRESS_E_MEMORY) {
        assert(decompress_needs(d) <= DECOMPRESS_MEMORY_MAX);
        decompress_allow(d, decompress_needs(d));
        return 0;
    }
    assert(r <= 0 && (r == 0 || decompress_problem(d) || r == -ENOMEM));
    return r;
}

/* Decompresses what was given so far. */
static int drain(struct decompressor *d, struct decompress_io *io, size_t room, struct outcome *o)
{
    int r = 0;

    while (r == 0 && o->bytes.len < MOST_BYTES) {
        size_t n_in = io->n_in;
        char *place = gloss_buf_room(&o->bytes, room);

        assert(place);
        io->out = place;
        io->n_out = room;
        r = step(d, io);
        o->bytes.len += room - io->n_out;
        if (io->n_out == room && io->n_in == n_in && (r < 0 || n_in == 0))
            break;
    }
    return r;
}

/* @piece  bytes that are given at once. @room  for what comes of them. */
static struct outcome run(enum packing packing, struct gloss_span packed, size_t piece, size_t room)
{
    struct decompress_io io = {0};
    struct outcome o = {0};
    struct decompressor *d;
    size_t at = 0;

    if (decompress_new(&d, packing, DECOMPRESS_MEMORY_MIN) < 0)
        abort();
    while (o.error == 0 && at < packed.len && o.bytes.len < MOST_BYTES) {
        io.in = packed.ptr + at;
        io.n_in = packed.len - at < piece ? packed.len - at : piece;
        at += io.n_in;
        o.error = drain(d, &io, room, &o);
        assert(o.error < 0 || io.n_in == 0 || o.bytes.len >= MOST_BYTES);
    }
    if (o.error == 0 && o.bytes.len < MOST_BYTES)
        o.error = decompress_end(d);
    o.last_end = decompress_last_end(d);
    assert(o.last_end.in <= packed.len && o.last_end.out <= o.bytes.len);
    decompress_free(d);
    return o;
}

/* How much of damaged xz and bzip2 comes before the damage depends on the pieces: their libraries
 * see it a little later where they have more to work on. */
static bool is_exact(enum packing packing, const struct outcome *a)
{
    return a->error == 0 || packing == PACKING_GZIP || packing == PACKING_ZSTD;
}

/* Up to where one of them has reached MOST_BYTES. */
static void expect_same(enum packing packing, const struct outcome *a, const struct outcome *b,
                        size_t from)
{
    size_t n_a = a->bytes.len - from, n = n_a < b->bytes.len ? n_a : b->bytes.len;

    assert(n == 0 || memcmp(a->bytes.ptr + from, b->bytes.ptr, n) == 0);
    if (a->bytes.len >= MOST_BYTES || b->bytes.len >= MOST_BYTES)
        return;
    assert(a->error == b->error);
    assert(n_a == b->bytes.len || !is_exact(packing, a));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum packing packings[] = {PACKING_GZIP, PACKING_XZ, PACKING_ZSTD, PACKING_BZIP2};
    struct outcome whole, pieces, rest;
    struct gloss_span packed, behind;
    enum packing packing;

    if (size < 2)
        return 0;
    packing = packings[data[0] & 3];
    packed = gloss_span((const char *)data + 1, size - 1);
    whole = run(packing, packed, packed.len, 65536);
    pieces = run(packing, packed, 1 + (data[0] >> 2), data[0] & 4 ? 65536 : 70000);
    expect_same(packing, &whole, &pieces, 0);
    behind = gloss_span(packed.ptr + whole.last_end.in, packed.len - whole.last_end.in);
    if (whole.last_end.in > 0 && behind.len > 0) {
        rest = run(packing, behind, behind.len, 65536);
        if (behind.ptr[0] != '\0') /* else it is padding, which has to stand behind a member */
            expect_same(packing, &whole, &rest, whole.last_end.out);
        gloss_buf_deinit(&rest.bytes);
    }
    gloss_buf_deinit(&whole.bytes);
    gloss_buf_deinit(&pieces.bytes);
    return 0;
}
