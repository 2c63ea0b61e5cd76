#pragma once

/* The files beside PATH that rotation may have made of it: those with the rotated names PATH.* and
 * PATH-*. */

#include "io/files/file_time.h"

#include <stddef.h>

struct rotated_name {
    char *path; /* owned */
    uint64_t dev, ino;
    uint64_t born_ns;   /* when it was made; where the file system does not tell that, mtime_ns */
    uint64_t mtime_ns;  /* when it was written to last */
    bool is_compressed; /* by its name */
};

/** Zero-initialised is empty. */
struct rotated_names {
    struct rotated_name *items; /* owned; sorted by mtime_ns, the oldest first */
    size_t n, size;
};

/** The names in the folder that was looked into last, as the files of one folder are often rotated
 * together. Zero-initialised is of no folder. */
struct rotated_names_folder {
    char *path;              /* owned; NULL: of no folder */
    struct file_stamp stamp; /* time_ns 0: another change may have left it the same time */
    uint64_t read_ns; /* when its names were read, by the clock that files get their times of */
    uint64_t work;    /* names that were read or asked about so far, of any folder */
    char **names;     /* owned, each of them too; sorted by bytes */
    size_t n, size;
};
void rotated_names_folder_deinit(struct rotated_names_folder *f);

/** The regular files that have a rotated name of the path.
 *
 * @folder  used where it is of that folder, and that is still as it was; else it is read anew; may
 *          be NULL.
 *
 * Returns 0, also where there is no folder; or a negative errno: what could not be looked at is not
 * known to be empty. */
int rotated_names_list(struct rotated_names *ret_names, struct rotated_names_folder *folder,
                       const char *path);
/** The same where it is known that nothing at `path` was changed later than changed_ns: then names
 * that were read after that time are good enough. */
int rotated_names_list_since(struct rotated_names *ret_names, struct rotated_names_folder *folder,
                             const char *path, uint64_t changed_ns);
void rotated_names_deinit(struct rotated_names *names);
/** When the open file was made; 0: the file system does not tell that. */
uint64_t rotated_names_birth_ns(int fd);
/** Whether `path` is a rotated name of the path `of`. */
bool rotated_names_named(const char *path, const char *of);
