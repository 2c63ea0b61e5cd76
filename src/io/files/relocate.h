#pragma once

/* Files that a checkpoint remembers, found again on disk by a command that does not follow them: to
 * show them, to check them, to read a part of them once more. Nothing is changed. */

#include "io/files/line_encoding.h"
#include "io/files/position.h"
#include "io/files/rotated_names.h"

#include <sys/types.h>

/** What was found, the best first. */
enum relocate_found {
    RELOCATE_SAME,       /* the file: its device, its inode, and the remembered bytes */
    RELOCATE_COPY,       /* another file that holds these bytes: a copy, made before a truncation */
    RELOCATE_CHANGED,    /* the file, but it does not hold these bytes any more */
    RELOCATE_COMPRESSED, /* no file, but there are compressed ones with rotated names: it may be in
                            one of them, or is one itself */
    RELOCATE_GONE,       /* no file */
};

/** Zero-initialised, but for fd -1, is empty. The members in the middle are of SAME, COPY and
 * CHANGED. */
struct relocated_file {
    enum relocate_found found;
    int fd;     /* owned; else -1 */
    char *path; /* where it was found; owned */
    uint64_t dev, ino;
    uint64_t size;
    uint64_t from, until; /* CHANGED: the range in which remembered bytes are missing, or differ */
};

/** What was found of the path that was looked for last. A state may remember thousands of files of
 * one path, with thousands of rotated names beside it: each name is looked at once, not once for
 * each file. Zero-initialised is of no path. */
struct relocate_cache {
    struct rotated_names_folder folder;
    char *path; /* owned; NULL: of no path */
    struct rotated_names names;
    struct fingerprint *heads; /* owned; of the names; NULL: not read yet */
    size_t n_tries;            /* files that were opened because their first bytes fit */
};
void relocate_cache_deinit(struct relocate_cache *c);

/** Looks for the file at its path and among the rotated names of that.
 *
 * @cache  for one command, which looks at everything once; positions of one path should come
 *         together.
 *
 * Returns 0; or a negative errno: something could not be looked at. */
int relocate_find(struct relocated_file *r, struct relocate_cache *cache,
                  const struct file_position *position);
void relocate_deinit(struct relocated_file *r);

/** Which encoding the file has.
 * @encoding  as configured; NULL: a byte order mark tells, else bytes are taken as they are.
 * Returns 0, -EINVAL (encoding), -ENOMEM, or a negative errno of a read. */
int relocate_text(int fd, const char *encoding, struct line_encoding *ret_text);

/** Where the line starts that has the byte at `offset`. Returns 0 or a negative errno. */
int relocate_line_start(int fd, const struct line_encoding *text, uint64_t offset,
                        uint64_t *ret_start);
/** Counts the lines in [from, to). @from  the start of a line. The last line may lack its newline.
 * Returns 0; -ENODATA: the file is shorter; another negative errno. */
int relocate_count(int fd, const struct line_encoding *text, uint64_t from, uint64_t to,
                   uint64_t *ret_lines);
/** Where the first `lines` lines of the file end; not beyond `to`. Returns as above. */
int relocate_skip(int fd, const struct line_encoding *text, uint64_t lines, uint64_t to,
                  uint64_t *ret_offset);

/** Reads exactly n bytes at offset. Returns 0, -ENODATA, or another negative errno. */
int relocate_bytes(int fd, char *bytes, size_t n, uint64_t offset);
