#pragma once

/* The clock and the time zone that the core does not have. */

#include <gloss/stamp.h>

struct clock {
    struct gloss_clock base; /* what the core is given */
    int hour[4];             /* the local hour asked for last: year, month, day, hour */
    int offset_s;            /* the answer */
};

/** Ready and set to now. The struct must not move afterwards. */
void clock_init(struct clock *c);
/** Sets it to now. */
void clock_tick(struct clock *c);
/** Nanoseconds of a clock that nobody sets. */
uint64_t clock_steady_ns(void);
