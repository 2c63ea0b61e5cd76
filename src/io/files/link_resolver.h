#pragma once

/* From a path to the file that it names, through links that may be trusted only.
 *
 * Whoever owns a folder on the way may put a link there that leads to a file which the service may
 * read and its maker may not. So a link is followed only if its owner may say what it says. All of
 * this is asked of open descriptors, so nothing can be exchanged between the question and the
 * opening. */

#include <limits.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

enum link_mode {
    LINKS_OWNER, /* a link must belong to root, to the user of this process, to one of `users`, or
                    to the owner of what its whole text finally names */
    LINKS_ALL,   /* whoever owns it */
    LINKS_NONE,  /* no link is followed */
    LINKS_OWN,   /* a link must belong to root, to the user of this process, or to one of `users` */
};

/** Which links are followed. Zero-initialised is LINKS_OWNER without further users.
 *
 * The same is asked of each link that is met on the way: of those in the folders of the path, and
 * of those that the text of a link leads through. An owner whom the user namespace does not know
 * (65534) equals nobody, not even himself. Whatever the mode is, no link in /proc is followed, and
 * none that leads into /proc. */
struct link_policy {
    enum link_mode mode;
    const uid_t *users; /* borrowed */
    size_t n_users;
};

/** The file that a path names; it is no link. link_target_close() closes both descriptors. */
struct link_target {
    int fd;                  /* opened with O_PATH: closing it loosens no lock of the file */
    int folder;              /* in which the file stands, opened with O_PATH; -1: it is "/" */
    char name[NAME_MAX + 1]; /* under which it stands there; "." or "..": a folder */
    struct stat st;          /* of the file */
};

/** Why a link is not followed: a phrase. The names in it are as they are on the disk. */
struct link_refusal {
    char text[NAME_MAX + 160];
};

#define LINK_RESOLVER_E_REFUSED 1 /* a link is not followed */

/** Finds the file.
 *
 * @folder  where a path that does not begin with '/' starts; AT_FDCWD: the current folder.
 * @reterr_refusal  written only with LINK_RESOLVER_E_REFUSED.
 *
 * Returns 0; LINK_RESOLVER_E_REFUSED; or a negative errno: -ELOOP: more than 40 links, or more than
 * 512 parts of paths in all. */
int link_resolver_find(int folder, const char *path, const struct link_policy *policy,
                       struct link_target *ret_target, struct link_refusal *reterr_refusal);

/** Opens the file for reading, and never waits for anybody. Returns a descriptor; -ESTALE: another
 * file has its name by now; or another negative errno. */
int link_target_open(const struct link_target *target);

/** Closes what is open; it may be called again. */
void link_target_close(struct link_target *target);
