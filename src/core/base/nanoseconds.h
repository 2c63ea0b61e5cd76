#pragma once

/* All times and durations are counted in nanoseconds. Here are the longer units, and the way from
 * struct timespec. */

#include <stdint.h>
#include <time.h>

#define US_NS UINT64_C(1000)
#define MS_NS (1000 * US_NS)
#define SECOND_NS (1000 * MS_NS)
#define MINUTE_NS (60 * SECOND_NS)
#define HOUR_NS (60 * MINUTE_NS)
#define DAY_NS (24 * HOUR_NS)

static inline uint64_t timespec_ns(struct timespec t)
{
    return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}
