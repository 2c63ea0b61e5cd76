/* An entry is a datagram, taken whole or not at all. Each is sent to the socket's path anew, not
 * over a connection: then it does not matter whether the daemon was started again meanwhile. What
 * waits is a row of lengths and entries. */

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
    size_t begin; /* of waiting: before it all is sent */
};

int journal_writer_new(struct journal_writer **ret_scribe, const char *socket)
{
    struct journal_writer *s = calloc(1, sizeof(*s));

    if (!s)
        return -ENOMEM;
    s->fd = -1;
    s->to.sun_family = AF_UNIX;
    strncpy(s->to.sun_path, socket, sizeof(s->to.sun_path) - 1);
    *ret_scribe = s;
    return 0;
}

struct journal_writer *journal_writer_free(struct journal_writer *s)
{
    if (!s)
        return NULL;
    journal_writer_close(s);
    free(s);
    return NULL;
}

int journal_writer_open(struct journal_writer *s)
{
    journal_writer_close(s);
    s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return s->fd < 0 ? -errno : 0;
}

void journal_writer_close(struct journal_writer *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    gloss_buf_deinit(&s->waiting);
    s->begin = 0;
    s->failure = 0;
}

bool journal_writer_is_open(const struct journal_writer *s)
{
    return s->fd >= 0;
}

bool journal_writer_is_blocked(const struct journal_writer *s)
{
    return s->begin < s->waiting.len;
}

int journal_writer_failure(const struct journal_writer *s)
{
    return s->failure;
}

/* Returns 0 or a negative errno, which stands in failure, too. */
static int send_entry(struct journal_writer *s, struct gloss_span entry)
{
    ssize_t n;

    do
        n = sendto(s->fd, entry.ptr, entry.len, MSG_NOSIGNAL, (const struct sockaddr *)&s->to,
                   sizeof(s->to));
    while (n < 0 && errno == EINTR);
    s->failure = n < 0 ? -errno : 0;
    return s->failure;
}

static int keep(struct journal_writer *s, struct gloss_span entry)
{
    uint32_t n = (uint32_t)entry.len;

    gloss_buf_append(&s->waiting, &n, sizeof(n));
    gloss_buf_span(&s->waiting, entry);
    return s->waiting.failed ? -ENOMEM : JOURNAL_WRITER_BLOCKED;
}

int journal_writer_write(struct journal_writer *s, const struct gloss_spans *entry)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf whole = {0};

    for (size_t i = 0; i < entry->n; i++)
        gloss_buf_span(&whole, entry->items[i]);
    if (whole.failed)
        return -ENOMEM;
    if (!journal_writer_is_blocked(s) && send_entry(s, gloss_buf_view(&whole)) == 0)
        return 0;
    return keep(s, gloss_buf_view(&whole));
}

struct gloss_span journal_writer_pending(const struct journal_writer *s)
{
    return journal_writer_is_blocked(s)
               ? gloss_span(s->waiting.ptr + s->begin, s->waiting.len - s->begin)
               : gloss_span("", 0);
}

int journal_writer_restore_pending(struct journal_writer *s, struct gloss_span pending)
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
    gloss_buf_span(&s->waiting, pending);
    return s->waiting.failed ? -ENOMEM : 0;
}

int journal_writer_retry(struct journal_writer *s)
{
    while (journal_writer_is_blocked(s)) {
        uint32_t n;

        memcpy(&n, s->waiting.ptr + s->begin, sizeof(n));
        if (send_entry(s, gloss_span(s->waiting.ptr + s->begin + sizeof(n), n)) < 0)
            return JOURNAL_WRITER_BLOCKED;
        s->begin += sizeof(n) + n;
    }
    gloss_buf_deinit(&s->waiting);
    s->begin = 0;
    return 0;
}
