/* The size of a file is only a hint: files of /proc have the size 0, and a file that is written
 * grows. So it is read until read(2) returns 0, or until there are more bytes than are allowed.
 *
 * Opening never waits: a FIFO without a writer, in a folder of catalogs for example, would hold up
 * a start without end. What a process was handed as a descriptor is another thing, for its writer
 * runs already: there the bytes are waited for, until they have ended or a signal comes. */

#include "app/common/read_file.h"

#include "core/base/util.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether the path means a descriptor of this process, such as a shell makes of <(COMMAND). */
static bool is_handed_over(const char *path)
{
    static const char *const names[] = {"/dev/stdin", "/dev/fd/", "/proc/self/fd/"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strncmp(path, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static int wait_readable(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    return poll(&wait, 1, -1) < 0 ? -errno : 0;
}

static int read_all(int fd, size_t expected, size_t max_bytes, struct gloss_buf *out)
{
    while (out->len <= max_bytes) {
        size_t room = MAX(expected > out->len ? expected - out->len : 0, (size_t)1) + 4095;
        char *place = gloss_buf_room(out, room);
        int r = place ? wait_readable(fd) : -ENOMEM;
        ssize_t n = r == 0 ? read(fd, place, room) : -1;

        if (r < 0)
            return r;
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return -errno;
        if (n > 0)
            out->len += (size_t)n;
    }
    return -EFBIG;
}

int read_file(const char *path, size_t max_bytes, struct gloss_buf *out)
{
    CLEANUP(closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    if (!S_ISREG(st.st_mode) && !is_handed_over(path))
        return -ENXIO;
    if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max_bytes)
        return -EFBIG;
    return read_all(fd, S_ISREG(st.st_mode) ? (size_t)st.st_size : 0, max_bytes, out);
}
