#pragma once

/* Finding what is not at the path any more: generations that were renamed, copied, or came and went
 * while nobody looked. */

#include "io/tail/followed_path.h"

/** Puts a new generation before another one (NULL: it is the youngest). It takes that one's serial,
 * and each younger one the next serial, so that serials grow from the oldest to the youngest and
 * none is left behind in a checkpoint. Returns NULL: no memory. */
struct generation *recover_insert(struct lineage *l, struct generation *before);
struct generation *recover_youngest(const struct lineage *l);

/** Tells that the rest of it is not there any more. */
void recover_say_gone(const struct desk *d, const struct generation *g);

/** Looks for what a checkpoint remembers as unread, and for files that came after it.
 * @fd, st, packed  what the path names, where it names a file; fd -1: nothing.
 * Returns 0; 1: cannot be told yet, the place where they were is not there; a positive errno > 1:
 * could not look; -ENOMEM. */
int recover_remembered(struct lineage *l, struct desk *d, int fd, const struct stat *st,
                       struct unpacked *packed, uint64_t now_ns);
/** Opens siblings, plain or packed, that were born and written since the generation `known` was
 * seen at the path, are nobody's and no copy. They come before `before` (NULL: they are the
 * youngest). Returns 0, a positive errno, or -ENOMEM. */
int recover_younger(struct lineage *l, struct desk *d, struct generation *before,
                    const struct generation *known, uint64_t now_ns);
/** The same for a path that named nothing yet when it was looked at first: siblings that were born
 * since the first scan come before the file that is there now. */
int recover_unseen(struct lineage *l, struct desk *d, uint64_t now_ns);
/** When a path's first file is seen: what stands beside it by then, and is not taken by
 * recover_unseen(), is history. Returns a time for place.seen_ns, 0: the folder cannot be asked. */
uint64_t recover_history_ns(const struct lineage *l);
/** Looks for a copy of what was in a file before it was cut off, and puts its rest behind it.
 * @read  as past->place, but with the half line: what the copy has to hold.
 * *ret_copy: NULL where there is none. Returns 0, a positive errno, or -ENOMEM. */
int recover_copy(struct lineage *l, struct desk *d, struct generation *past,
                 const struct follow_place *read, uint64_t now_ns, struct generation **ret_copy);
