/* The kernel may take only a part of the bytes: a pipe has less room, the disk is full, a signal
 * came. Then the rest is written again, and that call either goes on or fails with the reason. */

#include "io/files/write_all.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

static int wait_writable(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};

    return poll(&wait, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

/* What a failed write means: 0, try again; or a negative errno. */
static int after_failure(int fd)
{
    if (errno == EINTR)
        return 0;
    return errno == EAGAIN ? wait_writable(fd) : -errno;
}

int write_all_bytes(int fd, const char *bytes, size_t n)
{
    struct iovec piece = {(void *)(uintptr_t)bytes, n};

    return write_all_vectors(fd, &piece, n > 0 ? 1 : 0);
}

int write_all_at(int fd, const char *bytes, size_t n, uint64_t offset)
{
    while (n > 0) {
        ssize_t done = pwrite(fd, bytes, n, (off_t)offset);
        int r = done < 0 ? after_failure(fd) : 0;

        if (r < 0)
            return r;
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
            offset += (uint64_t)done;
        }
    }
    return 0;
}

/* Takes `done` written bytes off the front of the list. */
static void advance(struct iovec **pieces, size_t *n, size_t done)
{
    while (*n > 0 && done >= (*pieces)->iov_len) {
        done -= (*pieces)->iov_len;
        (*pieces)++;
        (*n)--;
    }
    if (*n > 0) {
        (*pieces)->iov_base = (char *)(*pieces)->iov_base + done;
        (*pieces)->iov_len -= done;
    }
}

int write_all_vectors(int fd, struct iovec *pieces, size_t n)
{
    while (n > 0) {
        ssize_t done = writev(fd, pieces, (int)n);
        int r = done < 0 ? after_failure(fd) : 0;

        if (r < 0)
            return r;
        if (done >= 0)
            advance(&pieces, &n, (size_t)done);
    }
    return 0;
}
