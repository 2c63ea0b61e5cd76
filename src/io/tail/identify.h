#pragma once

/* The file that a path names: whose it is, and whether it is opened. */

#include "io/tail/followed_path.h"

/** What a look at the path showed. */
struct path_view {
    enum path_names
        kind;       /* PATH_OTHER: a file, and it is not known whose; PATH_GONE; PATH_UNKNOWN */
    int error;      /* PATH_UNKNOWN: why */
    struct stat st; /* PATH_OTHER */
};
struct path_view path_view(const struct followed_path *path);

/** If no file is open at the path (path->arrival): opens the one that was seen there, if it is this
 * path's. What cannot be looked at is told, and tried again later. Returns 0 or -ENOMEM. */
int identify_open(struct followed_path *path, struct follow_context *ctx,
                  const struct path_view *view);
/** The same, with a look at the path. */
int identify_look(struct followed_path *path, struct follow_context *ctx);

/** Tells ops.folder the folder of the file that the path leads to, when it is a link. */
void identify_report_target(const struct followed_path *path, const struct follow_context *ctx);

/** Tells why the path cannot be looked at: once, until identify_say_readable(). */
void identify_say_unreadable(struct followed_path *path, const struct follow_context *ctx,
                             int error);
void identify_say_readable(struct followed_path *path, const struct follow_context *ctx);
