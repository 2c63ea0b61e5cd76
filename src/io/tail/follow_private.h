#pragma once

/* What follow.c, follow_scan.c, follow_inherit.c and follow_keep.c share. */

#include "io/tail/due_queue.h"
#include "io/tail/followed_path.h"
#include "io/tail/glob_dirs.h"

/** Whether it is known which files there are.
 *
 *   scan     what happens                          next
 *   NEVER    the first scan succeeds               DONE
 *   DONE     a folder changes, or all is woken     WANTED
 *   WANTED   a scan starts                         DONE
 */
enum scan_state {
    SCAN_NEVER,
    SCAN_DONE,
    SCAN_WANTED, /* there may be other files now: soon */
};

struct follow {
    struct follow_context context;
    struct followed_path **paths; /* owned, sorted by name */
    size_t n, size;

    struct due_queue queue;                         /* all paths that were looked at once */
    struct followed_path *first_awake, *last_awake; /* of these: those that wait for their turn */

    enum scan_state scan;
    uint64_t scan_ns, walk_ns; /* when the last scan, the last walk through the folders was */
    struct glob_dirs dirs;
    bool poll; /* nothing is watched */

    uint64_t descriptors_max; /* that the process may have */
    size_t hand;              /* of paths: where a file to be suspended was looked for last */
};

/** The path of that name; NULL: it is not followed. */
struct followed_path *follow_find(const struct follow *f, const char *name);
/** The same, made if need be. Returns NULL: no memory. */
struct followed_path *follow_ensure(struct follow *f, const char *name);
/** The path of which the name may be a rotated name; NULL: there is none. The name is written to,
 * and is as before in the end. */
struct followed_path *follow_find_original(const struct follow *f, char *name);
/** Whether the options' pattern names the path, and no option leaves it out. */
bool follow_wants(const struct follow *f, const char *name);

/** Lets the path have a turn. */
void follow_awake(struct follow *f, struct followed_path *path);
/** Where descriptors run short: suspends a quiet file for each one of the path that was opened. */
void follow_make_room(struct follow *f, struct followed_path *path);
