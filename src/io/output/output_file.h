#pragma once

/* Where the filter's output goes: standard output, or a file of its own. Nothing waits in a sink:
 * what was written is with the kernel when the call returns. */

#include <gloss/spans.h>
#include <stdbool.h>
#include <sys/stat.h>

struct sink;

/** @path  a file, made when there is none and left as it is until sink_truncate(); NULL: standard
 *         output.
 * Returns 0 or a negative errno. */
int sink_open(struct sink **ret_sink, const char *path);
/** Without asking how closing went. */
struct sink *sink_free(struct sink *s);
static inline void sink_freep(struct sink **s)
{
    *s = sink_free(*s);
}

/** Empties it, when it is a file of its own. Returns 0 or a negative errno. */
int sink_truncate(struct sink *s);
/** Writes all of it, waiting as long as that takes. Returns 0; -EPIPE: the reader is gone; another
 * negative errno. After a failure nothing more is written, and the same comes back. */
int sink_write(struct sink *s, const struct gloss_spans *spans);
int sink_write_bytes(struct sink *s, const char *bytes, size_t n);
/** Asks the kernel whether all of it arrived, as far as closing a file tells. Returns 0 or a
 * negative errno. */
int sink_finish(struct sink *s);

/** Whether that is the very file the sink writes to, so that reading it would never end. */
bool sink_is(const struct sink *s, const struct stat *file);
int sink_fd(const struct sink *s);
