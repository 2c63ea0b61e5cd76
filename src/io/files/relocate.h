#pragma once

/* Files that a checkpoint remembers, found again on disk by somebody who does not follow them: to
 * show them, to check them, to read a part of them once more. Nothing is changed. */

#include "io/files/line_encoding.h"

#include "io/files/position.h"
#include "io/files/rotated_names.h"
#include <sys/types.h>

enum relocate_found {
    RELOCATE_SAME,    /* device, inode, and the bytes that are remembered of it */
    RELOCATE_COPY,    /* another file that holds these bytes: a copy made before a truncation */
    RELOCATE_CHANGED, /* device and inode, but not these bytes */
    RELOCATE_PACKED,  /* nowhere, but beside its path there are packed files: it may be in one */
    RELOCATE_GONE,    /* nowhere */
};

/** Zero-initialised, but for fd -1, is empty. */
struct relocated_file {
    enum relocate_found found;
    int fd;     /* same, copy and changed: of the file; else -1 */
    char *path; /* and where it was found; owned */
    uint64_t dev, ino;
    uint64_t size;        /* and how long it is */
    uint64_t from, until; /* changed: bytes that are missing or others than they were, all or some
                             of these */
};

/** Looks at the place's path and beside it. @folder  as of rotated_names_list(). Returns 0; or a
 * negative errno: it could not be looked at. */
int relocate_find(struct relocated_file *r, struct rotated_names_folder *folder,
                  const struct file_position *position);
void relocate_deinit(struct relocated_file *r);

/** What kind of text it is.
 * @encoding  as configured; NULL: auto.
 * Returns 0, -EINVAL (encoding), -ENOMEM, or a negative errno of a read. */
int relocate_text(int fd, const char *encoding, struct line_encoding *ret_text);

/** The begin of the line that holds the byte at `offset`. Returns 0 or a negative errno. */
int relocate_line_begin(int fd, const struct line_encoding *text, uint64_t offset,
                        uint64_t *ret_begin);
/** Lines in [from, to), from being the begin of one; the last one may lack its end. Returns 0;
 * -ENODATA: the file is shorter; another negative errno. */
int relocate_count(int fd, const struct line_encoding *text, uint64_t from, uint64_t to,
                   uint64_t *ret_lines);
/** Where the line begins that comes behind `lines` lines; not beyond `to`. Returns as above. */
int relocate_skip(int fd, const struct line_encoding *text, uint64_t lines, uint64_t to,
                  uint64_t *ret_offset);

/** Reads exactly n bytes at offset. Returns 0, -ENODATA, or another negative errno. */
int relocate_bytes(int fd, char *bytes, size_t n, uint64_t offset);
