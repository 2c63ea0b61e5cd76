#pragma once

/* The rules of time zones, which the core must not ask the system for. */

#include <gloss/stamp.h>
#include <stdbool.h>
#include <stdint.h>

/** A span of time in which a zone has one offset. */
struct zone_span {
    int64_t from_s, until_s; /* until_s is exclusive; both 0: empty */
    int offset_s;            /* east of UTC */
    char name[12];           /* the abbreviation */
};

struct zone {
    struct gloss_zone base; /* for functions of the core */
    const char *tz;         /* borrowed: what TZ is set to while the system is asked; NULL: the
                               zone of the machine */
    struct zone_span spans[61];
    struct zone_span *last; /* the span that was asked for last */
};

/** Sets up the zone of that name, which is borrowed; NULL: that of the machine. The struct must not
 * move afterwards. */
void zone_init(struct zone *z, const char *name);

/** Whether the system knows a zone of that name. */
bool zone_exists(const char *name);
