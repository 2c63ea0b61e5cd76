#ifndef GLOSS_HISTORY_H
#define GLOSS_HISTORY_H

/* What counters counted, by the minute or the hour, until somebody writes it down. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gloss_source_counts;

enum gloss_tally_kind {
    GLOSS_TALLY_SOURCE,  /* the sums of a source */
    GLOSS_TALLY_CODE,    /* an entry in a source */
    GLOSS_TALLY_UNKNOWN, /* an unknown code in a source */
};

#define GLOSS_MINUTE_S 60
#define GLOSS_HOUR_S 3600

/** What was counted of one thing within one period, since it was written down last. */
struct gloss_tally {
    uint64_t begin_ns; /* of the period, nanoseconds since 1970 */
    uint32_t period_s; /* how long it is: GLOSS_MINUTE_S or GLOSS_HOUR_S */
    uint32_t id;       /* of the entry, index of the unknown code; 0 for a source */
    const struct gloss_source_counts *source; /* borrowed */
    enum gloss_tally_kind kind;
    uint64_t hits, lines; /* lines: of a code those with a hit, of a source all */
    uint64_t bytes, matched_lines, successes; /* of a source */
    uint64_t first_ns, last_ns;               /* earliest and latest time */
};

/** How many tallies wait at most. What comes later has no place: gloss_history_lost_ns(). */
#define GLOSS_HISTORY_MAX 65536

struct gloss_history;

/** Returns 0 or -ENOMEM. */
int gloss_history_new(struct gloss_history **ret_history);
struct gloss_history *gloss_history_free(struct gloss_history *h);
static inline void gloss_history_freep(struct gloss_history **h)
{
    *h = gloss_history_free(*h);
}

/** From when on times count by the minute, before that by the hour, and from when on at all; both
 * are whole hours. Everything counts by the minute until this is called. */
void gloss_history_set_periods(struct gloss_history *h, uint64_t minutes_from_ns, uint64_t from_ns);

/** Makes sure that the next n calls of gloss_history_at() need no memory. Returns 0 or -ENOMEM. */
int gloss_history_reserve(struct gloss_history *h, size_t n);
/** The tally of that thing at that time, which widens its first and last. Good until the next call
 * of any kind. NULL: there is no place for it, or the time lies too far back. */
struct gloss_tally *gloss_history_at(struct gloss_history *h, enum gloss_tally_kind kind,
                                     const struct gloss_source_counts *source, uint32_t id,
                                     uint64_t ns);

/** What waits to be written down, in no order that matters. */
size_t gloss_history_n(const struct gloss_history *h);
const struct gloss_tally *gloss_history_get(const struct gloss_history *h, size_t index);
/** Until when something is missing because there were GLOSS_HISTORY_MAX others; 0: nothing is. */
uint64_t gloss_history_lost_ns(const struct gloss_history *h);
/** Some tallies are being written down: they become the first ones, and what is counted from now on
 * gets tallies of its own, behind all others. Nothing else may be sealed.
 * @fn  whether a tally is among them; NULL: all are. Returns how many. */
size_t gloss_history_seal(struct gloss_history *h,
                          bool (*fn)(void *ctx, const struct gloss_tally *tally), void *ctx);
/** What was sealed is written down and goes; the rest stays. */
void gloss_history_drop_sealed(struct gloss_history *h);
/** It could not be written down: it waits with the rest, in which the same thing may have a tally
 * once more. */
void gloss_history_unseal(struct gloss_history *h);

#ifdef __cplusplus
}
#endif
#endif
