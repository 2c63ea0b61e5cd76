#pragma once

/* A store for bytes whose output is not decided yet, such as the start of an overlong line that has
 * no hit so far: 1 MiB in memory, the rest in a temporary file without a name. */

#include <gloss/annotate.h>

struct spool;

/** @write   called with the bytes that are released; returns 0 or a negative errno.
 * @folder  borrowed; where the file is made. Where that fails, or for NULL: /var/tmp, else /tmp.
 * Returns 0 or -ENOMEM. */
int spool_new(struct spool **ret_spool, int (*write)(void *ctx, const char *bytes, size_t n),
              void *ctx, const char *folder);
struct spool *spool_free(struct spool *s);
static inline void spool_freep(struct spool **s)
{
    *s = spool_free(*s);
}

/** For gloss_annotator_options.hold; lives as long as the spool. */
const struct gloss_hold *spool_interface(struct spool *s);
/** Whether the last failure was that of the temporary file, not of write(). */
bool spool_failed(const struct spool *s);
