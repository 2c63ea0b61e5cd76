/* Preloaded, it makes the syncs of a disk as slow as those of one that has to turn: 20 ms each. */

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
