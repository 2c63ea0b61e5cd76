#include "io/files/folder.h"

#include "core/base/util.h"

#include <fcntl.h>

int folder_sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    CLEANUP(freep) char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    CLEANUP(closep) int fd = -1;

    if (!folder)
        return -ENOMEM;
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}
