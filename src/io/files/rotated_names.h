#pragma once

/* The files beside a path that rotation may have made of it: PATH.* and PATH-*. */

#include "io/files/file_time.h"

#include <stddef.h>

struct rotated_name {
    char *path; /* owned */
    uint64_t dev, ino;
    uint64_t born_ns; /* when it was made; where the file system does not tell, its mtime */
    uint64_t mtime_ns, size;
    bool is_compressed; /* by its name */
};

/** Zero-initialised is empty. */
struct rotated_names {
    struct rotated_name *items; /* owned; the one first that was not written for the longest time */
    size_t n, size;
};

/** The names in the folder that was looked into last: many paths of one folder rotate at once.
 * Zero-initialised is of no folder. */
struct rotated_names_folder {
    char *path; /* owned; NULL: none */
    struct file_stamp stamp;
    char **names; /* owned, each of them too; in the order of bytes */
    size_t n, size;
};
void rotated_names_folder_deinit(struct rotated_names_folder *f);

/** Regular files only. @folder  used where it is still as it is on the disk, else made anew; may be
 * NULL.
 * Returns 0 or a negative errno: what could not be looked at is not known to be empty. */
int rotated_names_list(struct rotated_names *ret_names, struct rotated_names_folder *folder,
                       const char *path);
void rotated_names_deinit(struct rotated_names *s);
/** When the open file was made; 0: the file system does not tell. */
uint64_t rotated_names_birth_ns(int fd);
/** Whether `path` has a name that a sibling of `of` has. */
bool rotated_names_named(const char *path, const char *of);
