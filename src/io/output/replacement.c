#include "io/output/replacement.h"

#include "core/base/util.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#define NAME_TRIES 100

static int random_name(char name[32])
{
    uint64_t number;

    if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
        return -EIO;
    snprintf(name, 32, ".glossd-%016" PRIx64, number);
    return 0;
}

/* Makes the file under a name of its own, for file systems that know no file without one. */
static int make_named(struct replacement *r, mode_t mode)
{
    for (int i = 0; i < NAME_TRIES; i++) {
        int error = random_name(r->temporary);

        if (error < 0)
            return error;
        r->fd = openat(r->folder, r->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (r->fd >= 0)
            return 0;
        r->temporary[0] = '\0';
        if (errno != EEXIST)
            break;
    }
    return -errno;
}

static int make(struct replacement *r, mode_t mode)
{
    r->fd = openat(r->folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    if (r->fd >= 0)
        return 0;
    return errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT ? make_named(r, mode) : -errno;
}

/* Whether the sticky bit of the folder keeps the file there from being replaced. */
static bool is_kept(int folder, const struct stat *former)
{
    struct stat st;
    uid_t user = geteuid();

    return user != 0 && former->st_uid != user && fstat(folder, &st) == 0 &&
           (st.st_mode & S_ISVTX) && st.st_uid != user;
}

/* Gives the new file the owner and the mode of the former one. */
static int take_after(int fd, const struct stat *former)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return -errno;
    if ((st.st_uid != former->st_uid || st.st_gid != former->st_gid) &&
        fchown(fd, former->st_uid, former->st_gid) < 0)
        return -errno;
    return fchmod(fd, former->st_mode & 0777) < 0 ? -errno : 0;
}

static bool is_refusal(int error)
{
    return error == -EACCES || error == -EPERM || error == -EROFS;
}

int replacement_begin(struct replacement *r, int folder, const char *name,
                      const struct stat *former)
{
    int error;

    *r = (struct replacement){.fd = -1, .folder = -1};
    if (former && is_kept(folder, former))
        return REPLACEMENT_E_CANNOT;
    snprintf(r->name, sizeof(r->name), "%s", name);
    r->folder = fcntl(folder, F_DUPFD_CLOEXEC, 0);
    if (r->folder < 0)
        return -errno;
    error = make(r, former ? 0600 : 0666);
    if (error == 0 && former)
        error = take_after(r->fd, former);
    if (error == 0)
        return 0;
    replacement_deinit(r);
    return former && is_refusal(error) ? REPLACEMENT_E_CANNOT : error;
}

/* Gives a file without a name a temporary one: only a rename replaces another file. */
static int name_it(struct replacement *r)
{
    char own[64];

    snprintf(own, sizeof(own), "/proc/self/fd/%d", r->fd);
    for (int i = 0; i < NAME_TRIES; i++) {
        int error = random_name(r->temporary);

        if (error < 0)
            return error;
        if (linkat(AT_FDCWD, own, r->folder, r->temporary, AT_SYMLINK_FOLLOW) == 0)
            return 0;
        r->temporary[0] = '\0';
        if (errno != EEXIST)
            break;
    }
    return -errno;
}

int replacement_commit(struct replacement *r)
{
    int error = r->temporary[0] ? 0 : name_it(r);

    if (error == 0 && (fdatasync(r->fd) < 0 && errno != EINVAL))
        error = -errno;
    if (error == 0 && renameat(r->folder, r->temporary, r->folder, r->name) < 0)
        error = -errno;
    if (error == 0)
        r->temporary[0] = '\0';
    return error;
}

void replacement_deinit(struct replacement *r)
{
    if (r->temporary[0])
        unlinkat(r->folder, r->temporary, 0);
    if (r->fd >= 0)
        close(r->fd);
    if (r->folder >= 0)
        close(r->folder);
    *r = (struct replacement){.fd = -1, .folder = -1};
}
