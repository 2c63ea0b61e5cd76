#pragma once

/* Many literals found anywhere in a text, in one pass over its bytes. */

#include "core/match/candidate.h"
#include "core/match/kernel.h"
#include "core/match/prefilter_work.h"

#include <gloss/span.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes to look for. */
struct literal {
    struct gloss_span bytes; /* at least one byte */
    uint32_t tag;            /* what candidates carry that stand for this literal */
};

struct teddy;

/** Which bytes of each literal the tables are made of, its window. */
enum teddy_window {
    TEDDY_ROUGH, /* its first six, looked up by a part of their bits, so that some bytes pass for
                    others; best for names in capitals */
    TEDDY_FIRST, /* its first four; best where many literals begin alike */
    TEDDY_RARE,  /* the four neighbouring ones that are least likely in a log, by
                    byte_frequencies.h */
};

/** Prepares a search.
 *
 * @literals  at least one; borrowed for the call, with their bytes.
 *
 * Returns 0 or -ENOMEM. */
int teddy_new(struct teddy **ret_teddy, const struct literal *literals, size_t n,
              enum teddy_window window);
struct teddy *teddy_free(struct teddy *t);
static inline void teddy_freep(struct teddy **t)
{
    *t = teddy_free(*t);
}

/** Adds a candidate for each literal that begins in [text->begin, text->end).
 *
 * @places    scratch memory for KERNEL_CHUNK + 1 places.
 * @ret_work  what this call took is added to it.
 *
 * Returns 0 or -ENOMEM. */
int teddy_find(const struct teddy *t, const struct kernel *kernel, const struct kernel_text *text,
               uint32_t *places, struct candidates *out, struct prefilter_work *ret_work);

/** What the tables cost with a kernel, in picoseconds per byte (see struct kernel_costs). */
unsigned teddy_cost(const struct teddy *t, const struct kernel *kernel);
