/* gzip by zlib itself, though libarchive reads it too: when a file is cut off, libarchive drops the
 * up to 64 KiB that it has unpacked and not yet handed out, and a log that is just being packed, or
 * whose disk was full, is to be read as far as it goes.
 *
 * A gzip file is members one behind the other; each is unpacked in turn. Zeros behind the last one
 * are padding (of tapes and of block devices); anything else there is said. */

#include "io/files/decompress.h"

#include "core/base/util.h"

#include <zlib.h>

struct gzip {
    struct decompressor base;
    decompress_pull_fn pull;
    void *ctx;
    z_stream z;
    bool between; /* a member has ended; what comes is another one, padding, or the end */
    bool pending; /* zlib may hold output for which there was no room */
};

static ssize_t damaged(struct gzip *g, const char *problem)
{
    g->base.problem = problem;
    return -EBADMSG;
}

/* Packed bytes for zlib: 1, 0 at the end, or a negative errno. */
static int refill(struct gzip *g)
{
    const char *bytes;
    ssize_t n;

    if (g->z.avail_in > 0)
        return 1;
    n = g->pull(g->ctx, &bytes);
    if (n <= 0)
        return (int)n;
    g->z.next_in = (Bytef *)(uintptr_t)bytes;
    g->z.avail_in = (uInt)n;
    return 1;
}

/* Behind a member: 1 when another begins, 0 at the end, or a negative errno. */
static int next_member(struct gzip *g)
{
    int r;

    while ((r = refill(g)) > 0 && g->z.next_in[0] == 0) {
        g->z.next_in++;
        g->z.avail_in--;
    }
    if (r <= 0)
        return r;
    if (g->z.next_in[0] != 0x1f)
        return (int)damaged(g, "something that is not gzip follows the compressed data");
    inflateReset(&g->z);
    g->between = false;
    return 1;
}

static ssize_t inflate_problem(struct gzip *g, int status)
{
    if (status == Z_MEM_ERROR)
        return -ENOMEM;
    return damaged(g, "the compressed data is damaged; what comes before the damage was read");
}

static ssize_t gzip_read(struct decompressor *u, char *place, size_t size)
{
    struct gzip *g = container_of(u, struct gzip, base);

    g->z.next_out = (Bytef *)place;
    g->z.avail_out = (uInt)size;
    while (g->z.avail_out == size) {
        int status, r = g->between ? next_member(g) : g->pending ? 1 : refill(g);

        if (r < 0 || (r == 0 && g->between))
            return r;
        if (r == 0)
            return damaged(g, "the compressed data is cut off; what is there was read");
        status = inflate(&g->z, Z_NO_FLUSH);
        g->pending = status == Z_OK && g->z.avail_out == 0;
        if (status == Z_STREAM_END)
            g->between = true;
        else if (status != Z_OK && status != Z_BUF_ERROR && g->z.avail_out == size)
            return inflate_problem(g, status);
    }
    return (ssize_t)(size - g->z.avail_out);
}

static void gzip_free(struct decompressor *u)
{
    struct gzip *g = container_of(u, struct gzip, base);

    inflateEnd(&g->z);
    free(g);
}

int decompress_gzip_new(struct decompressor **ret_unpacker, decompress_pull_fn pull, void *ctx)
{
    struct gzip *g = calloc(1, sizeof(*g));

    if (!g)
        return -ENOMEM;
    g->base = (struct decompressor){.read = gzip_read, .free = gzip_free};
    g->pull = pull;
    g->ctx = ctx;
    if (inflateInit2(&g->z, 15 + 16) != Z_OK) {
        free(g);
        return -ENOMEM;
    }
    *ret_unpacker = &g->base;
    return 0;
}
