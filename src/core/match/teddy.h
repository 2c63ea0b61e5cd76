#pragma once

/* Many literals, anywhere in a text, by packed tables of a few of their bytes. */

#include "core/match/candidate.h"
#include "core/match/kernel.h"

#include <gloss/span.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes to look for, and what to call them when they are found. */
struct literal {
    struct gloss_span bytes; /* at least one */
    uint32_t tag;
};

struct packed;

/** Which four bytes of a literal the tables are made of. */
enum packed_window {
    PACKED_ROUGH, /* its first six, and some bytes look alike: best where these are capitals */
    PACKED_FIRST, /* its first ones: best where many literals begin alike */
    PACKED_RARE,  /* those least likely in a log, as far as rarity.h knows */
};

/** @literals  at least one; borrowed for the call, their bytes too.
 *  Returns 0 or -ENOMEM. */
int packed_new(struct packed **ret_packed, const struct literal *literals, size_t n,
               enum packed_window window);
struct packed *packed_free(struct packed *p);
static inline void packed_freep(struct packed **p)
{
    *p = packed_free(*p);
}

/** Adds each literal that begins in [text->begin, text->end).
 *
 * @places    room for KERNEL_CHUNK + 1 places.
 * @ret_work  is added to.
 * Returns 0 or -ENOMEM. */
int packed_find(const struct packed *p, const struct kernel *kernel, const struct kernel_text *text,
                uint32_t *places, struct candidates *out, struct filter_work *ret_work);

/** What the tables cost per byte with a kernel, as struct kernel_costs. */
unsigned packed_cost(const struct packed *p, const struct kernel *kernel);
