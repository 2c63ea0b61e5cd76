/* A remembered file is looked for by what it is: at its path, then among the names that a rotation
 * gives. Device and inode alone do not make it the same, an inode may be another file's by now; the
 * bytes that are remembered of it must be there, too. Bytes alone make a copy, but only where there
 * are enough of them: short heads are alike too often. */

#include "io/files/relocate.h"

#include "core/base/util.h"
#include "io/files/decompressed_file.h"
#include "io/files/fingerprint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES 65536 /* a multiple of every width of a newline */

void reread_deinit(struct reread *r)
{
    if (r->fd >= 0)
        close(r->fd);
    free(r->path);
    *r = (struct reread){.fd = -1};
}

/* ---- finding ---- */

/* One file that may be it, and what it is. */
static int try_file(struct reread *r, const char *path, const struct follow_place *place,
                    bool *ret_fits, bool *ret_same)
{
    struct stat st;
    int fits;

    *ret_fits = *ret_same = false;
    *r = (struct reread){.found = REREAD_GONE, .fd = -1};
    r->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (r->fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    if (fstat(r->fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return 0;
    r->path = strdup(path);
    if (!r->path)
        return -ENOMEM;
    r->size = (uint64_t)st.st_size;
    r->dev = st.st_dev;
    r->ino = st.st_ino;
    fits = print_fits(r->fd, place);
    if (fits < 0)
        return fits;
    *ret_fits = fits == 1 && r->size >= place->offset;
    *ret_same = st.st_dev == place->dev && st.st_ino == place->ino;
    return 0;
}

/* What of it is not as it was: only prints are known, so it is a range. */
static void find_change(struct reread *r, const struct follow_place *place)
{
    struct follow_print head = {0};

    if (r->size < place->offset) {
        r->from = r->size;
        r->until = place->offset;
    } else if (print_before(r->fd, place->head.len, &head) != 0 ||
               !print_equal(head, place->head)) {
        r->from = 0;
        r->until = place->head.len;
    } else {
        r->from = place->offset - MIN(place->offset, (uint64_t)FOLLOW_PRINT_BYTES);
        r->until = place->offset;
    }
}

static bool is_better(const struct reread *a, const struct reread *b)
{
    return a->found < b->found;
}

/* Takes the file into account; the best one so far stays in *best. */
static int consider(struct reread *best, const char *path, const struct follow_place *place)
{
    CLEANUP(reread_deinit) struct reread r;
    bool fits, same;
    int error = try_file(&r, path, place, &fits, &same);

    if (error < 0)
        return error;
    if (fits && same)
        r.found = REREAD_SAME;
    else if (fits && place->head.len == FOLLOW_PRINT_BYTES)
        r.found = REREAD_COPY;
    else if (same && r.path)
        r.found = REREAD_CHANGED;
    if (!is_better(&r, best))
        return 0;
    reread_deinit(best);
    *best = r;
    r = (struct reread){.fd = -1};
    return 0;
}

/* What is remembered of a packed file is of its unpacked bytes. */
static bool is_packed(int fd)
{
    CLEANUP(unpacked_freep) struct unpacked *u = NULL;

    return unpacked_new(&u, fd) == 0;
}

int reread_find(struct reread *r, struct siblings_folder *folder, const struct follow_place *place)
{
    CLEANUP(reread_deinit) struct reread best = {.found = REREAD_GONE, .fd = -1};
    CLEANUP(siblings_deinit) struct siblings s = {0};
    bool packed = false;
    int error = consider(&best, place->path, place);

    *r = (struct reread){.found = REREAD_GONE, .fd = -1};
    if (error == 0 && best.found != REREAD_SAME)
        error = siblings_list(&s, folder, place->path);
    for (size_t i = 0; i < s.n && error == 0 && best.found != REREAD_SAME; i++) {
        packed |= s.items[i].packed;
        if (!s.items[i].packed)
            error = consider(&best, s.items[i].path, place);
    }
    if (error < 0)
        return error;
    if (best.found == REREAD_CHANGED && is_packed(best.fd)) {
        reread_deinit(&best);
        best.found = REREAD_PACKED;
    }
    if (best.found == REREAD_CHANGED)
        find_change(&best, place);
    if (best.found == REREAD_GONE && packed)
        best.found = REREAD_PACKED;
    *r = best;
    best = (struct reread){.fd = -1};
    return 0;
}

/* ---- reading ---- */

int reread_bytes(int fd, char *bytes, size_t n, uint64_t offset)
{
    while (n > 0) {
        ssize_t got = pread(fd, bytes, n, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? -errno : -ENODATA;
        bytes += got;
        n -= (size_t)got;
        offset += (uint64_t)got;
    }
    return 0;
}

int reread_text(int fd, const char *encoding, struct text *ret_text)
{
    char head[4];
    ssize_t n;

    if (encoding)
        return text_init(ret_text, encoding);
    n = pread(fd, head, sizeof(head), 0);
    if (n < 0)
        return -errno;
    return text_init(ret_text,
                     gloss_encoding_name(gloss_encoding_guess(gloss_span(head, (size_t)n))));
}

int reread_line_begin(int fd, const struct text *text, uint64_t offset, uint64_t *ret_begin)
{
    CLEANUP(freep) char *bytes = malloc(CHUNK_BYTES);
    uint64_t end = offset;

    if (!bytes)
        return -ENOMEM;
    while (end > 0) {
        uint64_t begin = (end - 1) / CHUNK_BYTES * CHUNK_BYTES;
        size_t n = (size_t)(end - begin), found;
        int r = reread_bytes(fd, bytes, n, begin);

        if (r < 0)
            return r;
        found = text_last_end(text, bytes, n, begin);
        if (found > 0) {
            *ret_begin = begin + found;
            return 0;
        }
        end = begin;
    }
    *ret_begin = 0;
    return 0;
}

/* A walk over lines: up to `max` line ends from `from` on, not beyond `to`. */
static int walk(int fd, const struct text *text, uint64_t from, uint64_t to, uint64_t max,
                uint64_t *ret_ends, uint64_t *ret_at)
{
    CLEANUP(freep) char *bytes = malloc(CHUNK_BYTES);

    *ret_ends = 0;
    *ret_at = from;
    if (!bytes)
        return -ENOMEM;
    for (uint64_t begin = from; begin < to && *ret_ends < max;) {
        size_t n = (size_t)MIN(to - begin, (uint64_t)CHUNK_BYTES - begin % CHUNK_BYTES), at = 0;
        int r = reread_bytes(fd, bytes, n, begin);

        if (r < 0)
            return r;
        while (at < n && *ret_ends < max) {
            size_t end = text_first_end(text, bytes + at, n - at, begin + at);

            if (end == 0)
                break;
            at += end;
            *ret_at = begin + at;
            ++*ret_ends;
        }
        begin += n;
    }
    return 0;
}

int reread_count(int fd, const struct text *text, uint64_t from, uint64_t to, uint64_t *ret_lines)
{
    uint64_t at;
    int r = walk(fd, text, from, to, UINT64_MAX, ret_lines, &at);

    if (r == 0)
        *ret_lines += at < to;
    return r;
}

int reread_skip(int fd, const struct text *text, uint64_t lines, uint64_t to, uint64_t *ret_offset)
{
    uint64_t ends;

    return walk(fd, text, 0, to, lines, &ends, ret_offset);
}
