#ifndef GLOSS_SUMMARY_H
#define GLOSS_SUMMARY_H

/* Counters as people and programs read them. */

#include <gloss/buf.h>
#include <gloss/counters.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gloss_summary_format {
    GLOSS_SUMMARY_TABLE,
    GLOSS_SUMMARY_JSON,       /* schema 1, one line, with its line end; keys only ever get added */
    GLOSS_SUMMARY_CSV,        /* RFC 4180, with a header */
    GLOSS_SUMMARY_PROMETHEUS, /* text exposition 0.0.4 */
};

enum gloss_summary_by {
    GLOSS_SUMMARY_BY_CODE,
    GLOSS_SUMMARY_BY_SOURCE,
};

struct gloss_summary_options {
    enum gloss_summary_format format;
    enum gloss_summary_by by;
    unsigned width; /* columns a table may take; 0: as wide as it gets */
    bool color;     /* table */
    /* The counters hold only what is of a time or later: what was asked for, and what is counted
     * from, which may be a little earlier. 0: all. Not for Prometheus, whose counters only grow. */
    uint64_t since_ns, counted_from_ns;
    uint64_t whole_from_ns; /* something is missing before that; 0: nothing is */
};

/** Appends the summary of all that was counted: seen codes only, most hits first, ties by name.
 * Memory trouble shows in out->failed. */
void gloss_summary_write(struct gloss_counters *c, const struct gloss_summary_options *options,
                         struct gloss_buf *out);

#ifdef __cplusplus
}
#endif
#endif
