#pragma once

/* Bytes that wait for a decision, of any number: up to 1 MiB in memory, the rest in a temporary
 * file without a name. */

#include <gloss/annotate.h>

struct spool;

/** @write      gets what is released; returns 0 or a negative errno.
 * @directory  where the file is made; NULL: /var/tmp, else /tmp. Borrowed.
 * Returns 0 or -ENOMEM. */
int spool_new(struct spool **ret_hold, int (*write)(void *ctx, const char *bytes, size_t n),
              void *ctx, const char *directory);
struct spool *spool_free(struct spool *h);
static inline void spool_freep(struct spool **h)
{
    *h = spool_free(*h);
}

/** What an annotator is given; lives as long as the hold. */
const struct gloss_hold *hold_interface(struct spool *h);
/** Whether it was the temporary file that failed, not write. */
bool spool_failed(const struct spool *h);
