#pragma once

/* Whose text a packed file holds. */

#include "io/tail/followed_path.h"

/** Whether the file is, by what is in it, the one that the place remembers; of a packed one only
 * the head is looked at. @packed  NULL: it is plain. */
bool guess_fits(int fd, const struct stat *st, struct unpacked *packed,
                const struct follow_place *place);
/** Whether the packed file at `path` may be the copy of a generation that is read now, of this
 * lineage or of one of which its path is a sibling. @silent  nobody has written to it for
 * rotate_wait. */
bool guess_is_read(const struct lineage *l, const struct desk *d, const char *path, bool silent,
                   struct unpacked *packed);
/** Looks whether the open file is packed: *ret_packed is NULL if it is plain. Returns 0 or a
 * negative errno. */
int guess_open(struct unpacked **ret_packed, int fd);
/** Makes g, which is packed and not attached yet, begin where a generation ended that it may be a
 * copy of. Where there is none it stays as it is, at 0. */
void guess_begin(const struct lineage *l, const struct desk *d, struct generation *g);
/** The guess was wrong, and tail_step() has gone to 0: the next one, or 0 indeed. */
void guess_again(const struct lineage *l, const struct desk *d, struct generation *g);
/** Lets g begin at the place of `of`. @exact  it is a copy only if it ends there. */
void guess_take(struct generation *g, const struct generation *of, bool exact);
