#pragma once

/* A checkpoint writes down a moment at which sources, sinks and counters agree: outputs first, then
 * one transaction. It takes three steps. The second one waits for the disk, and another thread may
 * take it; reading, writing and counting go on meanwhile, and belong to the next checkpoint.
 *
 * A checkpoint commits whole groups of sources and sinks. A group that cannot be committed now is
 * left out, and the others go on; that is possible because each source has counters of its own. */

#include "app/service/own_files.h"
#include "app/service/topology.h"
#include "io/state/store.h"

#include <stdbool.h>
#include <stdint.h>

/** No group can be committed now. */
#define CHECKPOINT_LATER 1

/** A checkpoint under way, or the last one. */
struct checkpoint {
    struct topology *topology;
    struct store *store;
    struct own_files *own;
    uint64_t now_ns;
    bool leaves_out;     /* a group was left out, so another checkpoint is due soon */
    bool forget_again;   /* more is old than one checkpoint forgets; the next ones go on with it */
    int result;          /* of checkpoint_write(): 0 or a negative errno */
    struct sink *unsure; /* the sink that could not be synced; NULL: there is none */
};

/** The first step: puts into the store the positions, lengths and counters that changed, of those
 * groups that can be committed. Until checkpoint_end() nobody else may touch the store, and no sink
 * may be closed or opened.
 *
 * @own        looks at the sinks, and is put too.
 * @now_ns     time by the wall clock.
 * @forget_ns  positions of files that were last seen before that time are dropped, and so is all
 *             that the state has of sources and sinks that left the configuration before it;
 *             0: nothing is dropped.
 * Returns 0: the checkpoint is under way; CHECKPOINT_LATER; or a negative errno: no checkpoint is
 * under way, and store_problem() says what failed. */
int checkpoint_begin(struct checkpoint *c, struct topology *t, struct store *store,
                     struct own_files *own, uint64_t now_ns, uint64_t forget_ns);
/** The second step: brings the sinks to the disk, then commits. Any thread may call it. */
void checkpoint_write(struct checkpoint *c);
/** The third step: lets sources and sinks know how it went.
 *
 * @reterr_what  a phrase for a message that says what failed; lives until the next call.
 * Returns 0; or a negative errno: the state is as it was before. When a sink could not be synced,
 * that sink is unsure now, and no checkpoint may be made before topology_go_back(). */
int checkpoint_end(struct checkpoint *c, const char **reterr_what);
