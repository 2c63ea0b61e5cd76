/* A library to preload. It kills the process at one call of a kind, whichever thread makes it, and
 * before the call is done, as a crash comes between two calls.
 *
 * DEATH_CALL   write, writev, pwrite64, fsync, fdatasync, ftruncate, rename, unlink, or open: one
 *              that may make a file.
 * DEATH_AT     which one, from 1; 0: none.
 * DEATH_COUNT  a file that gets the number of such calls at the end. */

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int calls;

static void die_at(const char *call)
{
    const char *wanted = getenv("DEATH_CALL"), *at = getenv("DEATH_AT");

    if (!wanted || strcmp(wanted, call) != 0)
        return;
    if (atomic_fetch_add(&calls, 1) + 1 == (at ? atoi(at) : 0))
        kill(getpid(), SIGKILL);
}

__attribute__((destructor)) static void tell(void)
{
    const char *path = getenv("DEATH_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;

    if (!file)
        return;
    fprintf(file, "%d\n", atomic_load(&calls));
    fclose(file);
}

/* Takes the place of a function of the C library, and counts the call before it is made. */
#define TOLD(type, name, call, parameters, arguments)  \
    type name parameters                               \
    {                                                  \
        static type(*_Atomic real) parameters;         \
        type(*next) parameters = atomic_load(&real);   \
                                                       \
        if (!next) {                                   \
            *(void **)&next = dlsym(RTLD_NEXT, #name); \
            atomic_store(&real, next);                 \
        }                                              \
        die_at(call);                                  \
        return next arguments;                         \
    }

TOLD(ssize_t, write, "write", (int fd, const void *bytes, size_t n), (fd, bytes, n))
TOLD(ssize_t, writev, "writev", (int fd, const struct iovec *iov, int n), (fd, iov, n))
TOLD(ssize_t, pwrite64, "pwrite64", (int fd, const void *bytes, size_t n, off64_t at),
     (fd, bytes, n, at))
TOLD(int, fsync, "fsync", (int fd), (fd))
TOLD(int, fdatasync, "fdatasync", (int fd), (fd))
TOLD(int, ftruncate64, "ftruncate", (int fd, off64_t length), (fd, length))
TOLD(int, rename, "rename", (const char *from, const char *to), (from, to))
TOLD(int, unlink, "unlink", (const char *path), (path))

int open64(const char *path, int flags, ...)
{
    static int (*_Atomic real)(const char *, int, ...);
    int (*next)(const char *, int, ...) = atomic_load(&real);
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    if (!next) {
        *(void **)&next = dlsym(RTLD_NEXT, "open64");
        atomic_store(&real, next);
    }
    if (flags & O_CREAT)
        die_at("open");
    return next(path, flags, mode);
}
