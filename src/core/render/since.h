#pragma once

/* The lines of a stream whose time is in a given range, by their own times. A line without one
 * belongs to the last line with one before it, and does not count where there is none. */

#include <gloss/lines.h>
#include <gloss/times.h>

/** What is known of a stream. At its start all but from_ns and until_ns is 0. */
struct since {
    uint64_t from_ns;  /* the given time, in nanoseconds since 1970 */
    uint64_t until_ns; /* the last time that counts; 0: no time is too late */
    bool counts;       /* the last line that was looked at counts */
    bool stamped;      /* a line with a stamp was seen */
};

/** Takes the next run of lines that count off the front of a block.
 *
 * @rest         what is left of the block; becomes shorter.
 * @ret_run      the run, as a block that points into the same bytes.
 * @ret_skipped  how many lines ended in what was left out before the run.
 *
 * Returns false where no further line of the block counts: rest is then empty, and *ret_run is not
 * written. */
bool since_next(struct since *s, struct gloss_block *rest, struct gloss_times *times,
                struct gloss_block *ret_run, uint64_t *ret_skipped);
