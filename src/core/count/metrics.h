#pragma once

/* The counters with their public names, units and explanations, declared once: whatever shows or
 * explains counters reads this table. */

#include <stddef.h>

enum metric {
    METRIC_HITS,
    METRIC_LINES,
    METRIC_BYTES,
    METRIC_MATCHED_LINES,
    METRIC_SUCCESSES,
    METRIC_UNKNOWN_HITS,
    METRIC_UNKNOWN_DROPPED,
    N_METRICS,
};

/** One counter. */
struct metric_info {
    const char *name;
    const char *type; /* as Prometheus calls it */
    const char *unit;
    const char *labels; /* names, separated by blanks */
    const char *help;   /* one line, without a final full stop */
    const char *about;  /* one paragraph */
};

/** By enum metric. */
extern const struct metric_info metric_table[N_METRICS];
