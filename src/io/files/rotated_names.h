#pragma once

/* The files beside a path that rotation may have made of it: PATH.* and PATH-*. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sibling {
    char *path; /* owned */
    uint64_t dev, ino;
    uint64_t born_ns; /* when it was made; where the file system does not tell, its mtime */
    uint64_t mtime_ns, size;
    bool packed; /* by its name */
};

/** Zero-initialised is empty. */
struct siblings {
    struct sibling *items; /* owned; the one first that was not written for the longest time */
    size_t n, size;
};

/** The names in the folder that was looked into last: many paths of one folder rotate at once.
 * Zero-initialised is of no folder. */
struct siblings_folder {
    char *path; /* owned; NULL: none */
    uint64_t dev, ino, time_ns;
    char **names; /* owned, each of them too; in the order of bytes */
    size_t n, size;
};
void siblings_folder_deinit(struct siblings_folder *f);

/** Regular files only. @folder  used where it is still as it is on the disk, else made anew; may be
 * NULL.
 * Returns 0 or a negative errno: what could not be looked at is not known to be empty. */
int siblings_list(struct siblings *ret_siblings, struct siblings_folder *folder, const char *path);
void siblings_deinit(struct siblings *s);
/** When the open file was made; 0: the file system does not tell. */
uint64_t siblings_birth_ns(int fd);
/** Whether `path` has a name that a sibling of `of` has. */
bool siblings_named(const char *path, const char *of);
