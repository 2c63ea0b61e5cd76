#pragma once

/* A file that is written beside the one that it will replace. Until then it has no name where the
 * file system allows that, so a program that is killed leaves nothing behind. */

#include <limits.h>
#include <sys/stat.h>

struct replacement {
    int fd;
    int folder;              /* owned; in which the file stands */
    char name[NAME_MAX + 1]; /* under which it will stand there */
    char temporary[32];      /* the name that it has meanwhile; "": none */
};

/** @folder  opened with O_PATH or as a folder; it is duplicated.
 * @former  what stands there now, whose owner and mode the new file gets; NULL: nothing.
 *
 * Returns 0; REPLACEMENT_E_CANNOT: this user may write the file, but not replace it; or a negative
 * errno. */
int replacement_begin(struct replacement *r, int folder, const char *name,
                      const struct stat *former);
#define REPLACEMENT_E_CANNOT 1

/** Lets it take its name. Returns 0 or a negative errno; then all is as it was. */
int replacement_commit(struct replacement *r);

/** Takes away what has not taken its name. */
void replacement_deinit(struct replacement *r);
