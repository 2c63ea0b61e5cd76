/* A packed file is known by its unpacked head, which costs little. Whether it holds what was read
 * of another file shows at that one's offset only, and to unpack it that far may take long. So it
 * begins there as a guess, and goes there in turns like any other; then the mark tells whether it
 * was right.
 *
 * Guesses are made in the order of their offsets, so one way through the file is enough for all;
 * behind the last one it is a file that nobody has read. The largest offset that is right counts:
 * what was read on in a copy is a generation beside the one that was copied, and one who packs that
 * copy packs what is behind both offsets. While a generation is read from its own
 * descriptor, its copy has to wait: late lines may come there, and would come twice. */

#include "io/tail/compressed_match.h"

#include "core/base/util.h"
#include "io/files/fingerprint.h"
#include "io/files/rotated_names.h"
#include "io/tail/find_rotated.h"

#include <inttypes.h>
#include <unistd.h>

static bool has_head(struct unpacked *p, struct follow_print head)
{
    char bytes[FOLLOW_PRINT_BYTES];
    ssize_t n = unpacked_read(p, bytes, head.len, /* offset= */ 0);

    return head.len > 0 && n == (ssize_t)head.len && print_equal(print_of(bytes, head.len), head);
}

bool guess_fits(int fd, const struct stat *st, struct unpacked *packed,
                const struct follow_place *place)
{
    if (packed)
        return place->offset > 0 && has_head(packed, place->head);
    if (place->offset == 0 && siblings_birth_ns(fd) > place->seen_ns)
        return false; /* its inode is another file's now */
    return (uint64_t)st->st_size >= place->offset && print_fits(fd, place) == 1;
}

int guess_open(struct unpacked **ret_packed, int fd)
{
    int r = unpacked_new(ret_packed, fd);

    if (r > 0)
        *ret_packed = NULL;
    return MIN(r, 0);
}

static bool is_of(const struct lineage *l, const struct generation *g)
{
    return g->place.path == l->path || siblings_named(l->path, g->place.path);
}

/* Whether the open generation's file and the unpacked one begin alike, as far as both go. */
static bool begins_alike(const struct generation *g, struct unpacked *packed)
{
    char head[FOLLOW_PRINT_BYTES], own[FOLLOW_PRINT_BYTES];
    ssize_t n = unpacked_read(packed, head, sizeof(head), /* offset= */ 0);
    ssize_t n_own = g->fd < 0 || g->packed ? -1 : pread(g->fd, own, sizeof(own), 0);

    if (n <= 0 || n_own <= 0)
        return n > 0 && g->place.offset > 0 && has_head(packed, g->place.head);
    return memcmp(head, own, (size_t)MIN(n, n_own)) == 0;
}

/* Whether a packer that is told to pack the one would make the other. */
static bool is_packed_name(const char *path, const char *of)
{
    size_t len = strlen(of);

    return strncmp(path, of, len) == 0 && path[len] == '.' && strrchr(path, '.') == path + len;
}

/* A packer takes the original away when it is done, unless a person wants to keep it. */
static bool may_be_packed_as(const struct generation *g, const char *path, bool silent)
{
    struct stat st;
    bool nameless;

    if (!g->at_path && !silent)
        return true;
    /* What has no name is not at its path, though it may have been when it was looked at last. */
    nameless = g->fd < 0 ? !g->at_path : fstat(g->fd, &st) < 0 || st.st_nlink == 0;
    return nameless || is_packed_name(path, g->place.path);
}

bool guess_is_read(const struct lineage *l, const struct desk *d, const char *path, bool silent,
                   struct unpacked *packed)
{
    for (size_t i = 0; i < d->n_buckets; i++)
        for (const struct generation *g = d->buckets[i]; g; g = g->same_bucket)
            if (generation_is_live(g) && is_of(l, g) && may_be_packed_as(g, path, silent) &&
                begins_alike(g, packed))
                return true;
    return false;
}

/* Whether g may be the packed file of o. */
static bool may_be_of(const struct lineage *l, const struct generation *g,
                      const struct generation *o)
{
    return o != g && o->place.done && is_of(l, o);
}

/* The done generation that begins alike and was read to the next offset behind `after`. */
static const struct generation *find_guess(const struct lineage *l, const struct desk *d,
                                           const struct generation *g, uint64_t after)
{
    const struct generation *best = NULL;

    for (size_t i = 0; i < d->n_buckets; i++)
        for (const struct generation *o = d->buckets[i]; o; o = o->same_bucket)
            if (may_be_of(l, g, o) && o->place.offset > after &&
                (!best || o->place.offset < best->place.offset) &&
                has_head(g->packed, o->place.head))
                best = o;
    return best;
}

void guess_take(struct generation *g, const struct generation *of, bool exact)
{
    g->place.offset = of->place.offset;
    g->place.lines = of->place.lines;
    g->place.head = of->place.head;
    g->place.mark = of->place.mark;
    g->may_have_hole = print_is_blank(of->place.mark);
    g->guess = g->silent = true;
    g->guess_exact = exact;
}

/* A short head is alike too often: then both have to end at the same byte. */
static bool needs_end(const struct generation *of)
{
    return of->place.head.len < FOLLOW_PRINT_BYTES;
}

static void take_next(const struct lineage *l, const struct desk *d, struct generation *g,
                      const struct generation *of)
{
    guess_take(g, of, needs_end(of));
    g->guess_more = !g->guess_final && find_guess(l, d, g, of->place.offset);
}

void guess_begin(const struct lineage *l, const struct desk *d, struct generation *g)
{
    const struct generation *of = find_guess(l, d, g, /* after= */ 0);

    if (of)
        take_next(l, d, g, of);
}

/* Another one that was read to the same offset. */
static const struct generation *find_equal(const struct lineage *l, const struct desk *d,
                                           struct generation *g)
{
    struct follow_print mark;

    if (generation_print_before(g, g->place.offset, &mark) != 0)
        return NULL;
    for (size_t i = 0; i < d->n_buckets; i++)
        for (const struct generation *o = d->buckets[i]; o; o = o->same_bucket)
            if (may_be_of(l, g, o) && o->place.offset == g->place.offset &&
                print_equal(o->place.mark, mark) && !print_equal(g->place.mark, mark) &&
                has_head(g->packed, o->place.head))
                return o;
    return NULL;
}

void guess_again(const struct lineage *l, const struct desk *d, struct generation *g)
{
    bool right = g->guess_more && g->guess_fit == g->place.offset;
    const struct generation *of = right ? NULL : find_equal(l, d, g);

    if (!of && !g->guess_final)
        of = find_guess(l, d, g, g->guess_own ? 0 : g->place.offset);
    if (g->replaces)
        recover_say_gone(d, g);
    g->replaces = g->guess_own = false;
    if (!of && !g->guess_final && g->guess_fit > 0) {
        g->guess_final = true;
        of = find_guess(l, d, g, g->guess_fit - 1);
    }
    if (of) {
        take_next(l, d, g, of);
    } else {
        g->place.offset = g->place.lines = 0;
        g->place.head = g->place.mark = (struct follow_print){0};
        g->guess = g->silent = false;
        g->may_have_hole = true;
        desk_event(d, FOLLOW_OPENED, l->path, "from 0, unpacked");
    }
    g->stream.lines = g->place.lines;
    g->tail.offset = g->place.offset;
    g->mark = g->place.mark;
    g->unread = true;
    g->looked_at = false; /* all of it may be unpacked already */
    generation_changed(g);
}
