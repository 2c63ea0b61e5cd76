#pragma once

/* Shell patterns over whole paths: the files that fit now, and the folders in which such files may
 * appear. */

#include "io/files/link_resolver.h"

#include <stdbool.h>
#include <stddef.h>

/** A path that could not be looked at. There may be matches below it. */
struct glob_trouble {
    char *path; /* owned */
    int error;  /* a positive errno: EACCES, EIO, ELOOP, EMFILE, … */
};

/** The result of glob_expand(); all of it is owned. Each list is sorted by bytes and has a path
 * only once. Zero-initialised is empty. */
struct glob_found {
    char **files; /* absolute paths of regular files, and of links to such */
    size_t n_files;
    char **folders; /* existing folders in which a new name may be, or lead to, a match */
    size_t n_folders;
    struct glob_trouble *troubles;
    size_t n_troubles;
    char **skipped; /* paths that fit and are no files: pipes, sockets, devices, links to nothing,
                   and folders, where the pattern has no "**"; and links to folders on the way that
                   are not followed */
    size_t n_skipped;
    size_t files_size, folders_size, troubles_size, skipped_size; /* for glob.c alone */
};

/** Finds the files that fit a pattern.
 *
 * @pattern  absolute. Each part between two '/' may have the characters of fnmatch(3): * ? [ and
 *           \ before one of them. A part "**" stands for any number of folders, also none; as the
 *           last part for all files below. A name that begins with '.' fits only a part that begins
 *           with '.'. Links to folders are followed, but not by "**".
 * @exclude  files for which glob_excludes() is true are left out.
 * @links  which links to folders are followed. Of files that is asked when they are opened.
 *
 * Returns 0, though there may be troubles; or -ENOMEM, then *ret_found is not written. */
int glob_expand(struct glob_found *ret_found, const char *pattern, const char *const *exclude,
                size_t n_exclude, const struct link_policy *links);
void glob_found_deinit(struct glob_found *found);

/** Whether a path fits a pattern. Only the texts are compared; the file system is not asked. */
bool glob_match(const char *pattern, const char *path);

/** Whether one of the patterns fits the path. A pattern with a '/' must fit the whole path, as with
 * glob_match(), another pattern its last part. */
bool glob_excludes(const char *const *exclude, size_t n_exclude, const char *path);

/** Whether the text has a character * ? [ or \ of a pattern. False: it is a plain path. */
bool glob_is_pattern(const char *text);
