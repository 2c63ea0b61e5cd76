/* A remembered file is looked for at its path, then among the rotated names of that. Device and
 * inode alone do not make a file the same, for an inode may be another file's by now: it must hold
 * the remembered bytes too. A file that holds only these is a copy, where there are enough of them:
 * the starts of short files are too often alike. */

#include "io/files/relocate.h"

#include "core/base/util.h"
#include "io/files/decompressed_file.h"
#include "io/files/fingerprint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_BYTES 65536 /* a multiple of every width of a newline */

void relocate_deinit(struct relocated_file *r)
{
    if (r->fd >= 0)
        close(r->fd);
    free(r->path);
    *r = (struct relocated_file){.fd = -1};
}

/* ---- finding ---- */

/* Opens one file. *ret_fits: it holds the remembered bytes; *ret_same: it has the remembered device
 * and inode. */
static int try_file(struct relocated_file *r, const char *path,
                    const struct file_position *position, bool *ret_fits, bool *ret_same)
{
    struct stat st;
    int fits;

    *ret_fits = *ret_same = false;
    *r = (struct relocated_file){.found = RELOCATE_GONE, .fd = -1};
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
    fits = fingerprint_fits(r->fd, position);
    if (fits < 0)
        return fits;
    *ret_fits = fits == 1 && r->size >= position->offset;
    *ret_same = st.st_dev == position->dev && st.st_ino == position->ino;
    return 0;
}

/* Where the file is not as it was: only fingerprints are known, so it is a range. */
static void find_change(struct relocated_file *r, const struct file_position *position)
{
    struct fingerprint head = {0};

    if (r->size < position->offset) {
        r->from = r->size;
        r->until = position->offset;
    } else if (fingerprint_before(r->fd, position->head_print.len, &head) != 0 ||
               !fingerprint_equal(head, position->head_print)) {
        r->from = 0;
        r->until = position->head_print.len;
    } else {
        r->from = position->offset - MIN(position->offset, (uint64_t)FINGERPRINT_BYTES);
        r->until = position->offset;
    }
}

static bool is_better(const struct relocated_file *a, const struct relocated_file *b)
{
    return a->found < b->found;
}

/* Looks at one file; what was found best so far stays in *best. */
static int consider(struct relocated_file *best, const char *path,
                    const struct file_position *position)
{
    CLEANUP(relocate_deinit) struct relocated_file r;
    bool fits, same;
    int error = try_file(&r, path, position, &fits, &same);

    if (error < 0)
        return error;
    if (fits && same)
        r.found = RELOCATE_SAME;
    else if (fits && position->head_print.len == FINGERPRINT_BYTES)
        r.found = RELOCATE_COPY;
    else if (same && r.path)
        r.found = RELOCATE_CHANGED;
    if (!is_better(&r, best))
        return 0;
    relocate_deinit(best);
    *best = r;
    r = (struct relocated_file){.fd = -1};
    return 0;
}

/* Whether the remembered bytes are not the file's own, but those that it holds compressed. */
static bool is_compressed(int fd)
{
    CLEANUP(decompressed_file_freep) struct decompressed_file *u = NULL;

    return decompressed_file_new(&u, fd, /* limits= */ NULL) == 0;
}

int relocate_find(struct relocated_file *r, struct rotated_names_folder *folder,
                  const struct file_position *position)
{
    CLEANUP(relocate_deinit) struct relocated_file best = {.found = RELOCATE_GONE, .fd = -1};
    CLEANUP(rotated_names_deinit) struct rotated_names names = {0};
    bool compressed = false;
    int error = consider(&best, position->path, position);

    *r = (struct relocated_file){.found = RELOCATE_GONE, .fd = -1};
    if (error == 0 && best.found != RELOCATE_SAME)
        error = rotated_names_list(&names, folder, position->path);
    for (size_t i = 0; i < names.n && error == 0 && best.found != RELOCATE_SAME; i++) {
        compressed |= names.items[i].is_compressed;
        if (!names.items[i].is_compressed)
            error = consider(&best, names.items[i].path, position);
    }
    if (error < 0)
        return error;
    if (best.found == RELOCATE_CHANGED && is_compressed(best.fd)) {
        relocate_deinit(&best);
        best.found = RELOCATE_COMPRESSED;
    }
    if (best.found == RELOCATE_CHANGED)
        find_change(&best, position);
    if (best.found == RELOCATE_GONE && compressed)
        best.found = RELOCATE_COMPRESSED;
    *r = best;
    best = (struct relocated_file){.fd = -1};
    return 0;
}

/* ---- reading ---- */

int relocate_bytes(int fd, char *bytes, size_t n, uint64_t offset)
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

int relocate_text(int fd, const char *encoding, struct line_encoding *ret_text)
{
    char head[4];
    ssize_t n;

    if (encoding)
        return line_encoding_init(ret_text, encoding);
    n = pread(fd, head, sizeof(head), 0);
    if (n < 0)
        return -errno;
    return line_encoding_init(
        ret_text, gloss_encoding_name(gloss_encoding_guess(gloss_span(head, (size_t)n))));
}

int relocate_line_start(int fd, const struct line_encoding *text, uint64_t offset,
                        uint64_t *ret_start)
{
    CLEANUP(freep) char *bytes = malloc(CHUNK_BYTES);
    uint64_t end = offset;

    if (!bytes)
        return -ENOMEM;
    while (end > 0) {
        uint64_t begin = (end - 1) / CHUNK_BYTES * CHUNK_BYTES;
        size_t n = (size_t)(end - begin), found;
        int r = relocate_bytes(fd, bytes, n, begin);

        if (r < 0)
            return r;
        found = line_encoding_last_end(text, bytes, n, begin);
        if (found > 0) {
            *ret_start = begin + found;
            return 0;
        }
        end = begin;
    }
    *ret_start = 0;
    return 0;
}

/* Goes over lines from `from` on: up to `max` of them, not beyond `to`. *ret_ends: how many ended;
 * *ret_at: where the last one did. */
static int walk(int fd, const struct line_encoding *text, uint64_t from, uint64_t to, uint64_t max,
                uint64_t *ret_ends, uint64_t *ret_at)
{
    CLEANUP(freep) char *bytes = malloc(CHUNK_BYTES);

    *ret_ends = 0;
    *ret_at = from;
    if (!bytes)
        return -ENOMEM;
    for (uint64_t begin = from; begin < to && *ret_ends < max;) {
        size_t n = (size_t)MIN(to - begin, (uint64_t)CHUNK_BYTES - begin % CHUNK_BYTES), at = 0;
        int r = relocate_bytes(fd, bytes, n, begin);

        if (r < 0)
            return r;
        while (at < n && *ret_ends < max) {
            size_t end = line_encoding_first_end(text, bytes + at, n - at, begin + at);

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

int relocate_count(int fd, const struct line_encoding *text, uint64_t from, uint64_t to,
                   uint64_t *ret_lines)
{
    uint64_t at;
    int r = walk(fd, text, from, to, UINT64_MAX, ret_lines, &at);

    if (r == 0)
        *ret_lines += at < to;
    return r;
}

int relocate_skip(int fd, const struct line_encoding *text, uint64_t lines, uint64_t to,
                  uint64_t *ret_offset)
{
    uint64_t ends;

    return walk(fd, text, 0, to, lines, &ends, ret_offset);
}
