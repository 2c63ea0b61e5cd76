#pragma once

/* Candidates: places of a text where PCRE2 has to look. A filter never misses one; it may name too
 * many. */

#include "kernel.h"

#include <gloss/span.h>
#include <stddef.h>
#include <stdint.h>

/** A literal stands here, or an identifier begins here that may be a name. */
struct candidate {
    uint32_t at;
    uint32_t tag; /* the literal's; CANDIDATE_NAME for names */
};

#define CANDIDATE_NAME UINT32_MAX

/** A growing list, in order of place. Zero-initialised is empty. */
struct candidates {
    struct candidate *items; /* owned */
    size_t n, size;
};

/** Bytes to look for, and what to call them when they are found. */
struct filter_literal {
    struct gloss_span bytes; /* at least one */
    uint32_t tag;
};

/** Names are looked for at the begin of an identifier and behind an escape sequence, or as
 * literals; which is better is the filter's to decide. */
struct filter_input {
    const struct gloss_span *names; /* each whole; borrowed for the call */
    size_t n_names;
    const struct filter_literal *literals; /* looked for everywhere; borrowed for the call */
    size_t n_literals;
};

struct filter;

/** @kernel  static. Returns 0 or -ENOMEM. */
int filter_new(struct filter **ret_filter, const struct filter_input *input,
               const struct kernel *kernel);
struct filter *filter_free(struct filter *f);
static inline void filter_freep(struct filter **f)
{
    *f = filter_free(*f);
}

/** Appends the candidates of [text->begin, text->end). Returns 0 or -ENOMEM. */
int filter_find(struct filter *f, const struct kernel_text *text, struct candidates *out);

/** How the filter works: "none", "packed", "runs". */
const char *filter_names_method(const struct filter *f);
const char *filter_literals_method(const struct filter *f);
