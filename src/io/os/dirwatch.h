#pragma once

/* Watches on folders, by inotify. They only wake, and they are not all there is: a folder that was
 * removed and made again is another one, and some changes are told by no file system. */

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

/** Told of a change. @name  of the entry in the folder; NULL: not known which. @folder  NULL: more
 * happened than the kernel keeps (fs.inotify.max_queued_events), so anything may have changed in
 * any of them. */
typedef void (*dirwatch_fn)(void *ctx, const char *folder, const char *name);

struct dirwatch;

/** @loop  borrowed; runs until dirwatch_close() has called back. Returns 0 or -ENOMEM. */
int dirwatch_new(struct dirwatch **ret_watches, uv_loop_t *loop, dirwatch_fn fn, void *ctx);

/** Watches a folder; one that is watched already stays so. Returns 0; or a negative errno: -ENOSPC,
 * the limit fs.inotify.max_user_watches; -EMFILE, fs.inotify.max_user_instances; -ENOENT and
 * others: of the folder. */
int dirwatch_add(struct dirwatch *w, const char *folder);

/** Whether whoever writes to a file by its name in that folder is told of: it is watched, and its
 * file system has no other way than by this kernel. */
bool dirwatch_covers(const struct dirwatch *w, const char *folder);

/** Ends the watch on each folder that dirwatch_add() was not told since this was called last. */
void dirwatch_sweep(struct dirwatch *w);

/** Looks whether each folder is still the one that is watched, and watches again where not. Returns
 * how many folders are not watched now.
 * *ret_refused: how many of these for want of watches or instances, not of a folder. */
size_t dirwatch_renew(struct dirwatch *w, size_t *ret_refused);

/** Whether a result of dirwatch_add() means that watches or instances are used up. */
bool dirwatch_refused(int r);

/** Ends all watches; the memory is freed when the loop has closed them. */
void dirwatch_close(struct dirwatch *w);
