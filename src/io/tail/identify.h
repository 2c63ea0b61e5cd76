#pragma once

/* The file at a lineage's path: whose it is, and how it becomes a generation. */

#include "io/tail/followed_path.h"

/* What the path names. */
struct path_view {
    enum path_names kind; /* OTHER: a file, whose it is has to be seen */
    int error;            /* UNKNOWN: why */
    struct stat st;
};

struct path_view path_view(const struct followed_path *path);
/** Opens what the path names where the door is ROTATION_FOUND and it is this lineage's. Returns 0
 * or -ENOMEM; what cannot be looked at is said, and tried again later. */
int identify_open(struct followed_path *path, struct follow_context *ctx,
                  const struct path_view *view, uint64_t now_ns);

/** Looks what the path names and opens it, if it is new. Returns 0, -ENOMEM, or what ops.block
 * returned. */
int identify_look(struct followed_path *path, struct follow_context *ctx, uint64_t now_ns);

/** Tells ops.folder the folder of the file that the path leads to, when it is a link. */
void identify_report_target(const struct followed_path *path, const struct follow_context *ctx);

/** Said once, until it can be looked at again. */
void identify_say_unreadable(struct followed_path *path, const struct follow_context *ctx,
                             int error);
void identify_say_readable(struct followed_path *path, const struct follow_context *ctx);
