/* When the last writer closes a FIFO, read(2) gives end of file, and the descriptor stays readable
 * from then on. A new descriptor of the same FIFO is not readable before the next writer comes, so
 * it takes the place of the old one. It is opened before the old one is closed, since a FIFO that
 * no process has open loses its bytes.
 *
 * Standard input may be shared with other processes, so it is not made non-blocking; poll(2) is
 * asked before each read. For a FIFO poll(2) also tells one that waits for its first writer from
 * one whose last writer has left, which read(2) cannot. A FIFO that was replaced gets no further
 * writer, and is read without poll(2) until its end. */

#include "io/input/stream_input.h"

#include "core/base/util.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

struct stream_input {
    char *path; /* NULL: standard input */
    struct link_policy links;
    struct link_refusal refusal; /* of the last look */
    int fd;                      /* -1: not open */
    int ready_fd;
    uint64_t dev, ino;
    bool left;     /* by its last writer, and no new descriptor could be opened */
    bool replaced; /* the path named another FIFO at the last look */
    bool listening;
};

int stream_input_new(struct stream_input **ret_input, const char *path,
                     const struct link_policy *links, int ready_fd)
{
    struct stream_input *in = calloc(1, sizeof(*in));

    if (!in)
        return -ENOMEM;
    in->ready_fd = ready_fd;
    in->links = *links;
    in->fd = path ? -1 : STDIN_FILENO;
    if (path) {
        in->path = strdup(path);
        if (!in->path) {
            free(in);
            return -ENOMEM;
        }
    }
    *ret_input = in;
    return 0;
}

struct stream_input *stream_input_free(struct stream_input *in)
{
    if (!in)
        return NULL;
    stream_input_leave(in);
    free(in->path);
    free(in);
    return NULL;
}

const char *stream_input_name(const struct stream_input *in)
{
    return in->path ? in->path : "standard input";
}

void stream_input_set_links(struct stream_input *in, const struct stream_input *as)
{
    in->links = as->links;
}

const char *stream_input_refusal(const struct stream_input *in)
{
    return in->refusal.text;
}

bool stream_input_is_open(const struct stream_input *in)
{
    return in->fd >= 0 && !in->left;
}

void stream_input_listen(struct stream_input *in, bool on)
{
    struct epoll_event event = {.events = EPOLLIN};

    on = on && stream_input_is_open(in);
    if (on == in->listening)
        return;
    in->listening = on;
    epoll_ctl(in->ready_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, in->fd, &event);
}

void stream_input_leave(struct stream_input *in)
{
    if (in->fd < 0)
        return;
    stream_input_listen(in, false);
    if (in->path)
        close(in->fd);
    in->fd = -1;
    in->left = in->replaced = false;
}

/* ---- a FIFO ---- */

/* Opens the FIFO at the path in the place of the open one. No other file is opened, since opening a
 * device may have an effect. Returns 0, STREAM_INPUT_ABSENT, STREAM_INPUT_NO_FIFO,
 * STREAM_INPUT_REFUSED or a negative errno. */
static int open_anew(struct stream_input *in)
{
    CLEANUP(link_target_close) struct link_target target = {.fd = -1, .folder = -1};
    int r = link_resolver_find(AT_FDCWD, in->path, &in->links, &target, &in->refusal), fd;

    if (r == LINK_RESOLVER_E_REFUSED)
        return STREAM_INPUT_REFUSED;
    if (r < 0)
        return r == -ENOENT || r == -ENOTDIR ? STREAM_INPUT_ABSENT : r;
    if (!S_ISFIFO(target.st.st_mode))
        return STREAM_INPUT_NO_FIFO;
    fd = link_target_open(&target);
    if (fd < 0)
        return fd == -ENOENT || fd == -ESTALE ? STREAM_INPUT_ABSENT : fd;
    stream_input_leave(in);
    in->fd = fd;
    in->dev = target.st.st_dev;
    in->ino = target.st.st_ino;
    return 0;
}

int stream_input_look(struct stream_input *in)
{
    struct stat st;

    if (!in->path)
        return 0;
    if (!stream_input_is_open(in))
        return open_anew(in);
    if (stat(in->path, &st) < 0 || !S_ISFIFO(st.st_mode))
        return 0;
    in->replaced = st.st_dev != in->dev || st.st_ino != in->ino;
    return in->replaced ? STREAM_INPUT_REPLACED : 0;
}

static void last_writer_left(struct stream_input *in)
{
    int r = open_anew(in);

    if (r > 0) {
        stream_input_leave(in);
    } else if (r < 0) { /* the next writer finds the FIFO open; the next look tries again */
        stream_input_listen(in, false);
        in->left = true;
    }
}

/* ---- reading ---- */

static bool is_ready(const struct stream_input *in)
{
    struct pollfd ready = {.fd = in->fd, .events = POLLIN};

    return poll(&ready, 1, 0) > 0;
}

ssize_t stream_input_read(struct stream_input *in, char *bytes, size_t size)
{
    ssize_t n;

    if (!stream_input_is_open(in) || (!in->replaced && !is_ready(in)))
        return -EAGAIN;
    do
        n = read(in->fd, bytes, size);
    while (n < 0 && errno == EINTR);
    if (n == 0 && in->path)
        last_writer_left(in);
    return n < 0 ? -errno : n;
}

bool stream_input_holds_bytes(const struct stream_input *in)
{
    struct stat st;

    return stream_input_is_open(in) && fstat(in->fd, &st) == 0 && !S_ISREG(st.st_mode) &&
           is_ready(in);
}
