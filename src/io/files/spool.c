/* Bytes fill the memory first, then the file, so they are released in the order in which they came.
 * The file is made when it is first needed, and has no name, so that nothing is left behind after a
 * death. Between two overlong lines it is emptied, not closed. */

#include "io/files/spool.h"

#include "core/base/util.h"
#include "io/files/write_all.h"

#include <fcntl.h>
#include <unistd.h>

#define MEMORY_BYTES (1024 * 1024)
#define PIECE_BYTES (64 * 1024)

struct spool {
    struct gloss_hold interface;
    int (*write)(void *ctx, const char *bytes, size_t n);
    void *ctx;
    const char *folder;
    struct gloss_buf memory;
    int fd;           /* of the file; -1: none was needed yet */
    uint64_t in_file; /* bytes of it */
    bool failed;
};

static int open_unnamed(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    char path[4096];
    size_t n = strlen(folder);

    if (fd >= 0 || n + sizeof("/glossd-XXXXXX") > sizeof(path))
        return fd;
    memcpy(path, folder, n);
    memcpy(path + n, "/glossd-XXXXXX", sizeof("/glossd-XXXXXX"));
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static int open_file(struct spool *s)
{
    const char *folders[] = {s->folder, "/var/tmp", "/tmp"};

    for (size_t i = 0; i < ARRAY_SIZE(folders) && s->fd < 0; i++)
        if (folders[i])
            s->fd = open_unnamed(folders[i]);
    return s->fd < 0 ? -errno : 0;
}

static int keep_span(struct spool *s, struct gloss_span span)
{
    size_t fits = s->in_file > 0 ? 0 : MIN(span.len, MEMORY_BYTES - s->memory.len);
    int r;

    if (fits > 0)
        gloss_buf_span(&s->memory, gloss_span(span.ptr, fits));
    if (s->memory.failed)
        return -ENOMEM;
    if (fits == span.len)
        return 0;
    r = s->fd < 0 ? open_file(s) : 0;
    if (r < 0)
        return r;
    r = write_all_at(s->fd, span.ptr + fits, span.len - fits, s->in_file);
    s->in_file += span.len - fits; /* also after a failure, so that on_drop() empties the file */
    return r;
}

static int on_keep(void *ctx, const struct gloss_spans *spans)
{
    struct spool *s = ctx;
    int r = 0;

    for (size_t i = 0; i < spans->n && r == 0; i++)
        r = keep_span(s, spans->items[i]);
    s->failed = r < 0;
    return r;
}

static int release_file(struct spool *s)
{
    CLEANUP(freep) char *piece = s->in_file > 0 ? malloc(PIECE_BYTES) : NULL;
    uint64_t done = 0;

    if (s->in_file > 0 && !piece)
        return -ENOMEM;
    while (done < s->in_file) {
        ssize_t n = pread(s->fd, piece, PIECE_BYTES, (off_t)done);
        int r = n < 0 && errno != EINTR ? -errno : n == 0 ? -EIO : 0;

        s->failed = r < 0;
        if (r == 0 && n > 0)
            r = s->write(s->ctx, piece, (size_t)n);
        if (r < 0)
            return r;
        done += n > 0 ? (uint64_t)n : 0;
    }
    return 0;
}

static void on_drop(void *ctx)
{
    struct spool *s = ctx;

    gloss_buf_clear(&s->memory);
    if (s->in_file > 0 && ftruncate(s->fd, 0) < 0) {
        close(s->fd); /* the next bytes get a new file */
        s->fd = -1;
    }
    s->in_file = 0;
}

static int on_release(void *ctx)
{
    struct spool *s = ctx;
    int r = s->write(s->ctx, s->memory.ptr, s->memory.len);

    if (r == 0)
        r = release_file(s);
    on_drop(s);
    return r;
}

int spool_new(struct spool **ret_spool, int (*write)(void *ctx, const char *bytes, size_t n),
              void *ctx, const char *folder)
{
    struct spool *s = calloc(1, sizeof(*s));

    if (!s)
        return -ENOMEM;
    s->interface =
        (struct gloss_hold){.keep = on_keep, .release = on_release, .drop = on_drop, .ctx = s};
    s->write = write;
    s->ctx = ctx;
    s->folder = folder;
    s->fd = -1;
    *ret_spool = s;
    return 0;
}

struct spool *spool_free(struct spool *s)
{
    if (!s)
        return NULL;
    if (s->fd >= 0)
        close(s->fd);
    gloss_buf_deinit(&s->memory);
    free(s);
    return NULL;
}

const struct gloss_hold *spool_interface(struct spool *s)
{
    return &s->interface;
}

bool spool_failed(const struct spool *s)
{
    return s->failed;
}
