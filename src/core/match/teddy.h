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

struct teddy;

/** Which four bytes of a literal the tables are made of. */
enum teddy_window {
    TEDDY_ROUGH, /* its first six, and some bytes look alike: best where these are capitals */
    TEDDY_FIRST, /* its first ones: best where many literals begin alike */
    TEDDY_RARE,  /* those least likely in a log, as far as rarity.h knows */
};

/** @literals  at least one; borrowed for the call, their bytes too.
 *  Returns 0 or -ENOMEM. */
int teddy_new(struct teddy **ret_packed, const struct literal *literals, size_t n,
              enum teddy_window window);
struct teddy *teddy_free(struct teddy *p);
static inline void teddy_freep(struct teddy **p)
{
    *p = teddy_free(*p);
}

/** Adds each literal that begins in [text->begin, text->end).
 *
 * @places    room for KERNEL_CHUNK + 1 places.
 * @ret_work  is added to.
 * Returns 0 or -ENOMEM. */
int teddy_find(const struct teddy *p, const struct kernel *kernel, const struct kernel_text *text,
               uint32_t *places, struct candidates *out, struct batch_work *ret_work);

/** What the tables cost per byte with a kernel, as struct kernel_costs. */
unsigned teddy_cost(const struct teddy *p, const struct kernel *kernel);
