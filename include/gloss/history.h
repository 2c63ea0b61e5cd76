#ifndef GLOSS_HISTORY_H
#define GLOSS_HISTORY_H

/* What was counted, by the minute or the hour it belongs to, as long as it waits to be written
 * down. The counters fill a history (gloss_counters_keep_history()); this header is for its reader.
 *
 *     #include <assert.h>
 *     #include <gloss/counters.h>
 *
 *     int main(void)
 *     {
 *         struct gloss_clock clock = {.now_ns = 1795420860000000000};
 *         struct gloss_block block = {.begins_line = true, .ends_line = true};
 *         struct gloss_times_options options = {.clock = &clock};
 *         struct gloss_time_memory memory = {0};
 *         struct gloss_times *times;
 *         struct gloss_catalogs *set;
 *         struct gloss_counters *counters;
 *         struct gloss_source_counts *source;
 *         struct gloss_history *history;
 *
 *         if (gloss_times_new(&times, &options) < 0 || gloss_catalogs_new(&set) < 0 ||
 *             gloss_counters_new(&counters, set) < 0 ||
 *             gloss_counters_keep_history(counters) < 0 ||
 *             gloss_counters_source(counters, "app.log", &source) < 0)
 *             return 1;
 *         block.bytes = gloss_span_str("2026-11-23T08:00:01Z quiet\n");
 *         gloss_times_begin(times, &memory, &block);
 *         if (gloss_counters_block(counters, source, &block, 1, times) < 0)
 *             return 1;
 *         history = gloss_counters_history(counters);
 *         gloss_history_seal(history, NULL, NULL);
 *         assert(gloss_history_n(history) == 1); // write them down here
 *         assert(gloss_history_get(history, 0)->begin_ns == 1795420800000000000);
 *         gloss_history_drop_sealed(history);
 *         gloss_times_free(times);
 *         gloss_counters_free(counters);
 *         gloss_catalogs_free(set);
 *     }
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gloss_source_counts;

/** What a tally is of. */
enum gloss_tally_kind {
    GLOSS_TALLY_SOURCE,  /* a source: its sums */
    GLOSS_TALLY_CODE,    /* an entry in a source */
    GLOSS_TALLY_UNKNOWN, /* an unknown code in a source */
};

/** The two lengths of a period, in seconds. */
#define GLOSS_MINUTE_S 60
#define GLOSS_HOUR_S 3600

/** What was counted of one thing in one period, since its last tally was sealed. Times are
 * nanoseconds since 1970-01-01T00:00:00Z. */
struct gloss_tally {
    uint64_t begin_ns; /* the start of the period */
    uint32_t period_s; /* its length: GLOSS_MINUTE_S or GLOSS_HOUR_S */
    uint32_t id;       /* CODE: of the entry; UNKNOWN: the index of the unknown code; SOURCE: 0 */
    const struct gloss_source_counts *source; /* borrowed */
    enum gloss_tally_kind kind;
    uint64_t hits;
    uint64_t lines;                           /* CODE: those with a hit; SOURCE: all */
    uint64_t bytes, matched_lines, successes; /* SOURCE */
    uint64_t first_ns, last_ns; /* the earliest and the latest time that was counted */
};

/** The most tallies that a history holds. What has no place is missing: gloss_history_lost_ns(). */
#define GLOSS_HISTORY_MAX 65536

struct gloss_history;

/** Returns 0 or -ENOMEM. */
int gloss_history_new(struct gloss_history **ret_history);
struct gloss_history *gloss_history_free(struct gloss_history *h);
static inline void gloss_history_freep(struct gloss_history **h)
{
    *h = gloss_history_free(*h);
}

/** Sets the lengths of the periods: times from minutes_from_ns on count by the minute, earlier ones
 * by the hour, and those before from_ns not at all. Both are whole hours. At first both are 0. */
void gloss_history_set_periods(struct gloss_history *h, uint64_t minutes_from_ns, uint64_t from_ns);

/** Makes room: the next n calls of gloss_history_at() need no memory. Returns 0 or -ENOMEM. */
int gloss_history_reserve(struct gloss_history *h, size_t n);

/** The tally of a thing at a time, which may be a new one. Its first_ns and last_ns are widened to
 * cover the time. gloss_history_reserve() must have made room.
 *
 * Returns NULL where the time lies before those that count, and where the history is full. The
 * tally is good until the next call. */
struct gloss_tally *gloss_history_at(struct gloss_history *h, enum gloss_tally_kind kind,
                                     const struct gloss_source_counts *source, uint32_t id,
                                     uint64_t ns);

/** How many tallies there are, and the one of an index below that, in no particular order. The
 * sealed ones come first. */
size_t gloss_history_n(const struct gloss_history *h);
const struct gloss_tally *gloss_history_get(const struct gloss_history *h, size_t index);

/** The time up to which something is missing because the history was full; 0: nothing is. */
uint64_t gloss_history_lost_ns(const struct gloss_history *h);

/** Seals tallies while they are written down: they become the first ones, and what is counted from
 * now on goes to other tallies. None may be sealed yet.
 *
 * @fn  called with ctx: whether a tally is to be sealed; NULL: all are.
 *
 * Returns how many are sealed. */
size_t gloss_history_seal(struct gloss_history *h,
                          bool (*fn)(void *ctx, const struct gloss_tally *tally), void *ctx);

/** They were written down: drops the sealed tallies. */
void gloss_history_drop_sealed(struct gloss_history *h);

/** They could not be written down: the sealed tallies wait again, with those that were made since.
 * There may then be two tallies of one thing in one period. */
void gloss_history_unseal(struct gloss_history *h);

#ifdef __cplusplus
}
#endif
#endif
