#pragma once

/* Names, where an identifier begins or an escape sequence ends. */

#include "core/match/candidate.h"
#include "core/match/kernel.h"

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct runs;

/** Whether a name begins with a byte that identifiers are made of: only such are found this way. */
bool runs_can_find(struct gloss_span name);

/** @names  at least one, each with runs_can_find(); sorted by bytes; borrowed for the call.
 *  Returns 0 or -ENOMEM. */
int runs_new(struct runs **ret_runs, const struct gloss_span *names, size_t n);
struct runs *runs_free(struct runs *r);
static inline void runs_freep(struct runs **r)
{
    *r = runs_free(*r);
}

/** Adds CANDIDATE_NAME for each place in [text->begin, text->end) where a name may begin, and
 * perhaps for a few behind it.
 *
 * @places    room for KERNEL_CHUNK + 1 places.
 * @ret_work  is added to.
 * Returns 0 or -ENOMEM. */
int runs_find(const struct runs *r, const struct kernel *kernel, const struct kernel_text *text,
              uint32_t *places, struct candidates *out, struct filter_work *ret_work);
