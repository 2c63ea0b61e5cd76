/* A stream is known by its first bytes, never by its name. They may trickle in from a pipe, so the
 * guess also says whether it is worth waiting: a log's first letter nearly always rules all out. */

#include "io/files/decompress.h"

#include "core/base/util.h"

struct magic {
    enum decompress_kind kind;
    size_t length;
    const char *bytes;
};

static const struct magic magics[] = {
    {DECOMPRESS_GZIP, 3, "\x1f\x8b\x08"},
    {DECOMPRESS_ARCHIVE, 6,
     "\xfd"
     "7zXZ\0"},
    {DECOMPRESS_ARCHIVE, 4, "\x28\xb5\x2f\xfd"},
    /* bzip2: "BZh", a digit, then pi, or the root of it when nothing was packed. */
    {DECOMPRESS_ARCHIVE, 10, "BZh?\x31\x41\x59\x26\x53\x59"},
    {DECOMPRESS_ARCHIVE, 10, "BZh?\x17\x72\x45\x38\x50\x90"},
};

static bool agrees(const struct magic *m, const char *head, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (m->bytes[i] == '?' ? head[i] < '1' || head[i] > '9' : m->bytes[i] != head[i])
            return false;
    return true;
}

enum decompress_kind decompress_guess(const char *head, size_t n, bool *ret_undecided)
{
    *ret_undecided = false;
    for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
        if (!agrees(&magics[i], head, MIN(n, magics[i].length)))
            continue;
        if (n >= magics[i].length)
            return magics[i].kind;
        *ret_undecided = true;
    }
    return DECOMPRESS_NONE;
}

const char *decompress_foreign(const char *head, size_t n)
{
    static const struct {
        const char *name;
        size_t length;
        const char *bytes;
    } rows[] = {
        {"zip", 4, "PK\3\4"},
        {"7z", 6, "7z\xbc\xaf\x27\x1c"},
        {"lz4", 4, "\x04\x22\x4d\x18"},
        {"compress", 2, "\x1f\x9d"},
        {"lzip", 4, "LZIP"},
        {"lzma", 3, "\x5d\0\0"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (n >= rows[i].length && memcmp(head, rows[i].bytes, rows[i].length) == 0)
            return rows[i].name;
    return NULL;
}

int decompress_new(struct decompressor **ret_unpacker, enum decompress_kind kind,
                   decompress_pull_fn pull, void *ctx)
{
    if (kind == DECOMPRESS_GZIP)
        return decompress_gzip_new(ret_unpacker, pull, ctx);
    return decompress_archive_new(ret_unpacker, pull, ctx);
}
