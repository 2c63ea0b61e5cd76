/* xz, zstd and bzip2 by libarchive: its filters, over a "format" that is just bytes. It unpacks in
 * blocks of 64 or 128 KiB; of a stream that is cut off, the last block that is not whole is
 * missing. Blocks are taken one by one, since archive_read_data() fills all of the room it is
 * given, and where an error comes up on the way drops what it has put there.
 *
 * libarchive brings a score of libraries along, and to load them takes longer than everything else
 * a short run does. So it is not linked: it is loaded when the first such stream is met, and stays
 * then. The header is still its own, so the compiler checks each call. */

#include "io/files/decompress.h"

#include "core/base/util.h"

#include <archive.h>
#include <dlfcn.h>
#include <stdio.h>

#define LIBRARY "libarchive.so.13"

#define EACH_FUNCTION(F)                 \
    F(archive_errno)                     \
    F(archive_error_string)              \
    F(archive_read_data_block)           \
    F(archive_read_free)                 \
    F(archive_read_new)                  \
    F(archive_read_next_header)          \
    F(archive_read_open)                 \
    F(archive_read_support_filter_bzip2) \
    F(archive_read_support_filter_xz)    \
    F(archive_read_support_filter_zstd)  \
    F(archive_read_support_format_empty) \
    F(archive_read_support_format_raw)   \
    F(archive_set_error)

struct library {
#define AS_MEMBER(name) \
    __typeof__(name) *name; /* NOLINT(bugprone-macro-parentheses): declares it */
    EACH_FUNCTION(AS_MEMBER)
#undef AS_MEMBER
};

static const struct {
    const char *name;
    size_t place; /* in struct library */
} functions[] = {
#define AS_ROW(name) {#name, offsetof(struct library, name)},
    EACH_FUNCTION(AS_ROW)
#undef AS_ROW
};

struct decompress_archive {
    struct decompressor base;
    decompress_pull_fn pull;
    void *ctx;
    struct library library;
    struct archive *archive; /* NULL: the library could not be loaded, problem says why */
    bool open;
    const char *block; /* what libarchive unpacked and nobody has taken yet; its own */
    size_t left;
    int error; /* what pull returned, when it failed */
    char problem[256];
};

/* What stays loaded needs no handle. */
static bool load(struct library *library)
{
    void *handle = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    bool whole = handle != NULL;

    for (size_t i = 0; i < ARRAY_SIZE(functions) && whole; i++) {
        void *function = dlsym(handle, functions[i].name);

        memcpy((char *)library + functions[i].place, &function, sizeof(function));
        whole = function != NULL;
    }
    if (handle)
        dlclose(handle);
    return whole;
}

static la_ssize_t on_pull(struct archive *archive, void *ctx, const void **ret_bytes)
{
    struct decompress_archive *a = ctx;
    const char *bytes = NULL;
    ssize_t n = a->pull(a->ctx, &bytes);

    if (n < 0) {
        a->error = (int)n;
        a->library.archive_set_error(archive, (int)-n, "%s", strerror((int)-n));
        return -1;
    }
    *ret_bytes = bytes;
    return n;
}

/* A read that a signal broke off cannot be taken up again by libarchive: it is an error here. */
static ssize_t failed(struct decompress_archive *a)
{
    const char *text = a->library.archive_error_string(a->archive);

    if (a->error < 0)
        return a->error;
    if (a->library.archive_errno(a->archive) == ENOMEM)
        return -ENOMEM;
    snprintf(
        a->problem, sizeof(a->problem),
        "the compressed data is damaged or cut off (%s); what comes before was read, except up to "
        "128 KiB",
        text ? text : "no reason given");
    a->base.problem = a->problem;
    return -EBADMSG;
}

static int open_stream(struct decompress_archive *a)
{
    struct archive_entry *entry;
    int r = a->library.archive_read_open(a->archive, a, NULL, on_pull, NULL);

    if (r == ARCHIVE_OK)
        r = a->library.archive_read_next_header(a->archive, &entry);
    a->open = true;
    return r;
}

/* Returns 1; 0 at the end; or a code of libarchive below ARCHIVE_WARN. */
static int next_block(struct decompress_archive *a)
{
    const void *block = NULL;
    la_int64_t offset;
    int r;

    do
        r = a->library.archive_read_data_block(a->archive, &block, &a->left, &offset);
    while (r == ARCHIVE_RETRY || ((r == ARCHIVE_OK || r == ARCHIVE_WARN) && a->left == 0));
    a->block = block;
    return r == ARCHIVE_EOF ? 0 : r < ARCHIVE_WARN ? r : 1;
}

static ssize_t archive_unpack(struct decompressor *u, char *place, size_t size)
{
    struct decompress_archive *a = container_of(u, struct decompress_archive, base);
    size_t n;
    int r;

    if (!a->archive)
        return -ELIBACC;
    if (!a->open) {
        r = open_stream(a);
        if (r == ARCHIVE_EOF)
            return 0;
        if (r < ARCHIVE_WARN)
            return failed(a);
    }
    if (a->left == 0) {
        r = next_block(a);
        if (r <= 0)
            return r == 0 ? 0 : failed(a);
    }
    n = MIN(size, a->left);
    memcpy(place, a->block, n);
    a->block += n;
    a->left -= n;
    return (ssize_t)n;
}

static void archive_unpacker_free(struct decompressor *u)
{
    struct decompress_archive *a = container_of(u, struct decompress_archive, base);

    if (a->archive)
        a->library.archive_read_free(a->archive);
    free(a);
}

static int begin(struct decompress_archive *a)
{
    a->archive = a->library.archive_read_new();
    if (!a->archive)
        return -ENOMEM;
    a->library.archive_read_support_filter_xz(a->archive);
    a->library.archive_read_support_filter_zstd(a->archive);
    a->library.archive_read_support_filter_bzip2(a->archive);
    a->library.archive_read_support_format_raw(a->archive);
    a->library.archive_read_support_format_empty(a->archive);
    return 0;
}

static void cannot_load(struct decompress_archive *a)
{
    const char *reason = dlerror();

    snprintf(
        a->problem, sizeof(a->problem),
        "is compressed, and the library that reads it is not installed; install libarchive (%s)",
        reason ? reason : LIBRARY);
    a->base.problem = a->problem;
}

int decompress_archive_new(struct decompressor **ret_unpacker, decompress_pull_fn pull, void *ctx)
{
    struct decompress_archive *a = calloc(1, sizeof(*a));

    if (!a)
        return -ENOMEM;
    a->base = (struct decompressor){.read = archive_unpack, .free = archive_unpacker_free};
    a->pull = pull;
    a->ctx = ctx;
    if (!load(&a->library)) {
        cannot_load(a);
    } else if (begin(a) < 0) {
        free(a);
        return -ENOMEM;
    }
    *ret_unpacker = &a->base;
    return 0;
}
