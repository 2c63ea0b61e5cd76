#pragma once

/* Which way names and literals are looked for. A filter never misses a candidate; it may name too
 * many. */

#include "core/match/candidate.h"
#include "core/match/kernel.h"
#include "core/match/teddy.h"

#include <gloss/span.h>
#include <stddef.h>
#include <stdint.h>

struct batch_input {
    const struct gloss_span *names; /* each whole; borrowed for the call */
    size_t n_names;
    const struct literal *literals; /* looked for everywhere; borrowed for the call */
    size_t n_literals;
    const char *method; /* of struct gloss_matcher_options */
};

struct prefilter;

/** @kernel  static. Returns 0, -ENOMEM, or -EINVAL: input->method is unknown. */
int prefilter_new(struct prefilter **ret_filter, const struct batch_input *input,
                  const struct kernel *kernel);
struct prefilter *prefilter_free(struct prefilter *f);
static inline void prefilter_freep(struct prefilter **f)
{
    *f = prefilter_free(*f);
}

/** Appends the candidates of [text->begin, text->end) to an empty list; an escape sequence may
 * bring one that is a little behind. Returns 0 or -ENOMEM. */
int prefilter_find(struct prefilter *f, const struct kernel_text *text, struct candidates *out);

/** How the filter works: "none"; a method, or where the cheapest is yet to be found, all of them;
 * of literals: "packed". */
const char *prefilter_names_method(const struct prefilter *f);
const char *prefilter_literals_method(const struct prefilter *f);
