#pragma once

/* Allocations that fail on demand. The linker leads each malloc, calloc, realloc, reallocarray,
 * strdup and strndup of our own objects here; what libraries allocate for themselves is not seen,
 * except where they were handed our functions. */

#include <stddef.h>

/** From now on the nth allocation fails (1: the next one), once. 0: none does. */
void alloc_fail_at(size_t nth);

/** Allocations seen since alloc_fail_at(), the one that failed included. */
size_t alloc_seen(void);

/** Lets the first allocation of a scenario fail, then the second, and so on, until a run needs no
 * more than that; expects -ENOMEM from each run that met a failure, 0 from the last one.
 *
 * Returns how many allocations an undisturbed run makes. */
size_t alloc_fail_each(int (*scenario)(void *ctx), void *ctx);
