#pragma once

/* Names, where an identifier begins or an escape sequence ends. */

#include "core/match/candidate.h"
#include "core/match/kernel.h"

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct class_runs;

/** Whether a name begins with a byte that identifiers are made of: only such are found this way. */
bool class_runs_can_find(struct gloss_span name);

/** @names  at least one, each with class_runs_can_find(); sorted by bytes; borrowed for the call.
 *  Returns 0 or -ENOMEM. */
int class_runs_new(struct class_runs **ret_runs, const struct gloss_span *names, size_t n);
struct class_runs *class_runs_free(struct class_runs *r);
static inline void class_runs_freep(struct class_runs **r)
{
    *r = class_runs_free(*r);
}

/** Adds CANDIDATE_NAME for each place in [text->begin, text->end) where a name may begin, and
 * perhaps for a few behind it.
 *
 * @places    room for KERNEL_CHUNK + 1 places.
 * @ret_work  is added to.
 * Returns 0 or -ENOMEM. */
int class_runs_find(const struct class_runs *r, const struct kernel *kernel,
                    const struct kernel_text *text, uint32_t *places, struct candidates *out,
                    struct batch_work *ret_work);
