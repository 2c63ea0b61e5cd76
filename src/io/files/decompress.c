/* Members one behind the other:
 *
 *     ┌──────┬────────────┐┌──────┬────────────┐
 *     │ head │            ││ head │            │ 0 0 0 0 0
 *     └──────┴────────────┘└──────┴────────────┘ padding
 *     between   inside       between inside       between
 *
 * Between two members bytes are collected until they tell what comes; then a codec gets them first.
 * A codec sees one member at a time, so each of them is unpacked as if it were alone, and what
 * stands behind the last one is judged here, for all packings alike. Zeros behind gzip and xz are
 * padding (of tapes and of block devices), behind xz in steps of four. */

#include "io/files/decompress.h"

#include "core/base/util.h"
#include "io/files/decompress_codec.h"

#include <dlfcn.h>
#include <stdio.h>

#define HEAD_BYTES 16 /* what tells a packed stream needs fewer */

struct decompressor {
    enum packing packing;
    const struct decompress_method *method;
    struct decompress_codec *codec; /* owned; NULL: no member has begun yet */
    size_t memory;                  /* that it may take */
    bool inside;                    /* a member, or its codec may hold output */
    bool pending;                   /* the codec may have more without more input */
    char head[HEAD_BYTES];          /* how the next member begins */
    size_t n_head, n_fed;           /* of it, known; given to the codec */
    uint64_t taken, made, padding;  /* bytes; the last behind the last member */
    struct decompress_place last_end;
    uint64_t members; /* that have ended */
    int error;
    char problem[256];
};

static const struct decompress_method *const methods[N_PACKINGS] = {
    [PACKING_GZIP] = &decompress_gzip,
    [PACKING_XZ] = &decompress_xz,
    [PACKING_ZSTD] = &decompress_zstd,
    [PACKING_BZIP2] = &decompress_bzip2,
};

int decompress_new(struct decompressor **ret_decompressor, enum packing packing, size_t memory)
{
    struct decompressor *d = calloc(1, sizeof(*d));

    if (!d)
        return -ENOMEM;
    d->packing = packing;
    d->method = methods[packing];
    d->memory = memory;
    *ret_decompressor = d;
    return 0;
}

struct decompressor *decompress_free(struct decompressor *d)
{
    if (d && d->codec)
        d->codec->free(d->codec);
    free(d);
    return NULL;
}

/* ---- what is wrong ---- */

static int damaged(struct decompressor *d, const char *problem)
{
    snprintf(d->problem, sizeof(d->problem), "%s", problem);
    return -EBADMSG;
}

static int foreign(struct decompressor *d, enum packing packing)
{
    if (packing == PACKING_NONE)
        snprintf(d->problem, sizeof(d->problem),
                 "something that is not %s follows the compressed data", packing_name(d->packing));
    else
        snprintf(d->problem, sizeof(d->problem), "%s follows what is compressed with %s",
                 packing_name(packing), packing_name(d->packing));
    return -EBADMSG;
}

static int too_large(struct decompressor *d)
{
    snprintf(d->problem, sizeof(d->problem),
             "takes more than 64 MiB of memory to decompress; decompress it first: %s",
             d->packing == PACKING_ZSTD ? "zstd -dc --long=31 FILE" : packing_command(d->packing));
    return -EBADMSG;
}

static int not_installed(struct decompressor *d)
{
    const char *reason = dlerror();

    snprintf(
        d->problem, sizeof(d->problem),
        "is compressed with %s, and the library that decompresses it is not installed; install "
        "%s (%s)",
        packing_name(d->packing), d->method->package, reason ? reason : d->method->library);
    return -ELIBACC;
}

/* ---- between two members ---- */

static void skip_padding(struct decompressor *d, struct decompress_io *io)
{
    size_t n = 0;

    while (n < io->n_in && io->in[n] == '\0')
        n++;
    io->in += n;
    io->n_in -= n;
    decompress_skip(d, n);
}

static int begin_member(struct decompressor *d)
{
    int r = d->codec ? 0 : d->method->open(&d->codec);

    if (r == 0) {
        d->codec->allowed = d->memory;
        r = d->codec->begin(d->codec);
    }
    d->inside = true;
    d->n_fed = 0;
    return r == -ELIBACC ? not_installed(d) : r;
}

