#pragma once

/* Allocations that fail on demand. The linker redirects each malloc, calloc, realloc, reallocarray,
 * strdup and strndup of our own objects to this file. Allocations that libraries make for
 * themselves are not seen, unless the library was given our functions. */

#include <stddef.h>

/** Lets the nth allocation from now on fail, once; 1 is the next one. 0: none fails. */
void alloc_fail_at(size_t nth);

/** How many allocations there were since alloc_fail_at(), including the one that failed. */
size_t alloc_seen(void);

/** Lets the first allocation of a scenario fail, then the second, and so on, until a run needs no
 * more than that; expects -ENOMEM from each run that met a failure, 0 from the last one.
 *
 * Returns how many allocations a run without a failure makes. */
size_t alloc_fail_each(int (*scenario)(void *ctx), void *ctx);
