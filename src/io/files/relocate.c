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
/* The most files that one command opens because they begin with remembered bytes. */
#define TRIES_MAX 100000

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

/* ---- rotated names ---- */

void relocate_cache_deinit(struct relocate_cache *c)
{
    rotated_names_folder_deinit(&c->folder);
    rotated_names_deinit(&c->names);
    free(c->path);
    free(c->heads);
    *c = (struct relocate_cache){0};
}

/* Lets the cache have the rotated names of that path. */
static int list_names(struct relocate_cache *c, const char *path)
{
    int r;

    if (c->path && STREQ(c->path, path))
        return 0;
    free(c->path);
    free(c->heads);
    rotated_names_deinit(&c->names);
    c->heads = NULL;
    c->path = NULL;
    r = rotated_names_list(&c->names, &c->folder, path);
    if (r < 0)
        return r;
    c->path = strdup(path);
    return c->path ? 0 : -ENOMEM;
}

/* The print of the first FINGERPRINT_BYTES of a file; len 0: it has fewer. */
static int read_head(const char *path, struct fingerprint *ret_head)
{
    CLEANUP(closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    int r;

    *ret_head = (struct fingerprint){0};
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return 0;
    r = fingerprint_before(fd, FINGERPRINT_BYTES, ret_head);
    return MIN(r, 0);
}

static int read_heads(struct relocate_cache *c)
{
    int r = 0;

    if (c->heads)
        return 0;
    c->heads = calloc(c->names.n + 1, sizeof(*c->heads));
    if (!c->heads)
        return -ENOMEM;
    for (size_t i = 0; i < c->names.n && r == 0; i++)
        if (!c->names.items[i].is_compressed)
            r = read_head(c->names.items[i].path, &c->heads[i]);
    if (r < 0) {
        free(c->heads);
        c->heads = NULL;
    }
    return r;
}

/* Whether a rotated name is worth opening: it is the file by device and inode, or begins with the
 * remembered bytes. Thousands of files that all begin alike are not all opened for each position.
 */
static bool is_candidate(struct relocate_cache *c, size_t i, const struct file_position *position)
{
    const struct rotated_name *name = &c->names.items[i];

    if (name->is_compressed)
        return false;
    if (name->dev == position->dev && name->ino == position->ino)
        return true;
    return c->heads && fingerprint_equal(c->heads[i], position->head_print) &&
           c->n_tries++ < TRIES_MAX;
}

static int consider_names(struct relocated_file *best, struct relocate_cache *c,
                          const struct file_position *position)
{
    bool may_be_copy = position->head_print.len == FINGERPRINT_BYTES;
    int r = list_names(c, position->path);

    if (r == 0 && may_be_copy)
        r = read_heads(c);
    for (size_t i = 0; i < c->names.n && r == 0 && best->found != RELOCATE_SAME; i++)
        if (is_candidate(c, i, position))
            r = consider(best, c->names.items[i].path, position);
    return r;
}

static bool has_compressed(const struct rotated_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        if (names->items[i].is_compressed)
            return true;
    return false;
}

int relocate_find(struct relocated_file *r, struct relocate_cache *cache,
                  const struct file_position *position)
{
    CLEANUP(relocate_deinit) struct relocated_file best = {.found = RELOCATE_GONE, .fd = -1};
    int error = consider(&best, position->path, position);

    *r = (struct relocated_file){.found = RELOCATE_GONE, .fd = -1};
    if (error == 0 && best.found != RELOCATE_SAME)
        error = consider_names(&best, cache, position);
    if (error < 0)
        return error;
    if (best.found == RELOCATE_CHANGED && is_compressed(best.fd)) {
        relocate_deinit(&best);
        best.found = RELOCATE_COMPRESSED;
    }
    if (best.found == RELOCATE_CHANGED)
        find_change(&best, position);
    if (best.found == RELOCATE_GONE && has_compressed(&cache->names))
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
