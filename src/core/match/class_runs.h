#pragma once

/* Names found by where they may begin: at the first byte of an identifier, or behind an escape
 * sequence. The cost does not grow with the number of names. */

#include "core/match/candidate.h"
#include "core/match/kernel.h"
#include "core/match/prefilter_work.h"

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct class_runs;

/** Whether a name can be found this way: whether it begins with a byte of [A-Za-z0-9_]. */
bool class_runs_can_find(struct gloss_span name);

/** Prepares a search.
 *
 * @names  at least one; class_runs_can_find() holds for each; borrowed for the call.
 *
 * Returns 0 or -ENOMEM. */
int class_runs_new(struct class_runs **ret_runs, const struct gloss_span *names, size_t n);
struct class_runs *class_runs_free(struct class_runs *r);
static inline void class_runs_freep(struct class_runs **r)
{
    *r = class_runs_free(*r);
}

/** Adds a candidate, tagged CANDIDATE_NAME, for each place in [text->begin, text->end) where a name
 * may begin, and perhaps for a few places behind.
 *
 * @places    scratch memory for KERNEL_CHUNK + 1 places.
 * @ret_work  what this call took is added to it.
 *
 * Returns 0 or -ENOMEM. */
int class_runs_find(const struct class_runs *r, const struct kernel *kernel,
                    const struct kernel_text *text, uint32_t *places, struct candidates *out,
                    struct prefilter_work *ret_work);
