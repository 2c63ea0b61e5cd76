#pragma once

/* The value of an option that is a point in time, in the forms of systemd.time(7): a duration
 * before now, or a date. */

#include <gloss/stamp.h>
#include <stdint.h>

struct time_argument {
    uint64_t at_ns;  /* a date, in nanoseconds since 1970; 0: a duration was given */
    uint64_t ago_ns; /* that duration before the current time */
};

/** Reads a point in time:
 *
 *     "2h", "1h30m", "2 hours ago", "-2h"     before now, by each look; "+2h" is after now
 *     "now", "today", "yesterday", "tomorrow"
 *     "2026-11-23 08:00:00.5 +0100"           without a date it is today, without a time 0 o'clock;
 *                                             a weekday may stand before it, 'T' for the blank
 *     "@1795420801.5"                         seconds since 1970
 *
 * @option  the option's name for messages, "--since".
 * Returns EXIT_OK; or EXIT_TROUBLE after a message. */
int time_argument_read(const char *option, const char *text, const struct gloss_clock *clock,
                       struct time_argument *ret_time);
/** The point in time when it is now_ns; never 0. */
uint64_t time_argument_ns(const struct time_argument *t, uint64_t now_ns);
