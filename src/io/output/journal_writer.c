/* An entry is a datagram, taken whole or not at all. Each is addressed to the socket's path,
 * without a connection, so that it does not matter whether the daemon was restarted meanwhile. The
 * entries that wait lie one behind the other, each behind its length (a uint32_t). */

#include "io/output/journal_writer.h"

#include "core/base/util.h"

#include <gloss/buf.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

struct journal_writer {
    struct sockaddr_un to;
    int fd; /* -1: not open */
    int failure;
    struct gloss_buf waiting;
    size_t begin; /* offset in waiting: the bytes before it are sent */
};

int journal_writer_new(struct journal_writer **ret_writer, const char *socket)
{
    struct journal_writer *w = calloc(1, sizeof(*w));

    if (!w)
        return -ENOMEM;
    w->fd = -1;
    w->to.sun_family = AF_UNIX;
    strncpy(w->to.sun_path, socket, sizeof(w->to.sun_path) - 1);
    *ret_writer = w;
    return 0;
}

/* Closes the socket and forgets the entries that wait. */
static void close_socket(struct journal_writer *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
    gloss_buf_deinit(&w->waiting);
    w->begin = 0;
    w->failure = 0;
}

struct journal_writer *journal_writer_free(struct journal_writer *w)
{
    if (!w)
        return NULL;
    close_socket(w);
    free(w);
    return NULL;
}

int journal_writer_open(struct journal_writer *w)
{
    close_socket(w);
    w->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return w->fd < 0 ? -errno : 0;
}

bool journal_writer_is_open(const struct journal_writer *w)
{
    return w->fd >= 0;
}

bool journal_writer_is_blocked(const struct journal_writer *w)
{
    return w->begin < w->waiting.len;
}

int journal_writer_failure(const struct journal_writer *w)
{
    return w->failure;
}

/* Returns 0 or a negative errno, and leaves the same in w->failure. */
static int send_entry(struct journal_writer *w, struct gloss_span entry)
{
    ssize_t n;

    do
        n = sendto(w->fd, entry.ptr, entry.len, MSG_NOSIGNAL, (const struct sockaddr *)&w->to,
                   sizeof(w->to));
    while (n < 0 && errno == EINTR);
    w->failure = n < 0 ? -errno : 0;
    return w->failure;
}

static int keep(struct journal_writer *w, struct gloss_span entry)
{
    uint32_t n = (uint32_t)entry.len;

    gloss_buf_append(&w->waiting, &n, sizeof(n));
    gloss_buf_span(&w->waiting, entry);
    return w->waiting.failed ? -ENOMEM : JOURNAL_WRITER_BLOCKED;
}

int journal_writer_write(struct journal_writer *w, const struct gloss_spans *entry)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf whole = {0};

    for (size_t i = 0; i < entry->n; i++)
        gloss_buf_span(&whole, entry->items[i]);
    if (whole.failed)
        return -ENOMEM;
    if (!journal_writer_is_blocked(w) && send_entry(w, gloss_buf_view(&whole)) == 0)
        return 0;
    return keep(w, gloss_buf_view(&whole));
}

struct gloss_span journal_writer_pending(const struct journal_writer *w)
{
    return journal_writer_is_blocked(w)
               ? gloss_span(w->waiting.ptr + w->begin, w->waiting.len - w->begin)
               : gloss_span("", 0);
}

int journal_writer_restore_pending(struct journal_writer *w, struct gloss_span pending)
{
    for (size_t at = 0; at < pending.len;) {
        uint32_t n;

        if (pending.len - at < sizeof(n))
            return -EUCLEAN;
        memcpy(&n, pending.ptr + at, sizeof(n));
        at += sizeof(n);
        if (n > pending.len - at)
            return -EUCLEAN;
        at += n;
    }
    gloss_buf_span(&w->waiting, pending);
    return w->waiting.failed ? -ENOMEM : 0;
}

int journal_writer_retry(struct journal_writer *w)
{
    while (journal_writer_is_blocked(w)) {
        uint32_t n;

        memcpy(&n, w->waiting.ptr + w->begin, sizeof(n));
        if (send_entry(w, gloss_span(w->waiting.ptr + w->begin + sizeof(n), n)) < 0)
            return JOURNAL_WRITER_BLOCKED;
        w->begin += sizeof(n) + n;
    }
    gloss_buf_deinit(&w->waiting);
    w->begin = 0;
    return 0;
}
