#pragma once

/* How long to wait before the next try of something that keeps failing. */

#include "core/base/nanoseconds.h"

#define BACKOFF_MIN_NS SECOND_NS
#define BACKOFF_MAX_NS MINUTE_NS

/** The time to wait: 1 s after the first failure, twice as long after each further one, at most 60
 * s.
 *
 * @failures  how many there were in a row, the last one included. */
static inline uint64_t backoff_ns(unsigned failures)
{
    uint64_t wait_ns = BACKOFF_MIN_NS;

    while (failures-- > 1 && wait_ns < BACKOFF_MAX_NS)
        wait_ns *= 2;
    return wait_ns < BACKOFF_MAX_NS ? wait_ns : BACKOFF_MAX_NS;
}
