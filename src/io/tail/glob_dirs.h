#pragma once

/* The folders in which a glob may find something, and what it found that is not to be followed. */

#include "io/files/glob.h"
#include "io/tail/follow_context.h"

#include <sys/types.h>

/** A folder as it was when it was looked at last. */
struct glob_dir {
    char *path; /* owned */
    struct file_stamp stamp;
};

/** Zero-initialised is empty; all of it is owned. */
struct glob_dirs {
    struct glob_dir *folders;
    size_t n_folders, folders_size;
    char **unreadable; /* paths that could not be looked at; sorted by bytes */
    size_t n_unreadable;
    char **skipped; /* paths that are no files; sorted by bytes */
    size_t n_skipped;
};
void glob_dirs_deinit(struct glob_dirs *dirs);

/** Takes over what a walk through the folders found.
 *
 * Asks for watches on the folders, and tells which paths cannot be looked at any more, or can
 * again, and, once for each, what is no file. For a pattern that is a plain path identify tells
 * that. Returns 0 or -ENOMEM. */
int glob_dirs_set(struct glob_dirs *dirs, const struct follow_context *ctx,
                  struct glob_found *found);
/** Asks for watches on the folders once more. */
void glob_dirs_report_folders(const struct glob_dirs *dirs, const struct follow_context *ctx);
/** Whether a folder has changed since this was asked last. */
bool glob_dirs_changed(struct glob_dirs *dirs, const struct follow_context *ctx);
/** The latest time that one of the folders had when that was asked. */
uint64_t glob_dirs_newest_ns(const struct glob_dirs *dirs);
/** Why something of that type is not followed, in words. */
const char *glob_dirs_not_a_file(mode_t mode);
/** The same, of what is at a path that was skipped, or why a link there is not followed. */
void glob_dirs_why_skipped(const struct link_policy *links, const char *path,
                           struct link_refusal *ret_why);
