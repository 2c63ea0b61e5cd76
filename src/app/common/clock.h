#pragma once

/* The current time and the time zone, which the core must not ask the system for. */

#include "app/common/zone.h"

#include <gloss/stamp.h>
#include <stdint.h>

struct clock {
    struct gloss_clock base; /* for functions of the core */
    struct zone zone;        /* of the machine */
};

/** Sets the clock to the current time. The struct must not move afterwards. */
void clock_init(struct clock *c);
/** Sets the clock to the current time. */
void clock_tick(struct clock *c);
/** Nanoseconds since the machine started, sleep included. This clock is never set. */
uint64_t clock_steady_ns(void);
