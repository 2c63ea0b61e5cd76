#pragma once

/* A time as a person gives it: so long ago, or a date. */

#include <gloss/stamp.h>
#include <stdint.h>

struct time_argument {
    uint64_t ago_ns; /* before whatever is now when it is asked for; where at_ns is 0 */
    uint64_t at_ns;  /* nanoseconds since 1970 */
};

/** Reads "90s", "30m", "2h", "7d"; RFC 3339; or "2026-11-23", "2026-11-23 08:00", "2026-11-23
 * 08:00:00", which are local times.
 * @option  what is said to be wrong, "--since".
 * Returns EXIT_OK, or EXIT_TROUBLE after it has said why. */
int time_argument_read(const char *option, const char *text, const struct gloss_clock *clock,
                       struct time_argument *ret_moment);
/** That time as of now; never 0. */
uint64_t time_argument_ns(const struct time_argument *m, uint64_t now_ns);
