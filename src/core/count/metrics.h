#pragma once

/* The counters by their public names, declared once: the exposition, a page of them and the manual
 * are all written from this table. */

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

struct metric_info {
    const char *name;
    const char *type; /* as the text exposition calls it */
    const char *unit;
    const char *labels; /* names, separated by blanks */
    const char *help;   /* one line, without a final full stop */
    const char *about;  /* one paragraph */
};

extern const struct metric_info metric_table[N_METRICS];
