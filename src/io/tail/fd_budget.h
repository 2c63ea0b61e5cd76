#pragma once

/* Closing the descriptors of quiet files while there are too many, and opening them again. */

#include "io/tail/followed_path.h"

/** How many descriptors the process may have. */
uint64_t fd_budget_limit(void);
/** Whether three quarters of `limit` descriptors are used, if this one was given out last. */
bool fd_budget_is_tight(uint64_t limit, int fd);
/** Whether nothing is lost when its descriptor is closed: the path names it, and it has no more
 * bytes than were read. */
bool fd_budget_may(const struct followed_file *file);
/** The same for one that was renamed: it may be found again as a sibling, if it stays one. */
bool fd_budget_may_renamed(const struct followed_file *file);
void fd_budget_close(struct followed_file *file);
/** Gives it the lowest free descriptor, so that there is no gap below it. */
void fd_budget_move_down(struct followed_file *file);
/** Opens it again, at the path or where it was renamed to.
 * Returns 0; FD_BUDGET_E_LOST: it is not found any more; another positive errno; -ENOMEM. */
int fd_budget_reopen(struct followed_path *path, struct follow_context *ctx,
                     struct followed_file *file, bool at_path);
#define FD_BUDGET_E_LOST ENOENT
