/* One table. What is said here is what users read; what a counter counts is decided elsewhere. */

#include "core/count/metrics.h"

const struct metric_info metric_table[N_METRICS] = {
    [METRIC_HITS] =
        {
            .name = "glossd_hits_total",
            .type = "counter",
            .unit = "occurrences",
            .labels = "code catalog severity source",
            .help = "Occurrences of known codes",
            .about = "Each occurrence of a catalog's code counts, also several on one line. "
                     "A code that a source never showed has no sample for it.",
        },
    [METRIC_LINES] =
        {
            .name = "glossd_lines_total",
            .type = "counter",
            .unit = "lines",
            .labels = "source",
            .help = "Lines read",
            .about = "Lines of the log, whether something was found on them or not. A last line "
                     "without newline is a line.",
        },
    [METRIC_BYTES] =
        {
            .name = "glossd_bytes_total",
            .type = "counter",
            .unit = "bytes",
            .labels = "source",
            .help = "Bytes read",
            .about = "Bytes of the log itself: of what is packed, unpacked; without the holes "
                     "that were skipped and without a half line that still waits for its end.",
        },
    [METRIC_MATCHED_LINES] =
        {
            .name = "glossd_matched_lines_total",
            .type = "counter",
            .unit = "lines",
            .labels = "source",
            .help = "Lines with at least one known code",
            .about = "A line with three codes counts once.",
        },
    [METRIC_SUCCESSES] =
        {
            .name = "glossd_successes_total",
            .type = "counter",
            .unit = "lines",
            .labels = "source",
            .help = "Lines with a success marker",
            .about = "Lines that say a call succeeded, as the catalog's success pattern has it. "
                     "Matched lines divided by matched lines and successes together are the "
                     "error rate.",
        },
    [METRIC_UNKNOWN_HITS] =
        {
            .name = "glossd_unknown_hits_total",
            .type = "counter",
            .unit = "occurrences",
            .labels = "code catalog",
            .help = "Occurrences of codes that no catalog explains",
            .about = "Words of the shape that a catalog's codes share, its family, which are "
                     "none of its codes: a newer code of the service, or a misspelt one.",
        },
    [METRIC_UNKNOWN_DROPPED] =
        {
            .name = "glossd_unknown_dropped_total",
            .type = "counter",
            .unit = "occurrences",
            .labels = "",
            .help = "Occurrences of unknown codes that were not kept by name",
            .about = "Only so many different unknown codes are kept; the occurrences of what "
                     "came later are counted here.",
        },
};
