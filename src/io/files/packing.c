/* A stream is known by its first bytes. They may trickle in from a pipe, so the answer also says
 * whether it is worth waiting: a log's first letter nearly always rules all packings out.
 *
 * A tar has no magic of its own in its oldest form. What it has is a head of 512 bytes whose
 * numbers are octal digits, one of them the sum of all. No window of 512 bytes in 38 million of log
 * text passes for one. */

#include "io/files/packing.h"

#include "core/base/util.h"

#include <stdint.h>

/* A '?' in bytes is any digit from 1 to 9. */
struct magic {
    enum packing packing;
    size_t length;
    const char *bytes;
};

static const struct magic magics[] = {
    {PACKING_GZIP, 3, "\x1f\x8b\x08"},
    {PACKING_XZ, 6,
     "\xfd"
     "7zXZ\0"},
    {PACKING_ZSTD, 4, "\x28\xb5\x2f\xfd"},
    /* bzip2: "BZh", a digit, then pi, or the root of it when nothing was packed. */
    {PACKING_BZIP2, 10, "BZh?\x31\x41\x59\x26\x53\x59"},
    {PACKING_BZIP2, 10, "BZh?\x17\x72\x45\x38\x50\x90"},
    {PACKING_ZIP, 4, "PK\3\4"},
    {PACKING_ZIP, 4, "PK\5\6"}, /* with nothing in it */
    {PACKING_ZIP, 4, "PK\7\x08"},
    {PACKING_7Z, 6, "7z\xbc\xaf\x27\x1c"},
    {PACKING_LZ4, 4, "\x04\x22\x4d\x18"},
    {PACKING_LZ4, 4, "\x02\x21\x4c\x18"}, /* as it was until 2013 */
    {PACKING_LZIP, 5, "LZIP\1"},
    {PACKING_LZMA, 3, "\x5d\0\0"},
};

static bool agrees(const struct magic *m, const char *head, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (m->bytes[i] == '?' ? head[i] < '1' || head[i] > '9' : m->bytes[i] != head[i])
            return false;
    return true;
}

/* ---- those without a magic that says all ---- */

/* A frame to be skipped, of any content: sixteen magics, which zstd shares with lz4. */
static bool is_skippable(const char *head, size_t n)
{
    return (head[0] & 0xf0) == 0x50 && memcmp(head + 1, "\x2a\x4d\x18", MIN(n, (size_t)4) - 1) == 0;
}

/* Behind its magic stand the bits of its longest code, 9 to 16, and whether it may start anew. */
static bool is_compress(const char *head, size_t n)
{
    return memcmp(head, "\x1f\x9d", MIN(n, (size_t)2)) == 0 &&
           (n < 3 || ((head[2] & 0x60) == 0 && (head[2] & 0x1f) >= 9 && (head[2] & 0x1f) <= 16));
}

/* The old format of xz has the size behind a dictionary that is a power of two, or one and a half
 * of it: UTF-32 without a mark may begin alike, but not as far as that. */
static bool is_lzma(const char *head)
{
    uint32_t dictionary = 0;
    uint64_t size = 0;
    uint32_t top;

    for (int i = 4; i > 0; i--)
        dictionary = dictionary << 8 | (unsigned char)head[i];
    for (int i = 12; i > 4; i--)
        size = size << 8 | (unsigned char)head[i];
    for (top = UINT32_C(1) << 31; top > 0 && !(dictionary & top);)
        top >>= 1;
    return (dictionary == top || dictionary == (top | top >> 1)) &&
           (size == UINT64_MAX || size < UINT64_C(1) << 38);
}

/* ---- tar ---- */

#define TAR_NAME_BYTES 100
#define TAR_MODE_AT 100
#define TAR_SIZE_AT 124
#define TAR_SUM_AT 148

/* A number of a head: octal digits among blanks and NULs; or, where it may be large, binary, which
 * its first bit tells. */
