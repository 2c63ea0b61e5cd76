/* A library to preload. It plays a disk that fails as disks do under Linux: the sync of a file
 * fails once, the bytes written since the last sync are gone from the page cache, and every later
 * sync succeeds. It can also make writes short, and make syncs hang.
 *
 * FAULTY_PATH   the file.
 * FAULTY_SYNC   which of its syncs fails, from 1; 0: none.
 * FAULTY_SHORT  if set, writes to it are short.
 * FAULTY_HANG   a file; as long as it exists, no sync ends. */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static bool is_it(int fd)
{
    const char *path = getenv("FAULTY_PATH");
    struct stat ours, theirs;

    return path && fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 &&
           ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

/* Uses a descriptor of its own, because one opened for appending would write at the end. */
static void lose(off_t from, off_t to)
{
    int fd = open(getenv("FAULTY_PATH"), O_WRONLY | O_CLOEXEC);
    char zero = '\0';

    for (off_t at = from; fd >= 0 && at < to; at++)
        if (pwrite(fd, &zero, 1, at) != 1)
            abort();
    close(fd);
}

int fdatasync(int fd)
{
    static int (*real)(int);
    static off_t synced;
    static int n;
    const char *at = getenv("FAULTY_SYNC");
    struct stat st;

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
    if (!is_it(fd) || fstat(fd, &st) < 0)
        return real(fd);
    while (getenv("FAULTY_HANG") && access(getenv("FAULTY_HANG"), F_OK) == 0)
        usleep(1000);
    if (++n == (at ? atoi(at) : 0)) {
        lose(synced, st.st_size);
        errno = EIO;
        return -1;
    }
    synced = st.st_size;
    return real(fd);
}

ssize_t writev(int fd, const struct iovec *iov, int n)
{
    static ssize_t (*real)(int, const struct iovec *, int);
    static size_t turn;
    struct iovec first;

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "writev");
    if (!getenv("FAULTY_SHORT") || !is_it(fd))
        return real(fd, iov, n);
    while (n > 1 && iov->iov_len == 0)
        iov++, n--;
    first = *iov;
    turn = turn % 97 + 1;
    first.iov_len = first.iov_len < turn ? first.iov_len : turn;
    return real(fd, &first, 1);
}
