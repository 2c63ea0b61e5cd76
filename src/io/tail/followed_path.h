#pragma once

/* A path and its generations, oldest first: which files were at that path, which is there now. */

#include "io/tail/followed_file.h"

struct followed_path {
    char *name;                   /* owned */
    char *target;                 /* owned; where the path leads when it is a link, else NULL */
    struct followed_file *oldest; /* owned, by `younger`, serials growing */
    uint64_t number;              /* of lineages that were made before it */
    struct rotation arrival;      /* FOUND: the file at the path is not open, if there is one */
    uint64_t next_serial;
    size_t folder_len;         /* of the path's folder */
    struct folder_look folder; /* before the path was looked at last */
    bool begun;                /* what a checkpoint remembers was looked for */
    bool at_start;             /* existed at the first scan, and nothing was remembered */
    bool unreadable, skipped;  /* it was said */
    bool beside_another;       /* its name is that of another's sibling, and came after the start */
    bool waits_for_done;       /* a packed sibling may be the copy of a generation that is read */
    struct file_stamp refused; /* the file at the path that is not ours */
    uint64_t waits_ns, waits_since_ns; /* the time of one that has to be silent, seen since when */
    /* The agenda's and the queue's. */
    size_t queue_at;
    struct followed_path *next_awake;
    bool awake, is_queued;
};

/** Returns NULL: no memory. */
struct followed_path *followed_path_new(const char *path);
struct followed_path *followed_path_free(struct followed_path *path, struct follow_context *ctx);

/** Adds what a checkpoint remembers. Returns 0 or -ENOMEM. */
int followed_path_remember(struct followed_path *path, struct follow_context *ctx,
                           const struct file_position *position);
/** Puts a new file before another one (NULL: it is the youngest). It takes that one's serial, and
 * each younger one the next serial, so that serials grow from the oldest to the youngest and none
 * is left behind in a checkpoint. Returns NULL: no memory. */
struct followed_file *followed_path_insert(struct followed_path *path,
                                           struct followed_file *before);
struct followed_file *followed_path_youngest(const struct followed_path *path);
