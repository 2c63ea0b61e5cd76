#pragma once

/* Candidates: the places of a text where PCRE2 has to look. */

#include "core/base/util.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** A place where a literal stands, or where a name may begin. There may be more of them than bytes,
 * so they are small. */
struct candidate {
    uint32_t at;  /* offset in the text */
    uint32_t tag; /* a literal's number; CANDIDATE_NAME: an identifier begins here that may be a
                     name; CANDIDATE_ENTRY and an entry's id: that name stands here */
};

#define CANDIDATE_NAME UINT32_MAX
#define CANDIDATE_ENTRY ((uint32_t)1 << 31)

static inline bool candidate_is_literal(const struct candidate *c)
{
    return !(c->tag & CANDIDATE_ENTRY);
}

/** A growing list, sorted by place. Zero-initialised, it is empty. */
struct candidates {
    struct candidate *items; /* owned */
    size_t n, size;
};

/** Inserts a candidate at its place in the order. The prefilter finds them nearly in order, so that
 * few are moved. A name that is listed at that place is not added again; literals are.
 *
 * Returns 0 or -ENOMEM. */
static inline int candidates_add(struct candidates *c, size_t at, uint32_t tag)
{
    struct candidate new = {.at = (uint32_t)at, .tag = tag};
    size_t i;

    if (GROW(&c->items, &c->size, c->n + 1) < 0)
        return -ENOMEM;
    for (i = c->n; i > 0 && c->items[i - 1].at > new.at; i--)
        ;
    for (size_t k = i; tag == CANDIDATE_NAME && k > 0 && c->items[k - 1].at == new.at; k--)
        if (c->items[k - 1].tag == tag)
            return 0;
    memmove(&c->items[i + 1], &c->items[i], (c->n - i) * sizeof(*c->items));
    c->items[i] = new;
    c->n++;
    return 0;
}
