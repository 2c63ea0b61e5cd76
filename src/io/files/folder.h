#pragma once

/* Folders: reading their names, and bringing their names to the disk. */

#include <dirent.h>

/** For CLEANUP(closedirp) on a DIR *; may be NULL. */
static inline void closedirp(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

/** Syncs the folder that the file of this path is in: then the file's name outlives a power cut.
 * Returns 0 or a negative errno. */
int folder_sync_parent(const char *path);