/* One more byte of what may be a member. */
static int between(struct decompressor *d, struct decompress_io *io)
{
    bool has_padding = d->packing == PACKING_GZIP || d->packing == PACKING_XZ;
    enum packing packing;
    bool undecided;

    if (d->n_head == 0 && has_padding && io->in[0] == '\0') {
        skip_padding(d, io);
        return 0;
    }
    if (d->packing == PACKING_XZ && d->padding % 4 != 0)
        return damaged(d, "the padding that follows the compressed data is damaged");
    d->head[d->n_head++] = *io->in++;
    io->n_in--;
    d->taken++;
    packing = packing_of(d->head, d->n_head, &undecided);
    if (packing == d->packing)
        return begin_member(d);
    return undecided && d->n_head < HEAD_BYTES ? 0 : foreign(d, packing);
}

bool decompress_is_padding(const struct decompressor *d)
{
    return !d->inside && d->padding > 0 && d->n_head == 0;
}

void decompress_skip(struct decompressor *d, uint64_t zeros)
{
    d->taken += zeros;
    d->padding += zeros;
}

/* ---- inside a member ---- */

static void end_member(struct decompressor *d)
{
    d->members++;
    d->inside = d->pending = false;
    d->n_head = 0;
    d->padding = 0;
    d->last_end = (struct decompress_place){.in = d->taken, .out = d->made};
}

static int decode(struct decompressor *d, struct decompress_io *io)
{
    bool is_head = d->n_fed < d->n_head;
    struct decompress_io part = *io;
    size_t n_taken, n_made;
    int r;

    if (is_head) {
        part.in = d->head + d->n_fed;
        part.n_in = d->n_head - d->n_fed;
    }
    r = d->codec->decode(d->codec, &part);
    n_made = io->n_out - part.n_out;
    io->out = part.out;
    io->n_out = part.n_out;
    d->made += n_made;
    if (is_head) {
        n_taken = d->n_head - d->n_fed - part.n_in;
        d->n_fed += n_taken;
    } else {
        n_taken = io->n_in - part.n_in;
        io->in = part.in;
        io->n_in = part.n_in;
        d->taken += n_taken;
    }
    d->pending = io->n_out == 0 || d->n_fed < d->n_head;
    if (r == DECOMPRESS_CODEC_E_ENDED)
        end_member(d);
    else if (r == 0 && n_taken == 0 && n_made == 0)
        r = io->n_in > 0 ? -EBADMSG : 0; /* it is stuck */
    if (r == -EBADMSG)
        damaged(d, "the compressed data is damaged; what comes before the damage was read");
    if (r == DECOMPRESS_CODEC_E_MEMORY) {
        d->pending = true;
        return DECOMPRESS_E_MEMORY;
    }
    return r == -E2BIG ? too_large(d) : MIN(r, 0);
}

int decompress_step(struct decompressor *d, struct decompress_io *io)
{
    size_t room = io->n_out;
    int r = d->error;

    while (r == 0 && io->n_out > 0 && (io->n_in > 0 || d->pending))
        r = d->inside ? decode(d, io) : between(d, io);
    d->error = MIN(r, 0);
    return io->n_out < room ? 0 : r;
}

size_t decompress_needs(const struct decompressor *d)
{
    return d->codec->needed;
}

void decompress_allow(struct decompressor *d, size_t memory)
{
    d->memory = memory;
    if (d->codec)
        d->codec->allowed = memory;
}

int decompress_end(struct decompressor *d)
{
    if (d->error == 0 && (d->inside || d->n_head > 0))
        d->error = damaged(d, "the compressed data is cut off; what is there was read");
    if (d->error == 0 && d->packing == PACKING_XZ && d->padding % 4 != 0)
        d->error = damaged(d, "the padding that follows the compressed data is cut off");
    return d->error;
}

const char *decompress_problem(const struct decompressor *d)
{
    return d->problem[0] ? d->problem : NULL;
}

struct decompress_place decompress_last_end(const struct decompressor *d)
{
    return d->last_end;
}

uint64_t decompress_members(const struct decompressor *d)
{
    return d->members;
}
