#pragma once

/* The file at a lineage's path: whose it is, and how it becomes a generation. */

#include "io/tail/followed_path.h"

/* What the path names. */
struct door_view {
    enum tail_path kind; /* OTHER: a file, whose it is has to be seen */
    int error;           /* UNKNOWN: why */
    struct stat st;
};

struct door_view door_view(const struct lineage *l);
/** Opens what the path names where the door is TAIL_FOUND and it is this lineage's. Returns 0 or
 * -ENOMEM; what cannot be looked at is said, and tried again later. */
int door_try(struct lineage *l, struct desk *d, const struct door_view *v, uint64_t now_ns);

/** Tells ops.folder the folder of the file that the path leads to, when it is a link. */
void door_tell_target(const struct lineage *l, const struct desk *d);

/** Said once, until it can be looked at again. */
void door_say_unreadable(struct lineage *l, const struct desk *d, int error);
void door_say_readable(struct lineage *l, const struct desk *d);
