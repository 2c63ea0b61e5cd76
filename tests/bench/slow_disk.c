/* A library to be preloaded: each sync of a file takes 20 ms, as on a disk that has to turn. */

#include <dlfcn.h>
#include <time.h>
#include <unistd.h>

static int slowly(const char *name, int fd)
{
    int (*real)(int);

    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    *(void **)&real = dlsym(RTLD_NEXT, name);
    return real(fd);
}

int fdatasync(int fd)
{
    return slowly("fdatasync", fd);
}

int fsync(int fd)
{
    return slowly("fsync", fd);
}
