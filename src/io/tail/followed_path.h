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
    size_t folder_len;                   /* of the path's folder */
    struct follow_context_folder folder; /* before the path was looked at last */
    bool begun;                          /* what a checkpoint remembers was looked for */
    bool at_start;                       /* existed at the first scan, and nothing was remembered */
    bool unreadable, skipped;            /* it was said */
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
/** Looks what the path names and opens it, if it is new. Returns 0, -ENOMEM, or what ops.block
 * returned. */
int followed_path_look(struct followed_path *path, struct follow_context *ctx, uint64_t now_ns);
/** Whether nothing has changed since the last turn, told by the descriptor and the folder alone,
 * which costs less than to ask what the path names; of a parked file by the path alone.
 * *ret_told: and whoever changes it will be told of, unless by a map of memory. */
bool followed_path_is_still(const struct followed_path *path, struct follow_context *ctx,
                            bool *ret_told);
/** Looks, and takes one turn with the oldest generation that has something to read.
 * *ret_more: there is more to do at once. Returns 0 or a negative errno. */
int followed_path_turn(struct followed_path *path, struct follow_context *ctx,
                       struct follow_buffer *buffer, uint64_t now_ns, size_t budget,
                       bool *ret_more);
/** At a stop: reads what has no name left to its end, and flushes it. As followed_path_turn(). */
int followed_path_stop(struct followed_path *path, struct follow_context *ctx,
                       struct follow_buffer *buffer, uint64_t now_ns, size_t budget,
                       bool *ret_more);
/** When it wants to be looked at, after a turn. */
uint64_t followed_path_due_ns(const struct followed_path *path, bool poll, uint64_t now_ns);
