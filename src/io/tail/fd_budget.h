#pragma once

/* Closing the descriptors of quiet files while there are too many, and opening them again. */

#include "io/tail/followed_path.h"

/** Whether three quarters of the descriptors that the process may have are used, if this one was
 * given out last. */
bool park_is_tight(const struct desk *d, int fd);
/** Whether nothing is lost when its descriptor is closed: the path names it, and it has no more
 * bytes than were read. */
bool park_may(const struct generation *g);
/** The same for one that was renamed: it may be found again as a sibling, if it stays one. */
bool park_may_renamed(const struct generation *g);
void park_close(struct generation *g);
/** Gives it the lowest free descriptor, so that there is no gap below it. */
void park_move_down(struct generation *g);
/** Opens it again, at the path or where it was renamed to.
 * Returns 0; PARK_E_LOST: it is not found any more; another positive errno; -ENOMEM. */
int park_reopen(struct lineage *l, struct desk *d, struct generation *g, bool at_path);
#define PARK_E_LOST ENOENT
