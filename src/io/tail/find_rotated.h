#pragma once

/* Finding what is not at the path any more: generations that were renamed, copied, or came and went
 * while nobody looked. */

#include "io/tail/followed_path.h"

/** Looks for what a checkpoint remembers as unread, and for files that came after it.
 * @fd, st, packed  what the path names, where it names a file; fd -1: nothing.
 * Returns 0; 1: cannot be told yet, the place where they were is not there; a positive errno > 1:
 * could not look; -ENOMEM. */
int find_rotated_remembered(struct followed_path *path, struct follow_context *ctx, int fd,
                            const struct stat *st, struct decompressed_file *packed,
                            uint64_t now_ns);
/** Opens siblings, plain or packed, that were born and written since the generation `known` was
 * seen at the path, are nobody's and no copy. They come before `before` (NULL: they are the
 * youngest). Returns 0, a positive errno, or -ENOMEM. */
int find_rotated_younger(struct followed_path *path, struct follow_context *ctx,
                         struct followed_file *before, const struct followed_file *known,
                         uint64_t now_ns);
/** The same for a path that named nothing yet when it was looked at first: siblings that were born
 * since the first scan come before the file that is there now. */
int find_rotated_unseen(struct followed_path *path, struct follow_context *ctx, uint64_t now_ns);
/** When a path's first file is seen: what stands beside it by then, and is not taken by
 * find_rotated_unseen(), is history. Returns a time for place.file_time_ns, 0: the folder cannot be
 * asked. */
uint64_t find_rotated_history_ns(const struct followed_path *path);
/** Looks for a copy of what was in a file before it was cut off, and puts its rest behind it.
 * @read  as past->place, but with the half line: what the copy has to hold.
 * *ret_copy: NULL where there is none. Returns 0, a positive errno, or -ENOMEM. */
int find_rotated_copy(struct followed_path *path, struct follow_context *ctx,
                      struct followed_file *past, const struct file_position *read, uint64_t now_ns,
                      struct followed_file **ret_copy);
