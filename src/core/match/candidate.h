#pragma once

/* Candidates: places of a text where PCRE2 has to look. */

#include "core/base/util.h"

#include <errno.h>
#include <gloss/catalog.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** A literal stands here, or an identifier begins here that may be a name. */
struct candidate {
    uint32_t at;
    uint32_t tag;                    /* the literal's; CANDIDATE_NAME for names */
    const struct gloss_entry *entry; /* the name that stands there, when it has been looked up */
};

#define CANDIDATE_NAME UINT32_MAX

/** A growing list, in order of place. Zero-initialised is empty. */
struct candidates {
    struct candidate *items; /* owned */
    size_t n, size;
};

/** What finding them took. */
struct batch_work {
    size_t places;   /* that the tables of literals let through */
    size_t compared; /* literals that were compared there */
    size_t runs;     /* that are long enough */
};

/** Adds one where it belongs; they come nearly in order. A name that is there already is not added
 * again; a literal may be there twice. Returns 0 or -ENOMEM. */
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
