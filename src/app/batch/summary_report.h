#pragma once

/* Counters written out for people and programs. */

#include <gloss/summary.h>

/** Appends the summary as it fits the descriptor. Memory trouble shows in out->failed. */
void summary_report_append(struct gloss_counters *counters,
                           const struct gloss_summary_options *options, int fd,
                           struct gloss_buf *out);
/** Writes the summary to a descriptor, standard output or standard error. Returns EXIT_OK, or
 * EXIT_TROUBLE after it has said why. */
int summary_report_write(struct gloss_counters *counters,
                         const struct gloss_summary_options *options, int fd);
