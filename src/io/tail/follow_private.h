#pragma once

/* What follow.c, follow_inherit.c and follow_keep.c share. */

#include "io/tail/due_queue.h"
#include "io/tail/followed_path.h"
#include "io/tail/glob_dirs.h"

struct follow {
    struct follow_context context;
    struct followed_path **items; /* owned, sorted by path */
    size_t n, size;
    struct due_queue queue;
    struct followed_path *first_awake, *last_awake;
    struct glob_dirs dirs;
    bool scanned, scan_wanted, poll;
    uint64_t descriptors_max;        /* that the process may have */
    size_t hand;                     /* where a file to be parked is looked for next */
    uint64_t scan_ns, whole_scan_ns; /* the last ones */
};

/** The lineage of a path; NULL: there is none. */
struct followed_path *follow_find(const struct follow *f, const char *path);
/** The same, made if need be. Returns NULL: no memory. */
struct followed_path *follow_ensure(struct follow *f, const char *path);
/** Whether the options' pattern names the path, and nothing leaves it out. */
bool follow_wants(const struct follow *f, const char *path);
