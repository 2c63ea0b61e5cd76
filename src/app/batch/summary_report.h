#pragma once

/* The summary of counters, written to a descriptor. */

#include <gloss/summary.h>

/** Appends the summary, as wide as the terminal at the descriptor. out->failed tells that memory
 * ran out. */
void summary_report_append(struct gloss_counters *counters,
                           const struct gloss_summary_options *options, int fd,
                           struct gloss_buf *out);
/** Writes the summary to a descriptor, standard output or standard error. Returns EXIT_OK; or
 * EXIT_TROUBLE after a message. */
int summary_report_write(struct gloss_counters *counters,
                         const struct gloss_summary_options *options, int fd);
