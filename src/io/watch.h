#pragma once

/* Watches on folders, by inotify under libuv. They only wake: events fold, the kernel's queue
 * overflows silently, and a folder that was removed and made again is another one, so nobody may
 * rely on them alone. */

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

/** Told of a change. @name  of the entry in the folder; NULL: not known which. */
typedef void (*watch_fn)(void *ctx, const char *folder, const char *name);

struct watches;

/** @loop  borrowed; runs until watches_close() has called back. Returns 0 or -ENOMEM. */
int watches_new(struct watches **ret_watches, uv_loop_t *loop, watch_fn fn, void *ctx);

/** Watches a folder; one that is watched already stays so. Returns 0; or a negative errno: -ENOSPC,
 * the limit fs.inotify.max_user_watches; -EMFILE, fs.inotify.max_user_instances; -ENOENT and
 * others: of the folder. */
int watches_add(struct watches *w, const char *folder);

/** Looks whether each folder is still the one that is watched, and watches again where not. Returns
 * how many folders are not watched now. */
size_t watches_renew(struct watches *w);

/** Ends all watches; the memory is freed when the loop has closed the last one. */
void watches_close(struct watches *w);
