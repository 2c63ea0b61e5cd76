#pragma once

/* Suspends the descriptors of quiet files when they run short, and opens them again. */

#include "io/tail/followed_path.h"

/** How many descriptors the process may have. */
uint64_t fd_budget_limit(void);
/** Whether three quarters of `limit` descriptors are used, if this one was given out last. */
bool fd_budget_is_tight(uint64_t limit, int fd);

/** Whether nothing is lost when the file's descriptor is suspended: the path names the file, and it
 * has no more bytes than were read. */
bool fd_budget_may_suspend(const struct followed_file *file);
/** The same for a file that was renamed: it is found again as long as it has a rotated name. */
bool fd_budget_may_suspend_renamed(const struct followed_file *file);
/** Gives the file the lowest free descriptor, so that there is no gap below its own. */
void fd_budget_move_down(struct followed_file *file);
/** Opens a suspended file again. @at_path  the path names it; else it was renamed.
 * Returns 0; FD_BUDGET_E_LOST: it is not found any more; another positive errno; -ENOMEM. */
int fd_budget_reopen(struct followed_path *path, struct follow_context *ctx,
                     struct followed_file *file, bool at_path);
#define FD_BUDGET_E_LOST ENOENT
