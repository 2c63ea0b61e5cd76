#pragma once

/* A file that a service appends to for months: what it was given last may wait in memory while the
 * disk is full, a checkpoint knows its length, and after a death it is cut back to the length
 * committed. Or standard output, where what it was given may wait, but nothing can be cut back. */

#include "io/files/fingerprint.h"

#include <gloss/spans.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct sink_file;

/** @path  absolute; NULL: standard output. Copied. Nothing is opened yet.
 *  @mode  of a file that has to be made.
 *  Returns 0 or -ENOMEM. */
int sink_file_new(struct sink_file **ret_file, const char *path, mode_t mode);
struct sink_file *sink_file_free(struct sink_file *o);
static inline void sink_file_freep(struct sink_file **o)
{
    *o = sink_file_free(*o);
}

/** Opens the file that the path names, or makes it. The last part of the path is not followed when
 * it is a link (-ELOOP). Returns 0 or a negative errno. */
int sink_file_open(struct sink_file *o);

/** Somebody cut the file or wrote it anew: what is committed of it does not stand there. */
#define SINK_FILE_CHANGED 1

/** Cuts the file that a checkpoint speaks of back to its committed length: the one at the path, or,
 * when that is another one, the file of a rotated name with that identity. No file is ever
 * lengthened, and none is cut in which what is committed does not stand.
 *
 * Returns 0 also where no such file is there any more; SINK_FILE_CHANGED: it is left as it is; or a
 * negative errno. */
int sink_file_cut_back(const char *path, const struct sink_position *position);

/** Something could not be written and waits: take nothing more until sink_file_retry() says so. */
#define SINK_FILE_BLOCKED 1

/** Writes all of it, or keeps a copy of what could not be, behind what waits already. Returns 0;
 * SINK_FILE_BLOCKED; -ENOMEM: not even a copy could be kept, its content has a gap from here on. */
int sink_file_write(struct sink_file *o, const struct gloss_spans *spans);
/** Tries again what waits. Returns 0 when nothing does any more, else SINK_FILE_BLOCKED. */
int sink_file_retry(struct sink_file *o);
bool sink_file_is_blocked(const struct sink_file *o);
/** The negative errno of the last failure; 0: none since the last success. */
int sink_file_failure(const struct sink_file *o);

/** Brings all that was written to the disk. Returns 0; or a negative errno: what was written since
 * the last success may be lost though it can be read, and another try that succeeds says nothing of
 * it. */
int sink_file_sync(struct sink_file *o);
/** What waits, from the start of a line on if that can be. Good until the next call of any kind. */
struct gloss_span sink_file_pending(const struct sink_file *o);
/** After sink_file_open(): that is to be written first. Copied. Returns 0 or -ENOMEM. */
int sink_file_restore_pending(struct sink_file *o, struct gloss_span bytes);
/** Which file it is now and how long, whoever wrote it. Where something waits, the half line that
 * was written of it is taken back before. False for what is no file, and when none is open. */
bool sink_file_position(struct sink_file *o, struct sink_position *ret_position);
/** Whether somebody cut it, so that it is shorter than when it was last written or its place was
 * asked for, or deleted its last name. */
bool sink_file_was_cut(const struct sink_file *o);
/** Whether the path names another file than the open one, or none: it was rotated away. */
bool sink_file_was_moved(const struct sink_file *o);
/** Closes the file, to open another with sink_file_open(). What waits is forgotten. */
void sink_file_close(struct sink_file *o);
bool sink_file_is_open(const struct sink_file *o);

/** For messages: the path, or "standard output". */
const char *sink_file_name(const struct sink_file *o);