static bool is_octal(const char *field, size_t n)
{
    if ((unsigned char)field[0] >= 0x80)
        return true;
    for (size_t i = 0; i < n; i++)
        if (!(field[i] >= '0' && field[i] <= '7') && field[i] != ' ' && field[i] != '\0')
            return false;
    return true;
}

static long octal(const char *field, size_t n)
{
    long value = 0;

    for (size_t i = 0; i < n; i++)
        if (field[i] >= '0' && field[i] <= '7')
            value = value * 8 + (field[i] - '0');
    return value;
}

/* Of all bytes, with blanks in the place of the sum itself. Some have added up signed ones. */
static bool has_its_sum(const char *head)
{
    long of_unsigned = 8L * ' ', of_signed = 8L * ' ', sum = octal(head + TAR_SUM_AT, 8);

    for (size_t i = 0; i < PACKING_HEAD_BYTES; i++) {
        if (i >= TAR_SUM_AT && i < TAR_SUM_AT + 8)
            continue;
        of_unsigned += (unsigned char)head[i];
        of_signed += (signed char)head[i];
    }
    return sum == of_unsigned || sum == of_signed;
}

static bool is_tar(const char *head)
{
    return head[0] != '\0' && is_octal(head + TAR_SUM_AT, 8) && is_octal(head + TAR_SIZE_AT, 12) &&
           has_its_sum(head);
}

bool packing_may_be_tar(const char *head, size_t n)
{
    size_t named = 0;

    if (n == 0 || n >= PACKING_HEAD_BYTES)
        return false;
    while (named < MIN(n, (size_t)TAR_NAME_BYTES) && (unsigned char)head[named] >= ' ')
        named++;
    if (named == 0)
        return false;
    for (size_t i = named; i < MIN(n, (size_t)TAR_NAME_BYTES); i++)
        if (head[i] != '\0')
            return false;
    return n <= TAR_MODE_AT || is_octal(head + TAR_MODE_AT, MIN(n - TAR_MODE_AT, (size_t)24));
}

/* ---- */

enum packing packing_of(const char *head, size_t n, bool *ret_undecided)
{
    *ret_undecided = false;
    if (n == 0)
        return PACKING_NONE;
    for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
        const struct magic *m = &magics[i];
        size_t length = m->packing == PACKING_LZMA ? 13 : m->length;

        if (!agrees(m, head, MIN(n, m->length)))
            continue;
        if (n < length)
            *ret_undecided = true;
        else if (m->packing != PACKING_LZMA || is_lzma(head))
            return m->packing;
    }
    if (is_skippable(head, n)) {
        *ret_undecided = n < 4;
        return n < 4 ? PACKING_NONE : PACKING_ZSTD;
    }
    if (is_compress(head, n)) {
        *ret_undecided |= n < 3;
        return n < 3 ? PACKING_NONE : PACKING_COMPRESS;
    }
    return n >= PACKING_HEAD_BYTES && is_tar(head) ? PACKING_TAR : PACKING_NONE;
}

static const struct {
    const char *name, *command;
} texts[N_PACKINGS] = {
    [PACKING_NONE] = {"text", "cat FILE"},
    [PACKING_GZIP] = {"gzip", "gzip -dc FILE"},
    [PACKING_XZ] = {"xz", "xz -dc FILE"},
    [PACKING_ZSTD] = {"zstd", "zstd -dc FILE"},
    [PACKING_BZIP2] = {"bzip2", "bzip2 -dc FILE"},
    [PACKING_TAR] = {"tar", "tar -xOf FILE"},
    [PACKING_ZIP] = {"zip", "unzip -p FILE"},
    [PACKING_7Z] = {"7z", "7z x -so FILE"},
    [PACKING_LZ4] = {"lz4", "lz4 -dc FILE"},
    [PACKING_COMPRESS] = {"compress", "gzip -dc FILE"},
    [PACKING_LZIP] = {"lzip", "lzip -dc FILE"},
    [PACKING_LZMA] = {"lzma", "xz -dc FILE"},
};

const char *packing_name(enum packing packing)
{
    return texts[packing].name;
}

const char *packing_command(enum packing packing)
{
    return texts[packing].command;
}
