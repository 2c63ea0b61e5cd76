/* Memory first, then the file: what is released comes out in the same order. The file is made when
 * it is first needed, has no name that could be left behind, and is emptied, not closed, between
 * one overlong line and the next. */

#include "io/files/spool.h"

#include "core/base/util.h"
#include "io/files/write_all.h"

#include <fcntl.h>
#include <unistd.h>

#define MEMORY_BYTES (1024 * 1024)
#define COPY_BYTES (64 * 1024)

struct spool {
    struct gloss_hold interface;
    int (*write)(void *ctx, const char *bytes, size_t n);
    void *ctx;
    const char *directory;
    struct gloss_buf memory;
    int fd; /* -1: no file yet */
    uint64_t in_file;
    bool failed;
};

static int open_unnamed(const char *directory)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    char path[4096];
    size_t n = strlen(directory);

    if (fd >= 0 || n + sizeof("/glossd-XXXXXX") > sizeof(path))
        return fd;
    memcpy(path, directory, n);
    memcpy(path + n, "/glossd-XXXXXX", sizeof("/glossd-XXXXXX"));
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static int open_file(struct spool *h)
{
    const char *places[] = {h->directory, "/var/tmp", "/tmp"};

    for (size_t i = 0; i < ARRAY_SIZE(places) && h->fd < 0; i++)
        if (places[i])
            h->fd = open_unnamed(places[i]);
    return h->fd < 0 ? -errno : 0;
}

static int keep_span(struct spool *h, struct gloss_span span)
{
    size_t fits = h->in_file > 0 ? 0 : MIN(span.len, MEMORY_BYTES - h->memory.len);
    int r;

    if (fits > 0)
        gloss_buf_span(&h->memory, gloss_span(span.ptr, fits));
    if (h->memory.failed)
        return -ENOMEM;
    if (fits == span.len)
        return 0;
    r = h->fd < 0 ? open_file(h) : 0;
    if (r < 0)
        return r;
    r = write_all_at(h->fd, span.ptr + fits, span.len - fits, h->in_file);
    h->in_file += span.len - fits; /* what a failed write left behind is emptied, too */
    return r;
}

static int on_keep(void *ctx, const struct gloss_spans *spans)
{
    struct spool *h = ctx;
    int r = 0;

    for (size_t i = 0; i < spans->n && r == 0; i++)
        r = keep_span(h, spans->items[i]);
    h->failed = r < 0;
    return r;
}

static int release_file(struct spool *h)
{
    CLEANUP(freep) char *copy = h->in_file > 0 ? malloc(COPY_BYTES) : NULL;
    uint64_t done = 0;

    if (h->in_file > 0 && !copy)
        return -ENOMEM;
    while (done < h->in_file) {
        ssize_t n = pread(h->fd, copy, COPY_BYTES, (off_t)done);
        int r = n < 0 && errno != EINTR ? -errno : n == 0 ? -EIO : 0;

        h->failed = r < 0;
        if (r == 0 && n > 0)
            r = h->write(h->ctx, copy, (size_t)n);
        if (r < 0)
            return r;
        done += n > 0 ? (uint64_t)n : 0;
    }
    return 0;
}

static void on_drop(void *ctx)
{
    struct spool *h = ctx;

    gloss_buf_clear(&h->memory);
    if (h->in_file > 0 && ftruncate(h->fd, 0) < 0) {
        close(h->fd); /* the bytes are of no use; a new file is as good */
        h->fd = -1;
    }
    h->in_file = 0;
}

static int on_release(void *ctx)
{
    struct spool *h = ctx;
    int r = h->write(h->ctx, h->memory.ptr, h->memory.len);

    if (r == 0)
        r = release_file(h);
    on_drop(h);
    return r;
}

int spool_new(struct spool **ret_hold, int (*write)(void *ctx, const char *bytes, size_t n),
              void *ctx, const char *directory)
{
    struct spool *h = calloc(1, sizeof(*h));

    if (!h)
        return -ENOMEM;
    h->interface =
        (struct gloss_hold){.keep = on_keep, .release = on_release, .drop = on_drop, .ctx = h};
    h->write = write;
    h->ctx = ctx;
    h->directory = directory;
    h->fd = -1;
    *ret_hold = h;
    return 0;
}

struct spool *spool_free(struct spool *h)
{
    if (!h)
        return NULL;
    if (h->fd >= 0)
        close(h->fd);
    gloss_buf_deinit(&h->memory);
    free(h);
    return NULL;
}

const struct gloss_hold *hold_interface(struct spool *h)
{
    return &h->interface;
}

bool spool_failed(const struct spool *h)
{
    return h->failed;
}
