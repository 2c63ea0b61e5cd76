#pragma once

/* A file that the service appends to for months. Its last bytes may wait in memory while the disk
 * is full; a checkpoint has its length, and after a crash it is cut back to the committed length.
 * Or standard output: its last bytes may wait as well, but it cannot be cut back. */

#include "io/files/fingerprint.h"

#include <gloss/spans.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct sink_file;

/** @path  absolute; NULL: standard output. Copied. Nothing is opened yet.
 *  @mode  of a file that has to be created.
 *  Returns 0 or -ENOMEM. */
int sink_file_new(struct sink_file **ret_file, const char *path, mode_t mode);
struct sink_file *sink_file_free(struct sink_file *f);
static inline void sink_file_freep(struct sink_file **f)
{
    *f = sink_file_free(*f);
}

/** Opens the file that the path names, or creates it. Returns 0 or a negative errno: -ELOOP: the
 * last part of the path is a link, which is never followed; -EINVAL: it is no regular file. */
int sink_file_open(struct sink_file *f);

/** The file does not hold the bytes that were committed: another program cut it or rewrote it. */
#define SINK_FILE_CHANGED 1

/** Cuts the file that a checkpoint speaks of back to its committed length: the one at the path, or,
 * when that is another one, the file of a rotated name with that identity. No file is ever
 * lengthened, and none is cut in which what is committed does not stand.
 *
 * Returns 0, also when there is no such file any more; SINK_FILE_CHANGED: it is left as it is; or a
 * negative errno. */
int sink_file_cut_back(const char *path, const struct sink_position *position);

/** Some bytes could not be written and wait: write nothing more until sink_file_retry() returns 0.
 */
#define SINK_FILE_BLOCKED 1

/** Writes all spans, or keeps a copy of the rest, behind the bytes that wait. Returns 0;
 * SINK_FILE_BLOCKED: some bytes wait; -ENOMEM: not even a copy could be kept, and the content has a
 * gap from here on. */
int sink_file_write(struct sink_file *f, const struct gloss_spans *spans);
/** Writes the bytes that wait. Returns 0 when none is left, else SINK_FILE_BLOCKED. */
int sink_file_retry(struct sink_file *f);
bool sink_file_is_blocked(const struct sink_file *f);
/** The negative errno of the last failure; 0: none since the last success. */
int sink_file_failure(const struct sink_file *f);

/** Brings all written bytes to the disk. Returns 0; or a negative errno: the bytes that were
 * written since the last success may be lost though they can still be read, and a further sync that
 * succeeds proves nothing about them. */
int sink_file_sync(struct sink_file *f);
/** The bytes that wait, from the start of a line on if that start is still in memory. Valid until
 * the next call of any kind. */
struct gloss_span sink_file_pending(const struct sink_file *f);
/** Takes bytes that an earlier process could not write; they are written first. To be called right
 * after sink_file_open(). @bytes  copied. Returns 0 or -ENOMEM. */
int sink_file_restore_pending(struct sink_file *f, struct gloss_span bytes);
/** Tells which file is open and how long it is, including bytes of other writers. When bytes wait,
 * the half line that was written before them is removed from the file first. Returns false for
 * standard output, and when no file is open. */
bool sink_file_position(struct sink_file *f, struct sink_position *ret_position);
/** Whether another process has cut it, so that it is shorter than at the last write or
 * sink_file_position(), or has deleted its last name. */
bool sink_file_was_cut(const struct sink_file *f);
/** Whether the path names another file than the open one, or none: it was rotated away. */
bool sink_file_was_moved(const struct sink_file *f);
/** Closes the file and forgets the bytes that wait. It may be opened again. */
void sink_file_close(struct sink_file *f);
bool sink_file_is_open(const struct sink_file *f);
/** Which file is open, and how it begins. */
struct sink_file_identity {
    uint64_t dev, ino;
    struct gloss_span head; /* its first FINGERPRINT_BYTES or fewer; valid until the next call */
};
/** Returns false: none is open. Of a file that another process has cut it tells what it was before,
 * until sink_file_position() or sink_file_open() is called. */
bool sink_file_identity(const struct sink_file *f, struct sink_file_identity *ret_identity);

/** For messages: the path, or "standard output". */
const char *sink_file_name(const struct sink_file *f);
