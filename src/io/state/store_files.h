#pragma once

/* The files around a state, PATH: PATH.lock, PATH.new, PATH.damaged-TIME, and a reader's private
 * copy. All are made with mode 0640 whatever the umask is. Results are 0 or a negative errno. */

#include <stdint.h>
#include <sys/types.h>

/** The path itself behind all links, so that each of its names leads to one lock; as it is where
 * there is no such file. malloc'd; NULL: no memory. */
char *store_files_resolve(const char *path);
/** PATH and what follows it, malloc'd; NULL: no memory. */
char *place_name(const char *path, const char *suffix);

/** Locks PATH.lock for this process, until the descriptor is closed. -EAGAIN: another process has
 * it. */
int store_files_lock(const char *path, int *ret_fd);
/** pid of the process that has it locked; 0: none, or none that can be seen from here. Not for a
 * process that has it locked itself: its lock would be gone. */
pid_t store_files_holder(const char *path);

/** An empty file, in place of what was there. */
int store_files_create(const char *path);
/** Puts the file `from` in place of `to`, or where nothing was; on disk when it returns. */
int store_files_replace(const char *from, const char *to);
/** Gives the file the further name PATH.damaged-TIME, and its journal that with -journal. What it
 * was known by is about to be replaced.
 * @ret_name  malloc'd. */
int store_files_set_aside(const char *path, uint64_t now_ns, char **ret_name);

/** Copies a database and its journal into a new folder of ours alone. While it does, no process
 * can write the database.
 * @ret_path  of the copy; malloc'd; store_files_remove_private() removes it and its folder. */
int store_files_copy_private(const char *path, char **ret_path);
void store_files_remove_private(const char *path);
