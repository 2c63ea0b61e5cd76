#pragma once

/* The moment at which sources, sinks and counters agree, written down: outputs first, then one
 * transaction. In three steps, of which the second waits for the disk and may be another thread's:
 * reading, writing and counting go on meanwhile, and belong to the next checkpoint.
 *
 * A checkpoint speaks of whole groups of sources and sinks. A group that cannot be committed now is
 * left out, and the others go on: what is counted is counted by source. */

#include "app/service/topology.h"
#include "io/state/store.h"

#include <stdbool.h>
#include <stdint.h>

/** No group can be committed now. */
#define CHECKPOINT_LATER 1

/** One that is under way. */
struct checkpoint {
    struct topology *topology;
    struct store *store;
    uint64_t now_ns;
    bool waits;          /* a group was left out: another checkpoint is due soon */
    bool forgets_more;   /* there is more to be forgotten, by a checkpoint in a minute */
    int result;          /* of the second step */
    struct sink *unsure; /* that could not be synced; NULL: none */
};

/** Says to the store what there is to be committed: positions, lengths and counters that changed,
 * of those groups that can be committed. Until checkpoint_end() nobody else touches the store, and
 * no sink is closed or opened.
 *
 * @now_ns     the wall clock's.
 * @forget_ns  positions of things that nobody has seen since then are dropped, and what is
 *             remembered of sources and sinks that were taken out before that; 0: nothing.
 * Returns 0: it is under way; CHECKPOINT_LATER; or a negative errno: nothing is, and
 * store_problem() says what failed. */
int checkpoint_begin(struct checkpoint *c, struct topology *t, struct store *store, uint64_t now_ns,
                     uint64_t forget_ns);
/** Brings what was written to the disk, then commits. For any thread. */
void checkpoint_write(struct checkpoint *c);
/** Settles it.
 *
 * @reterr_what  with a negative errno: what failed, a phrase for a message; lives until the next
 * call. Returns 0; or a negative errno: the state is as it was before. When it was a sink's, that
 * is unsure now, and no checkpoint may be made until topology_go_back(). */
int checkpoint_end(struct checkpoint *c, const char **reterr_what);
