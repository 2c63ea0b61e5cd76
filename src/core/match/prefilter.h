#pragma once

/* Which way names and literals are looked for. A filter never misses a candidate; it may name too
 * many. */

#include "core/match/candidate.h"
#include "core/match/kernel.h"
#include "core/match/teddy.h"

#include <gloss/span.h>
#include <stddef.h>
#include <stdint.h>

struct filter_input {
    const struct gloss_span *names; /* each whole; borrowed for the call */
    size_t n_names;
    const struct literal *literals; /* looked for everywhere; borrowed for the call */
    size_t n_literals;
    const char *method; /* of struct gloss_matcher_options */
};

struct filter;

/** @kernel  static. Returns 0, -ENOMEM, or -EINVAL: input->method is unknown. */
int filter_new(struct filter **ret_filter, const struct filter_input *input,
               const struct kernel *kernel);
struct filter *filter_free(struct filter *f);
static inline void filter_freep(struct filter **f)
{
    *f = filter_free(*f);
}

/** Appends the candidates of [text->begin, text->end) to an empty list; an escape sequence may
 * bring one that is a little behind. Returns 0 or -ENOMEM. */
int filter_find(struct filter *f, const struct kernel_text *text, struct candidates *out);

/** How the filter works: "none"; a method, or where the cheapest is yet to be found, all of them;
 * of literals: "packed". */
const char *filter_names_method(const struct filter *f);
const char *filter_literals_method(const struct filter *f);
