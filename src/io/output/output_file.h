#pragma once

/* The output of the filter: standard output, or a file. Nothing is buffered: what was written is
 * with the kernel when the call returns. */

#include "io/files/link_resolver.h"

#include <gloss/spans.h>
#include <stdbool.h>
#include <sys/stat.h>

struct output_file;

#define OUTPUT_FILE_E_REFUSED 1 /* a link is not followed */

/** @path      NULL: standard output. A link is followed only if it belongs to root or to this user.
 * @replaces  whether a regular file is written aside and takes its name, and the mode of what was
 * there, in output_file_finish(). Without that, or where this user may write the file but not
 * replace it, its content stays until the first byte is written. A device or FIFO is written as it
 * is.
 *
 * Returns 0; OUTPUT_FILE_E_REFUSED, and *reterr_refusal says why; or a negative errno. */
int output_file_open(struct output_file **ret_output, const char *path, bool replaces,
                     struct link_refusal *reterr_refusal);
/** Closes the file without asking whether that went well: see output_file_finish(). What was
 * written aside and has no name yet is gone. */
struct output_file *output_file_free(struct output_file *o);
static inline void output_file_freep(struct output_file **o)
{
    *o = output_file_free(*o);
}

/** Writes all of it, and blocks as long as that takes. Returns 0; -EPIPE: the reader is gone;
 * another negative errno. After a failure nothing more is written, and each call returns the same
 * errno. */
int output_file_write(struct output_file *o, const struct gloss_spans *spans);
int output_file_write_bytes(struct output_file *o, const char *bytes, size_t n);
/** Asks for the errors that a file system reports only when a file is closed.
 *
 * @is_whole  whether all is written that belongs there, even if that is nothing. Else a file that
 * would be replaced stays as it was.
 *
 * Returns 0 or a negative errno. */
int output_file_finish(struct output_file *o, bool is_whole);

/** Whether that is the very file the output goes to, so that reading it would never end. */
bool output_file_is(const struct output_file *o, const struct stat *file);
int output_file_fd(const struct output_file *o);
