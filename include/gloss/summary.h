#ifndef GLOSS_SUMMARY_H
#define GLOSS_SUMMARY_H

/* Counters as people and programs read them.
 *
 *     #include <gloss/summary.h>
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *         struct gloss_summary_options options = {.format = GLOSS_SUMMARY_TABLE, .width = 80};
 *         struct gloss_buf text = {0};
 *         struct gloss_catalogs *set;
 *         struct gloss_counters *counters;
 *
 *         if (gloss_catalogs_new(&set) < 0 || gloss_counters_new(&counters, set) < 0)
 *             return 1;
 *         gloss_summary_write(counters, &options, &text); // gloss/counters.h shows how to count
 *         if (!text.failed)
 *             fwrite(text.ptr, 1, text.len, stdout);
 *         gloss_buf_deinit(&text);
 *         gloss_counters_free(counters);
 *         gloss_catalogs_free(set);
 *     }
 */

#include <gloss/buf.h>
#include <gloss/counters.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gloss_summary_format {
    GLOSS_SUMMARY_TABLE,      /* for people */
    GLOSS_SUMMARY_JSON,       /* schema 1: one object on one line; keys only ever get added */
    GLOSS_SUMMARY_CSV,        /* RFC 4180, with a header */
    GLOSS_SUMMARY_PROMETHEUS, /* Prometheus' text exposition format, 0.0.4 */
};

enum gloss_summary_by {
    GLOSS_SUMMARY_BY_CODE,
    GLOSS_SUMMARY_BY_SOURCE,
};

/** Zero-initialised: a table by code, of any width, of all that was counted. */
struct gloss_summary_options {
    enum gloss_summary_format format;
    enum gloss_summary_by by;
    unsigned width;                /* table: columns there are; 0: any number */
    bool color;                    /* table: ANSI colours */
    const struct gloss_zone *zone; /* table: of the times; borrowed; NULL: UTC */
    /* Where the counters hold only what is of a certain time or later: the time that was asked for,
     * and the one from which they count, which may be a little earlier. 0: they hold all. Not for
     * Prometheus, whose counters must never shrink. Nanoseconds since 1970-01-01T00:00:00Z. */
    uint64_t since_ns, counted_from_ns;
    uint64_t whole_from_ns; /* before this time something is missing; 0: nothing is */
};

/** Appends a summary: the codes that were seen, most hits first, ties by name; unknown codes
 * likewise; and the totals. When memory runs out, out->failed is set. */
void gloss_summary_write(struct gloss_counters *c, const struct gloss_summary_options *options,
                         struct gloss_buf *out);

#ifdef __cplusplus
}
#endif
#endif
