#pragma once

/* Whose text a packed file holds. */

#include "io/tail/followed_path.h"

/** Whether the file is, by what is in it, the one that the place remembers; of a packed one only
 * the head is looked at. @packed  NULL: it is plain. */
bool compressed_match_fits(int fd, const struct stat *st, struct decompressed_file *packed,
                           const struct file_position *position);
/** Whether the packed file at `path` may be the copy of a generation that is read now, of this
 * lineage or of one of which its path is a sibling. @silent  nobody has written to it for
 * rotate_wait. */
bool compressed_match_is_read(const struct followed_path *path, const struct follow_context *ctx,
                              const char *name, bool silent, struct decompressed_file *packed);
/** Looks whether the open file is packed: *ret_packed is NULL if it is plain. Returns 0 or a
 * negative errno. */
int compressed_match_open(struct decompressed_file **ret_packed, int fd);
/** Makes file, which is packed and not attached yet, begin where a generation ended that it may be
 * a copy of. Where there is none it stays as it is, at 0. */
void compressed_match_start(const struct followed_path *path, const struct follow_context *ctx,
                            struct followed_file *file);
/** The guess was wrong, and rotation_step() has gone to 0: the next one, or 0 indeed. */
void compressed_match_again(const struct followed_path *path, const struct follow_context *ctx,
                            struct followed_file *file);
/** Lets file begin at the place of `of`. @exact  it is a copy only if it ends there. */
void compressed_match_take(struct followed_file *file, const struct followed_file *of, bool exact);
