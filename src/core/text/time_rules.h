#pragma once

/* From a date and a time as they stand in a line to a moment: what the line leaves open, the zone,
 * the year, the order of the date, comes from the stream that it stands in. */

#include "core/text/civil_time.h"

#include <gloss/stamp.h>

/** What is known of the stream. */
struct time_rules {
    const struct gloss_zone *zone; /* of times that name none */
    uint64_t before_ns;            /* a time without a year lies at most a day after it */
    uint64_t after_ns;   /* the time of an earlier line: of an hour that comes twice the second is
                            meant where the first would be before it; 0: the first is meant */
    uint8_t orders;      /* of dates of digits, as bits of enum date_order; 0: not known */
    bool utc;            /* times that name no zone are UTC */
    char *doubtful_zone; /* 8 bytes: gets the abbreviation that cannot be told; may be NULL */
};

/** Returns TIME_FOUND with *ret_ns, or TIME_UNSURE. */
enum time_match time_rules_apply(const struct time_rules *rules, const struct civil *c,
                                 uint64_t *ret_ns);

/** Seconds east of UTC at a moment, and the abbreviation, never NULL. zone NULL: UTC. */
int time_rules_offset(const struct gloss_zone *zone, int64_t utc_s, const char **ret_name);
