/* To ask the kernel for holes costs more than to look at a byte: a long hole that has bytes in a
 * range reaches to the range's end, or has a multiple of its least length in it. */

#include "io/files/file_hole.h"

#include <errno.h>
#include <unistd.h>

bool file_hole_may_be(const char *bytes, size_t n, uint64_t offset)
{
    uint64_t at = (FILE_HOLE_BYTES - offset % FILE_HOLE_BYTES) % FILE_HOLE_BYTES;

    for (; at < n; at += FILE_HOLE_BYTES)
        if (bytes[at] == '\0')
            return true;
    return n > 0 && bytes[n - 1] == '\0';
}

/* Where the hole at `start` ends. */
static bool find_end(int fd, uint64_t start, struct file_hole *ret_hole)
{
    off_t end = lseek(fd, (off_t)start, SEEK_DATA);

    *ret_hole = (struct file_hole){.start = start, .is_last = end < 0 && errno == ENXIO};
    if (ret_hole->is_last)
        end = lseek(fd, 0, SEEK_END);
    ret_hole->end = (uint64_t)end;
    return end >= 0;
}

bool file_hole_find(int fd, uint64_t from, uint64_t to, struct file_hole *ret_hole)
{
    while (from < to) {
        off_t start = lseek(fd, (off_t)from, SEEK_HOLE);

        if (start < 0 || (uint64_t)start >= to || !find_end(fd, (uint64_t)start, ret_hole))
            return false;
        if (ret_hole->end >= ret_hole->start + FILE_HOLE_BYTES)
            return true;
        from = ret_hole->end;
        if (ret_hole->is_last)
            return false;
    }
    return false;
}
