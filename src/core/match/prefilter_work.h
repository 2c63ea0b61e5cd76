#pragma once

#include <stddef.h>

/** What it took to find candidates, beside a look at every byte. The prefilter chooses the cheapest
 * way by these counts. */
struct prefilter_work {
    size_t places;   /* that Teddy's tables let through */
    size_t compared; /* literals that were compared at these places */
    size_t runs;     /* of identifier bytes that were long enough */
};
