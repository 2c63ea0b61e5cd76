/* The table of the counters. Users read its texts; the code that counts is elsewhere, so a text
 * here must say what that code does. */

#include "core/count/metrics.h"

const struct metric_info metric_table[N_METRICS] = {
    [METRIC_HITS] =
        {
            .name = "glossd_hits_total",
            .type = "counter",
            .unit = "occurrences",
            .labels = "code catalog severity source",
            .help = "Occurrences of known codes",
            .about = "Each occurrence of a catalog's code counts, several on one line, too. "
                     "There is no sample for a code that the source never showed.",
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
            .about = "Bytes of the log itself: those of a compressed log are counted "
                     "decompressed. Holes that were skipped do not count, nor does an incomplete "
                     "last line before its end has come.",
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
            .about = "Lines that match the success pattern of a catalog: a call succeeded. The "
                     "error rate is the number of matched lines divided by that of matched lines "
                     "and successes together.",
        },
    [METRIC_UNKNOWN_HITS] =
        {
            .name = "glossd_unknown_hits_total",
            .type = "counter",
            .unit = "occurrences",
            .labels = "code catalog",
            .help = "Occurrences of codes that no catalog explains",
            .about = "Words that have the shape of a catalog's codes, its family, and are none of "
                     "its codes: a newer code of the service, or a misspelt one.",
        },
    [METRIC_UNKNOWN_DROPPED] =
        {
            .name = "glossd_unknown_dropped_total",
            .type = "counter",
            .unit = "occurrences",
            .labels = "",
            .help = "Occurrences of unknown codes that were not kept by name",
            .about = "The number of different unknown codes that are counted by name is limited. "
                     "Occurrences of codes beyond the limit are counted here.",
        },
};
