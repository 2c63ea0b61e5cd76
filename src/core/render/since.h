#pragma once

/* The lines of a stream that are of a time or later, by their own stamps. A line without a stamp
 * belongs to the last stamped line before it; where there is none before it, it does not count. */

#include <gloss/lines.h>
#include <gloss/stamp.h>

/** Of one stream; all but from_ns zero at its begin. */
struct since {
    uint64_t from_ns; /* nanoseconds since 1970 */
    bool counts;      /* the line looked at last does */
    bool stamped;     /* a line with a stamp was seen */
};

/** Takes the next run of lines that count off a block.
 *
 * @rest         what is left of the block; it is made shorter, from its front.
 * @ret_run      a part of it: a block in its own right, good as long as that one.
 * @ret_skipped  how many lines ended in what was passed over before the run.
 *
 * Returns false: nothing that is left counts; rest is empty then, *ret_run not written. */
bool since_next(struct since *s, struct gloss_block *rest, const struct gloss_clock *clock,
                struct gloss_block *ret_run, uint64_t *ret_skipped);
