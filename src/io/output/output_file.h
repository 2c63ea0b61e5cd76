#pragma once

/* The output of the filter: standard output, or a file. Nothing is buffered: what was written is
 * with the kernel when the call returns. */

#include <gloss/spans.h>
#include <stdbool.h>
#include <sys/stat.h>

struct output_file;

/** @path  a file; it is created when there is none, and its content stays until
 * output_file_truncate(). NULL: standard output. Returns 0 or a negative errno. */
int output_file_open(struct output_file **ret_output, const char *path);
/** Closes the file without asking whether that went well: see output_file_finish(). */
struct output_file *output_file_free(struct output_file *o);
static inline void output_file_freep(struct output_file **o)
{
    *o = output_file_free(*o);
}

/** Empties a regular file; does nothing with standard output, pipes and devices. Returns 0 or a
 * negative errno. */
int output_file_truncate(struct output_file *o);
/** Writes all of it, and blocks as long as that takes. Returns 0; -EPIPE: the reader is gone;
 * another negative errno. After a failure nothing more is written, and each call returns the same
 * errno. */
int output_file_write(struct output_file *o, const struct gloss_spans *spans);
int output_file_write_bytes(struct output_file *o, const char *bytes, size_t n);
/** Asks for the errors that a file system reports only when a file is closed. Returns 0 or a
 * negative errno. */
int output_file_finish(struct output_file *o);

/** Whether that is the very file the output goes to, so that reading it would never end. */
bool output_file_is(const struct output_file *o, const struct stat *file);
int output_file_fd(const struct output_file *o);
