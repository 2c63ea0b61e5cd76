#pragma once

/* How long to wait before the next try of what keeps failing. */

#include "core/base/nanoseconds.h"

#define BACKOFF_MIN_NS SECOND_NS
#define BACKOFF_MAX_NS MINUTE_NS

/** @failures  in a row, the last one included. Returns 1 s for the first, twice as long for each
 * further one, and 60 s at the most. */
static inline uint64_t backoff_ns(unsigned failures)
{
    uint64_t wait_ns = BACKOFF_MIN_NS;

    while (failures-- > 1 && wait_ns < BACKOFF_MAX_NS)
        wait_ns *= 2;
    return wait_ns < BACKOFF_MAX_NS ? wait_ns : BACKOFF_MAX_NS;
}
