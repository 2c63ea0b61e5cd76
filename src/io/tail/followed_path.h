#pragma once

/* A path that is followed, and its files: the one that is there now, and those that were there
 * before and are still read or remembered. */

#include "io/tail/followed_file.h"

/** How the path was found.
 *
 *   origin        what happens                               next
 *   FIRST_SCAN    its file is opened, or it names none       LATER
 */
enum path_origin {
    ORIGIN_LATER,        /* after the start */
    ORIGIN_FIRST_SCAN,   /* by the first scan, and nothing is remembered of it */
    ORIGIN_ROTATED_NAME, /* after the start, and it is a rotated name of another followed path */
};

struct followed_path {
    char *name;                   /* owned */
    char *target;                 /* owned; where the path leads when it is a link, else NULL */
    size_t folder_len;            /* of the path's folder, without the '/' */
    uint64_t number;              /* how many paths were found before it */
    struct followed_file *oldest; /* owned, and so is each `younger`; serials grow */
    uint64_t next_serial;

    struct rotation arrival; /* of the file at the path. FOUND: it is not open, if there is one;
                                READING: it is */
    enum path_origin origin;
    bool is_rotated_name;      /* of another path that is followed or remembered, or was */
    bool said_many_names;      /* FOLLOW_LIMITED was told, as it has too many rotated names */
    bool was_searched;         /* files that a checkpoint remembers of it were looked for */
    bool compressed_waits;     /* a compressed file with a rotated name may be the copy of a file
                                  that is read, so it is looked at again when that is done */
    int unreadable_error;      /* FOLLOW_UNREADABLE was told with that errno; 0: it was not, or
                                  FOLLOW_READABLE was since */
    char *skipped_why;         /* owned; FOLLOW_SKIPPED was told with that text; NULL: it was not */
    struct file_stamp refused; /* the file at the path that is not ours */
    uint64_t silent_time_ns;   /* of a file that must be left alone for a while: its time, */
    uint64_t silent_since_ns;  /* and since when it has that, by our clock */
    struct folder_look folder; /* before the path was looked at last */

    /* Of due_queue and follow. */
    size_t due_at;
    bool is_queued, is_awake;
    bool is_new;             /* found, and not looked at yet: on the list of those, by next_awake */
    uint64_t rests_until_ns; /* its last turn took long: no turn before this */
    struct followed_path *next_awake;
};

/** Returns NULL: no memory. */
struct followed_path *followed_path_new(const char *name);
struct followed_path *followed_path_free(struct followed_path *path, struct follow_context *ctx);

/** Adds a file that a checkpoint remembers. Returns 0 or -ENOMEM. */
int followed_path_remember(struct followed_path *path, struct follow_context *ctx,
                           const struct file_position *position);
/** Adds a new file, before another one (NULL: it is the youngest). It takes that one's serial, and
 * each younger one the next serial, so that serials grow from the oldest to the youngest and none
 * is left behind in a checkpoint. Returns NULL: no memory. */
struct followed_file *followed_path_insert(struct followed_path *path,
                                           struct followed_file *before);
struct followed_file *followed_path_youngest(const struct followed_path *path);
