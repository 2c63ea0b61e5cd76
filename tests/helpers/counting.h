#pragma once

/* Counters fed with lines, without a scanner: words of capital letters, digits and underscores are
 * codes of the set, or unknown ones when they begin with "BIZ_"; "ok=1" says success. */

#include <gloss/counters.h>

/** A catalog with BIZ_NO_STOCK and BIZ_NO_MONEY, and one with BIZ_NO_SHIP. */
extern const char counting_yaml[], counting_other_yaml[];

/** A set with one catalog of that YAML text; the test fails where it has mistakes. */
struct gloss_catalogs *counting_catalogs(const char *yaml);

/** Counters over such a set, which counting_free() frees with them. */
struct gloss_counters *counting_new(const char *yaml);
void counting_free(struct gloss_counters *c);

/** What counting_add() reads time with when a line has none: 2026-11-23 12:00:00 UTC. */
extern const struct gloss_clock counting_clock;

/** What tells the times of lines of live input by that clock, from here on of this block of a
 * source: for tests that count without a pipeline. gloss_times_end() may be called.
 * Returns NULL: no memory. */
struct gloss_times *counting_times(const char *source, const struct gloss_block *block);

/** Takes a line (or a part of one) apart and counts it: its findings, then its block. Returns what
 * gloss_counters_line() returned. */
int counting_add(struct gloss_counters *c, const char *source, const char *text,
                 const bool *selected);
