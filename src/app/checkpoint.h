#pragma once

/* The moment at which sources, sinks and counters agree, written down: outputs first, then one
 * transaction. */

#include "app/setup.h"
#include "io/store.h"

#include <stdbool.h>
#include <stdint.h>

/** Not now: an output waits, or a line is under way. */
#define CHECKPOINT_LATER 1

/** Brings what was written to the disk, then commits places, lengths and counters that changed.
 *
 * @now_ns        the wall clock's.
 * @forget_ns     places that are done or gone since before that are dropped; 0: none.
 * @reterr_what   with a negative errno: what failed, a phrase for a message; lives until the next
 * call. Returns 0; CHECKPOINT_LATER; or a negative errno: the state is as it was before. When it
 * was a sink's, that is unsure now, and no checkpoint may be made until setup_go_back(). */
int checkpoint_make(struct setup *s, struct store *store, uint64_t now_ns, uint64_t forget_ns,
                    const char **reterr_what);
