#pragma once

/* Shell patterns over whole paths: which files fit now, and where to look for those to come. */

#include <stdbool.h>
#include <stddef.h>

/** A place that could not be looked at. It is not known what is there: never take it for empty. */
struct glob_trouble {
    char *path; /* owned */
    int error;  /* a positive errno: EACCES, EIO, ELOOP, EMFILE, … */
};

/** What a pattern stands for. Zero-initialised is empty; all of it is owned. */
struct glob_found {
    char **files; /* regular files, and links to such; absolute, in the order of bytes, each once */
    size_t n_files;
    char **folders; /* those that exist and in which something may be born that leads to a match;
                       in the order of bytes, each once */
    size_t n_folders;
    struct glob_trouble *troubles; /* in the order of bytes, each path once */
    size_t n_troubles;
    char **odd; /* what fits and is no file: folders (but those that "**" goes through), pipes,
                   sockets, devices, links that lead nowhere; in the order of bytes, each once */
    size_t n_odd;
    size_t files_size, folders_size, troubles_size, odd_size; /* room in the four */
};

/** Looks at the file system.
 *
 * @pattern  absolute. Between two '/' it has the characters of fnmatch(3): * ? [...] and \ before
 *           one of them. "**" alone between two '/' stands for any number of folders, none as well;
 *           at the end for all files below. A name that begins with '.' is met only by a part that
 *           begins with '.'. "**" never goes through a link, all else does.
 * @exclude  files that glob_excludes() names are left out.
 *
 * Returns 0, though there may be troubles; or -ENOMEM (*ret_found is not written). */
int glob_expand(struct glob_found *ret_found, const char *pattern, const char *const *exclude,
                size_t n_exclude);
void glob_found_deinit(struct glob_found *found);

/** Whether a path fits a pattern by its text alone, as if no link were anywhere. */
bool glob_match(const char *pattern, const char *path);

/** Whether one of the patterns names the path: one with a '/' is held against the whole path, as
 * by glob_match(), another against its last part. */
bool glob_excludes(const char *const *exclude, size_t n_exclude, const char *path);

/** Whether the text has a character that makes it more than a plain path. */
bool glob_is_pattern(const char *text);
