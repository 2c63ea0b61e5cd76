/* A FIFO's end of file means that its last writer has left, and from then on its descriptor tells
 * of nothing else. A fresh descriptor of the same FIFO is silent until the next writer comes, so
 * one is opened in the place of the old, and before that is closed: a FIFO that nobody has open
 * forgets its bytes.
 *
 * Standard input may be shared with others, so it is not made non-blocking; poll(2) is asked before
 * each read. It also tells a FIFO that waits for its first writer from one whose last has left,
 * which read(2) does not; of one that was replaced, where no writer can come any more, read(2) is
 * asked alone. */

#include "io/input/stream_input.h"

#include "core/base/util.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

struct stream_input {
    char *path; /* NULL: standard input */
    int fd;     /* -1: not open */
    int ready_fd;
    uint64_t dev, ino;
    bool left;  /* its last writer has, and no fresh descriptor could be had */
    bool moved; /* the path named another FIFO when it was looked at last */
    bool listening;
};

int stream_input_new(struct stream_input **ret_inlet, const char *path, int ready_fd)
{
    struct stream_input *i = calloc(1, sizeof(*i));

    if (!i)
        return -ENOMEM;
    i->ready_fd = ready_fd;
    i->fd = path ? -1 : STDIN_FILENO;
    if (path) {
        i->path = strdup(path);
        if (!i->path) {
            free(i);
            return -ENOMEM;
        }
    }
    *ret_inlet = i;
    return 0;
}

struct stream_input *stream_input_free(struct stream_input *i)
{
    if (!i)
        return NULL;
    stream_input_leave(i);
    free(i->path);
    free(i);
    return NULL;
}

const char *stream_input_name(const struct stream_input *i)
{
    return i->path ? i->path : "standard input";
}

bool stream_input_is_open(const struct stream_input *i)
{
    return i->fd >= 0 && !i->left;
}

void stream_input_listen(struct stream_input *i, bool on)
{
    struct epoll_event event = {.events = EPOLLIN};

    on = on && stream_input_is_open(i);
    if (on == i->listening)
        return;
    i->listening = on;
    epoll_ctl(i->ready_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, i->fd, &event);
}

void stream_input_leave(struct stream_input *i)
{
    if (i->fd < 0)
        return;
    stream_input_listen(i, false);
    if (i->path)
        close(i->fd);
    i->fd = -1;
    i->left = i->moved = false;
}

/* ---- a FIFO ---- */

/* Opens what the path names in the place of what is open. Nothing but a FIFO is opened: a device
 * may do something when it is. Returns 0, STREAM_INPUT_ABSENT, STREAM_INPUT_ODD, or a negative
 * errno. */
static int open_fresh(struct stream_input *i)
{
    struct stat st;
    int fd;

    if (stat(i->path, &st) < 0)
        return errno == ENOENT || errno == ENOTDIR ? STREAM_INPUT_ABSENT : -errno;
    if (!S_ISFIFO(st.st_mode))
        return STREAM_INPUT_ODD;
    fd = open(i->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? STREAM_INPUT_ABSENT : -errno;
    if (fstat(fd, &st) < 0 || !S_ISFIFO(st.st_mode)) {
        close(fd);
        return STREAM_INPUT_ODD;
    }
    stream_input_leave(i);
    i->fd = fd;
    i->dev = st.st_dev;
    i->ino = st.st_ino;
    return 0;
}

int stream_input_look(struct stream_input *i)
{
    struct stat st;

    if (!i->path)
        return 0;
    if (!stream_input_is_open(i))
        return open_fresh(i);
    if (stat(i->path, &st) < 0 || !S_ISFIFO(st.st_mode))
        return 0;
    i->moved = st.st_dev != i->dev || st.st_ino != i->ino;
    return i->moved ? STREAM_INPUT_MOVED : 0;
}

static void last_writer_left(struct stream_input *i)
{
    int r = open_fresh(i);

    if (r == STREAM_INPUT_ABSENT || r == STREAM_INPUT_ODD) {
        stream_input_leave(i);
    } else if (r < 0) { /* its next writer finds it open, and the next look may do better */
        stream_input_listen(i, false);
        i->left = true;
    }
}

/* ---- reading ---- */

static bool is_ready(const struct stream_input *i)
{
    struct pollfd ready = {.fd = i->fd, .events = POLLIN};

    return poll(&ready, 1, 0) > 0;
}

ssize_t stream_input_read(struct stream_input *i, char *place, size_t size)
{
    ssize_t n;

    if (!stream_input_is_open(i) || (!i->moved && !is_ready(i)))
        return -EAGAIN;
    do
        n = read(i->fd, place, size);
    while (n < 0 && errno == EINTR);
    if (n == 0 && i->path)
        last_writer_left(i);
    return n < 0 ? -errno : n;
}

bool stream_input_holds_bytes(const struct stream_input *i)
{
    struct stat st;

    return stream_input_is_open(i) && fstat(i->fd, &st) == 0 && !S_ISREG(st.st_mode) && is_ready(i);
}
