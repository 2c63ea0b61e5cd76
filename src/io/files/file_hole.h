#pragma once

/* Long holes of a sparse file: bytes that nobody wrote, and that take no room on the disk. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A shorter hole is read as the NULs that it stands for. */
#define FILE_HOLE_BYTES ((uint64_t)64 << 10)

struct file_hole {
    uint64_t start, end; /* offsets of its first byte, and behind its last one */
    bool is_last;        /* nothing is behind it */
};

/** Whether there may be a long hole among bytes of a file, by a look at a few of them.
 * @offset  of bytes[0] in the file. */
bool file_hole_may_be(const char *bytes, size_t n, uint64_t offset);

/** Finds the first long hole that has a byte from `from` on and before `to`. Only what stands from
 * `from` on counts as the hole. Returns false: there is none, or the file system does not tell. */
bool file_hole_find(int fd, uint64_t from, uint64_t to, struct file_hole *ret_hole);
