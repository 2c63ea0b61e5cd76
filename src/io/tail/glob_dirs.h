#pragma once

/* The folders in which a glob may find something, and the places it could not look at. */

#include "io/files/glob.h"
#include "io/tail/follow_context.h"

#include <sys/types.h>

/** As it was when it was looked at last. */
struct place_folder {
    char *path; /* owned */
    struct file_stamp stamp;
};

/** Zero-initialised is empty; all of it is owned. */
struct glob_dirs {
    struct place_folder *folders;
    size_t n_folders, folders_size;
    char **troubled;
    size_t n_troubled;
    char **odd; /* in the order of bytes */
    size_t n_odd;
};
void glob_dirs_deinit(struct glob_dirs *dirs);

/** Takes over what a walk found, hands the folders to ops.folder, and says which places cannot be
 * looked at any more or can again, and, once, what is no file; a pattern that is a plain path
 * speaks for itself. Returns 0 or -ENOMEM. */
int glob_dirs_set(struct glob_dirs *dirs, const struct follow_context *ctx,
                  struct glob_found *found);
/** Hands the folders to ops.folder once more. */
void glob_dirs_report_folders(const struct glob_dirs *dirs, const struct follow_context *ctx);
/** Whether a folder is not as it was when this was asked last. */
bool glob_dirs_changed(struct glob_dirs *dirs, const struct follow_context *ctx);
/** The latest time that one of the folders had when that was asked. */
uint64_t glob_dirs_newest_ns(const struct glob_dirs *dirs);
/** What is not a file, in words. */
const char *glob_dirs_oddity(mode_t mode);
/** The same of what stands at a path. */
const char *glob_dirs_oddity_of(const char *path);
