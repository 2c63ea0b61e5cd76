#pragma once

/* What follow.c, follow_scan.c, follow_inherit.c, follow_keep.c, follow_trim.c and follow_stats.c
 * share. */

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

/** Paths in the order in which they came; by next_awake. Zero-initialised is empty. */
struct path_list {
    struct followed_path *first, *last;
};
void path_list_add(struct path_list *list, struct followed_path *path);
/** Removes the first one and returns it; there is one. */
struct followed_path *path_list_take(struct path_list *list);

struct follow {
    struct follow_context context;
    struct followed_path **paths; /* owned, sorted by name */
    size_t n, size;

    struct due_queue queue; /* all paths that were looked at once */
    struct path_list awake; /* of these: those that wait for their turn */
    struct path_list found; /* of the others: those that wait for their first look */

    enum scan_state scan;
    uint64_t scan_ns, walk_ns; /* when the last scan, the last walk through the folders was */
    struct glob_dirs dirs;
    bool poll; /* nothing is watched */

    size_t trim_at;        /* number of all files at which follow_trim() looks again */
    bool was_trimmed;      /* it has forgotten some */
    uint64_t said_trim_ns; /* when that was told last */

    uint64_t descriptors_max; /* that the process may have */
    size_t hand;              /* of paths: where a file to be suspended was looked for last */
};

/* What is told when follow_trim() has forgotten files. */
#define FOLLOW_TRIMMED_TEXT                                                                \
    "of its files that are not there any more too many are remembered, so the oldest are " \
    "forgotten"

/** The path of that name; NULL: it is not followed. */
struct followed_path *follow_find(const struct follow *f, const char *name);
/** The same, made if need be. Returns NULL: no memory. */
struct followed_path *follow_ensure(struct follow *f, const char *name);
/** The path of which the name may be a rotated name; NULL: there is none. The name is written to,
 * and is as before in the end.
 * @is_found  only paths that were looked at once. */
struct followed_path *follow_find_original(const struct follow *f, char *name, bool is_found);
/** Whether there is one. */
bool follow_is_rotated_name(const struct follow *f, const char *path, bool is_found);
/** Whether the options' pattern names the path, and no option leaves it out. */
bool follow_wants(const struct follow *f, const char *name);

/** Whether the remembered files of the path were not looked for yet, because that was not possible.
 */
bool follow_is_pending(const struct follow *f, const struct followed_path *path);

/** Lets the path have a turn, or, where its last one took long, when it has rested. */
void follow_awake(struct follow *f, struct followed_path *path);
/** Looks at some of the paths that were found. Returns 0 or -ENOMEM. */
int follow_look_at_found(struct follow *f);
/** Where descriptors run short: suspends a quiet file for each one of the path that was opened. */
void follow_make_room(struct follow *f, struct followed_path *path);
