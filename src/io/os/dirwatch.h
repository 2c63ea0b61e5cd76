#pragma once

/* Watches on folders, by inotify. An event only wakes the owner, who then looks at the folder.
 * Events are not all there is: a folder that was removed and made again has no watch until
 * dirwatch_renew(), and some file systems report only a part of their changes. */

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

/** Called after a change in a folder.
 * @folder  NULL: events were lost, since the kernel keeps only so many
 * (fs.inotify.max_queued_events). Anything may have changed in any folder.
 * @name    of the file in the folder; NULL: not known. */
typedef void (*dirwatch_fn)(void *ctx, const char *folder, const char *name);

struct dirwatch;

/** @loop  borrowed until dirwatch_close() is done. Returns 0 or -ENOMEM. */
int dirwatch_new(struct dirwatch **ret_watch, uv_loop_t *loop, dirwatch_fn fn, void *ctx);

/** Adds a watch on a folder, where it has none, and keeps it for the next dirwatch_sweep(). Returns
 * 0; or a negative errno: -ENOSPC, the limit fs.inotify.max_user_watches; -EMFILE, the limit
 * fs.inotify.max_user_instances; -ENOENT and others, of the folder. A folder that could not be
 * watched is tried again by dirwatch_renew(). */
int dirwatch_add(struct dirwatch *w, const char *folder);

/** Whether each write to a file by its name in the folder gives an event: the folder is watched,
 * and its file system is changed by this kernel only. */
bool dirwatch_covers(const struct dirwatch *w, const char *folder);

/** Removes the watch on each folder that was not given to dirwatch_add() since the last sweep. */
void dirwatch_sweep(struct dirwatch *w);

/** Checks for each path that it still names the folder that is watched, and starts a new watch
 * where it does not. Returns how many folders are not watched now. *ret_refused: how many of these
 * because a limit is reached, and not because of the folder. */
size_t dirwatch_renew(struct dirwatch *w, size_t *ret_refused);

/** Whether a result of dirwatch_add() means that a limit is reached. */
bool dirwatch_refused(int r);

/** Removes all watches. The memory is freed by the loop, when it has closed its handle. */
void dirwatch_close(struct dirwatch *w);
