/* A hash of 64 bits over at most 256 bytes: FNV-1a, then a mix, so that short runs of bytes that
 * differ in their last one only have hashes that differ everywhere. Checkpoints have these hashes,
 * so they must stay as they are.
 *
 * The first bytes of a file are those before min(offset, 256), so one function makes the head print
 * and the tail print. */

#include "io/files/fingerprint.h"

#include "core/base/util.h"

#include <unistd.h>

struct fingerprint fingerprint_of(const char *bytes, size_t n)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    hash ^= hash >> 32;
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 29;
    return (struct fingerprint){.len = (uint32_t)n, .hash = n > 0 ? hash : 0};
}

bool fingerprint_equal(struct fingerprint a, struct fingerprint b)
{
    return a.len == b.len && a.hash == b.hash;
}

bool fingerprint_is_blank(struct fingerprint print)
{
    static const char hole[FINGERPRINT_BYTES];

    return fingerprint_equal(print, fingerprint_of(hole, print.len));
}

int fingerprint_before(int fd, uint64_t offset, struct fingerprint *ret_print)
{
    size_t want = (size_t)MIN(offset, (uint64_t)FINGERPRINT_BYTES), n = 0;
    char bytes[FINGERPRINT_BYTES];

    while (n < want) {
        ssize_t r = pread(fd, bytes + n, want - n, (off_t)(offset - want + n));

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return -errno;
        if (r == 0)
            return 1;
        n += (size_t)r;
    }
    *ret_print = fingerprint_of(bytes, n);
    return 0;
}

int fingerprint_fits(int fd, const struct file_position *position)
{
    struct fingerprint print = {0};
    int r = fingerprint_before(fd, position->head_print.len, &print);

    if (r != 0 || !fingerprint_equal(print, position->head_print))
        return r < 0 ? r : 0;
    r = fingerprint_before(fd, position->offset, &print);
    if (r != 0)
        return r < 0 ? r : 0;
    return fingerprint_equal(print, position->tail_print);
}
