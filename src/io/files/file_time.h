#pragma once

/* When a file or folder was changed last, as its own times tell, and by that whether it is still as
 * it was. These times move in steps of some milliseconds: of what was changed within the step that
 * has not passed yet they do not tell the last change. */

#include "core/base/nanoseconds.h"

#include <stdbool.h>
#include <sys/stat.h>

/** When it was written to last, nanoseconds since 1970. A program may set this time. */
static inline uint64_t file_mtime_ns(const struct stat *st)
{
    return timespec_ns(st->st_mtim);
}

/** The later of mtime and ctime: whatever is done to the file or its names moves it. */
static inline uint64_t file_time_ns(const struct stat *st)
{
    uint64_t changed_ns = timespec_ns(st->st_ctim), written_ns = file_mtime_ns(st);

    return changed_ns > written_ns ? changed_ns : written_ns;
}

/** Which file it is, and when it was changed last. */
struct file_stamp {
    uint64_t dev, ino, time_ns;
};

static inline struct file_stamp file_stamp_of(const struct stat *st)
{
    return (struct file_stamp){.dev = st->st_dev, .ino = st->st_ino, .time_ns = file_time_ns(st)};
}

static inline bool file_stamp_equal(struct file_stamp a, struct file_stamp b)
{
    return a.dev == b.dev && a.ino == b.ino && a.time_ns == b.time_ns;
}
