/* The size of a file is only a hint: files of /proc have the size 0, and a file that is written
 * grows. So it is read until read(2) returns 0, or until there are more bytes than are allowed. */

#include "app/common/read_file.h"

#include "core/base/util.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, size_t expected, size_t max_bytes, struct gloss_buf *out)
{
    while (out->len <= max_bytes) {
        size_t room = MAX(expected > out->len ? expected - out->len : 0, (size_t)1) + 4095;
        char *place = gloss_buf_room(out, room);
        ssize_t n = place ? read(fd, place, room) : -1;

        if (!place)
            return -ENOMEM;
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0)
            out->len += (size_t)n;
    }
    return -EFBIG;
}

int read_file(const char *path, size_t max_bytes, struct gloss_buf *out)
{
    CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max_bytes)
        return -EFBIG;
    return read_all(fd, S_ISREG(st.st_mode) ? (size_t)st.st_size : 0, max_bytes, out);
}
