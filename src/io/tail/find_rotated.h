#pragma once

/* Finding what is not at its path any more: files that were renamed, copied, or came and went while
 * nobody looked. */

#include "io/tail/followed_path.h"

/** Looks for the files that a checkpoint remembers as not read to their ends, and for files that
 * came after them.
 *
 * @at_path  what the path names; NULL: no file.
 *
 * Returns 0; FIND_ROTATED_E_LATER: it cannot be told yet, for the folder where they were is not
 * there; a positive errno: could not look; -ENOMEM. */
int find_rotated_remembered(struct followed_path *path, struct follow_context *ctx,
                            const struct opened_file *at_path);
#define FIND_ROTATED_E_LATER EAGAIN

/** Opens files with rotated names that were made and written since the file `known` was seen at the
 * path, are no copies, and are followed by nobody. They come before `before` (NULL: they are the
 * youngest). Returns 0, a positive errno, or -ENOMEM. */
int find_rotated_younger(struct followed_path *path, struct follow_context *ctx,
                         struct followed_file *before, const struct followed_file *known);
/** The same for a path that named nothing when it was looked at first: files with rotated names
 * that were made since the first scan come before the file that is there now.
 * @changed_ns  when that one was changed last (file_time_ns()). */
int find_rotated_unseen(struct followed_path *path, struct follow_context *ctx,
                        uint64_t changed_ns);
/** When a path's first file is seen: what stands beside it by then, and is not opened by
 * find_rotated_unseen(), is history. Returns the least position.file_time_ns by which it stays so;
 * 0: the folder cannot be asked. */
uint64_t find_rotated_history_ns(const struct followed_path *path);
/** Looks for a copy of what was in a file before it was cut off, and puts the rest of that behind
 * it.
 *
 * @past  the file as it was.
 * @read  past->position, but behind the half line: what the copy has to hold.
 *
 * *ret_copy: NULL where there is none. Returns 0, a positive errno, or -ENOMEM. */
int find_rotated_copy(struct followed_path *path, struct follow_context *ctx,
                      struct followed_file *past, const struct file_position *read,
                      struct followed_file **ret_copy);
