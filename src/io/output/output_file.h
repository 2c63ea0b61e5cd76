#pragma once

/* Where the filter's output goes: standard output, or a file of its own. Nothing waits in a sink:
 * what was written is with the kernel when the call returns. */

#include <gloss/spans.h>
#include <stdbool.h>
#include <sys/stat.h>

struct output_file;

/** @path  a file, made when there is none and left as it is until output_file_truncate(); NULL:
 * standard output. Returns 0 or a negative errno. */
int output_file_open(struct output_file **ret_sink, const char *path);
/** Without asking how closing went. */
struct output_file *output_file_free(struct output_file *s);
static inline void output_file_freep(struct output_file **s)
{
    *s = output_file_free(*s);
}

/** Empties it, when it is a file of its own. Returns 0 or a negative errno. */
int output_file_truncate(struct output_file *s);
/** Writes all of it, waiting as long as that takes. Returns 0; -EPIPE: the reader is gone; another
 * negative errno. After a failure nothing more is written, and the same comes back. */
int output_file_write(struct output_file *s, const struct gloss_spans *spans);
int output_file_write_bytes(struct output_file *s, const char *bytes, size_t n);
/** Asks the kernel whether all of it arrived, as far as closing a file tells. Returns 0 or a
 * negative errno. */
int output_file_finish(struct output_file *s);

/** Whether that is the very file the sink writes to, so that reading it would never end. */
bool output_file_is(const struct output_file *s, const struct stat *file);
int output_file_fd(const struct output_file *s);
