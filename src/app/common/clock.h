#pragma once

/* The clock and the time zone that the core does not have. */

#include <gloss/stamp.h>
#include <stdint.h>

struct clock {
    struct gloss_clock base; /* what the core is given */
    struct clock_hour {
        int64_t number; /* of a local hour, counted in hours of the calendar; 0: empty */
        int offset_s;   /* what local time differs from UTC then */
    } hours[61]; /* a prime, so that the same hour of another day or year has another place */
};

/** Ready and set to now. The struct must not move afterwards. */
void clock_init(struct clock *c);
/** Sets it to now. */
void clock_tick(struct clock *c);
/** Nanoseconds of a clock that nobody sets, and that goes on while the machine sleeps. */
uint64_t clock_steady_ns(void);
