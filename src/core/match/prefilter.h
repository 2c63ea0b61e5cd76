#pragma once

/* Finds candidates for names and literals, by the way that is cheapest on the log at hand. It never
 * misses a candidate; it may name a place too many. */

#include "core/match/candidate.h"
#include "core/match/kernel.h"
#include "core/match/teddy.h"

#include <gloss/span.h>
#include <stddef.h>
#include <stdint.h>

/** What to look for. All of it is borrowed for the call. */
struct prefilter_input {
    const struct gloss_span *names; /* looked for where a name may begin: at the start of an
                                       identifier, or behind an escape sequence */
    size_t n_names;
    const struct literal *literals; /* looked for everywhere */
    size_t n_literals;
    const char *method; /* the way to use for names, as in struct gloss_matcher_options; NULL: the
                           cheapest */
};

struct prefilter;

/** Prepares a search.
 *
 * @kernel  must live as long as the prefilter; those of kernel_select() live forever.
 *
 * Returns 0; -ENOMEM; -EINVAL: input->method is unknown. */
int prefilter_new(struct prefilter **ret_prefilter, const struct prefilter_input *input,
                  const struct kernel *kernel);
struct prefilter *prefilter_free(struct prefilter *f);
static inline void prefilter_freep(struct prefilter **f)
{
    *f = prefilter_free(*f);
}

/** Finds the candidates in [text->begin, text->end), and perhaps some a few bytes behind it: names
 * that follow an escape sequence which begins in the range.
 *
 * @out  what it held before is dropped; the candidates come in the order of their places.
 *
 * Returns 0 or -ENOMEM. */
int prefilter_find(struct prefilter *f, const struct kernel_text *text, struct candidates *out);

/** How names are found: a method's name; a sentence that lists the methods while the cheapest is
 * yet to be chosen; "none" where there are no names. */
const char *prefilter_names_method(const struct prefilter *f);

/** How literals are found: "teddy", or "none" where there are no literals. */
const char *prefilter_literals_method(const struct prefilter *f);
