/* xz, zstd and bzip2 by libarchive: its filters, over a "format" that is just bytes. It unpacks in
 * blocks; of a stream that is cut off, the last block that is not whole is missing. */

#include "io/unpack.h"

#include "core/util.h"

#include <archive.h>
#include <stdio.h>

struct unpack_archive {
    struct unpacker base;
    unpack_pull_fn pull;
    void *ctx;
    struct archive *archive;
    bool open;
    int error; /* what pull returned, when it failed */
    char problem[256];
};

static la_ssize_t on_pull(struct archive *archive, void *ctx, const void **ret_bytes)
{
    struct unpack_archive *a = ctx;
    const char *bytes = NULL;
    ssize_t n = a->pull(a->ctx, &bytes);

    if (n < 0) {
        a->error = (int)n;
        archive_set_error(archive, (int)-n, "%s", strerror((int)-n));
        return -1;
    }
    *ret_bytes = bytes;
    return n;
}

/* A read that a signal broke off cannot be taken up again by libarchive: it is an error here. */
static ssize_t failed(struct unpack_archive *a)
{
    const char *text = archive_error_string(a->archive);

    if (a->error < 0)
        return a->error;
    if (archive_errno(a->archive) == ENOMEM)
        return -ENOMEM;
    snprintf(a->problem, sizeof(a->problem),
             "the packed data is damaged or cut off (%s); what came before it was read",
             text ? text : "no reason given");
    a->base.problem = a->problem;
    return -EBADMSG;
}

static int open_stream(struct unpack_archive *a)
{
    struct archive_entry *entry;
    int r = archive_read_open(a->archive, a, NULL, on_pull, NULL);

    if (r == ARCHIVE_OK)
        r = archive_read_next_header(a->archive, &entry);
    a->open = true;
    return r;
}

static ssize_t archive_unpack(struct unpacker *u, char *place, size_t size)
{
    struct unpack_archive *a = container_of(u, struct unpack_archive, base);
    la_ssize_t n;

    if (!a->open) {
        int r = open_stream(a);

        if (r == ARCHIVE_EOF)
            return 0;
        if (r < ARCHIVE_WARN)
            return failed(a);
    }
    do
        n = archive_read_data(a->archive, place, size);
    while (n == ARCHIVE_RETRY);
    return n < 0 ? failed(a) : n;
}

static void archive_unpacker_free(struct unpacker *u)
{
    struct unpack_archive *a = container_of(u, struct unpack_archive, base);

    archive_read_free(a->archive);
    free(a);
}

int unpack_archive_new(struct unpacker **ret_unpacker, unpack_pull_fn pull, void *ctx)
{
    struct unpack_archive *a = calloc(1, sizeof(*a));

    if (!a)
        return -ENOMEM;
    a->base = (struct unpacker){.read = archive_unpack, .free = archive_unpacker_free};
    a->pull = pull;
    a->ctx = ctx;
    a->archive = archive_read_new();
    if (!a->archive) {
        free(a);
        return -ENOMEM;
    }
    archive_read_support_filter_xz(a->archive);
    archive_read_support_filter_zstd(a->archive);
    archive_read_support_filter_bzip2(a->archive);
    archive_read_support_format_raw(a->archive);
    archive_read_support_format_empty(a->archive);
    *ret_unpacker = &a->base;
    return 0;
}
