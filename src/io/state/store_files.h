#pragma once

/* The files around a state, PATH: PATH.lock, PATH.new, PATH.damaged-TIME, and a reader's private
 * copy. All are made with mode 0640 whatever the umask is. Results are 0 or a negative errno. */

#include "io/files/link_resolver.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** The path with all links resolved, so that each of a state's names leads to one lock; the path as
 * it is when there is no such file. malloc'd; NULL: no memory. */
char *store_files_resolve(const char *path);
/** The path with a suffix behind it, such as ".lock". malloc'd; NULL: no memory. */
char *store_files_name(const char *path, const char *suffix);

/** Whether a file is the state at PATH, or one that the state keeps beside it: its journal, lock
 * and copies, also those that were set aside. @path  with all links resolved. */
bool store_files_has(const char *path, const struct link_target *target);

/** Locks PATH.lock, until *ret_fd is closed; no other descriptor of it loosens the lock. -EAGAIN:
 * it is locked already; -ENXIO: it is no regular file. */
int store_files_lock(const char *path, int *ret_fd);
/** The pid of the process that has PATH.lock locked; 0: no process has, or it cannot be seen from
 * here. */
pid_t store_files_holder(const char *path);

/** Looks at what SQLite would open beside PATH. -ENXIO: a journal is a FIFO, a socket or a device,
 * whose other side could be waited for without end. */
int store_files_check_beside(const char *path);

/** Makes an empty file, in place of any file that was there. */
int store_files_create(const char *path);
/** Renames the file `from` to `to`, whether there was one or not. All of it is on the disk when it
 * returns. */
int store_files_replace(const char *from, const char *to);
/** Gives the file a second name, PATH.damaged-TIME, and its journal that name with -journal, before
 * another file takes the first name.
 * @ret_name  the second name, malloc'd. */
int store_files_set_aside(const char *path, uint64_t now_ns, char **ret_name);

/** Copies a database and its journal into a new folder that only this user can enter. While it
 * copies, no process can write the database.
 * @ret_path  of the copy; malloc'd; store_files_remove_private() removes it and its folder. */
int store_files_copy_private(const char *path, char **ret_path);
void store_files_remove_private(const char *path);
