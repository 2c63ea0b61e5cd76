/* The line is in the file, from its begin to its newline, which was found before the first byte
 * goes out: so the parts leave in one chain and nobody has to wait for the writer of the line.
 *
 *     file ──► buffer ──► (decoder) ──► gloss_lines ──► parts
 *
 * Where the file ends early, because somebody cut it off meanwhile, the line ends there. A read
 * that fails is tried again, while all sources wait: another line's bytes must not come in between.
 * So it cannot be tried for ever. */

#include "io/tail/overlong_line.h"

#include "core/base/util.h"

#include <inttypes.h>

#define CHUNK_BYTES ((size_t)64 * 1024)
#define FAILURES_MAX 6 /* 1 + 2 + 4 + 8 + 16 + 32 s */

int overlong_line_start(struct follow_context *d, struct followed_file *g, uint64_t end,
                        bool owes_newline)
{
    struct long_line *l = &d->line;
    int r =
        gloss_lines_new(&l->parts, CHUNK_BYTES, (size_t)d->options.max_line, g->position.offset);

    if (r < 0)
        return r;
    l->of = g;
    l->at = g->position.offset;
    l->end = end;
    l->owes_newline = owes_newline;
    l->decoded_all = false;
    l->failures = 0;
    l->retry_ns = 0;
    return 0;
}

static int feed_bytes(struct gloss_lines *parts, struct gloss_span bytes)
{
    while (bytes.len > 0) {
        size_t size, n;
        char *position;
        int r = gloss_lines_room(parts, &position, &size);

        if (r < 0)
            return r;
        n = MIN(size, bytes.len);
        memcpy(position, bytes.ptr, n);
        gloss_lines_fill(parts, n);
        bytes = gloss_span(bytes.ptr + n, bytes.len - n);
    }
    return 0;
}

static void end_here(struct long_line *l)
{
    l->at = l->end;
    l->owes_newline = true;
}

/* Returns -EAGAIN, or 0 where it is given up. */
static int fail(struct follow_context *d, int error, uint64_t now_ns)
{
    struct long_line *l = &d->line;
    const char *path = l->of->position.path;

    if (l->failures++ == 0)
        follow_context_event(d, FOLLOW_UNREADABLE, path,
                             "%s, in the middle of a line of %" PRIu64 " bytes", strerror(error),
                             l->end - l->of->position.offset);
    l->retry_ns = now_ns + rotation_backoff_ns(l->failures);
    if (l->failures <= FAILURES_MAX)
        return -EAGAIN;
    follow_context_event(d, FOLLOW_GONE, path,
                         "bytes %" PRIu64 " to %" PRIu64 ", which cannot be read: %s", l->at,
                         l->end, strerror(error));
    end_here(l);
    return 0;
}

/* The next raw bytes; 0: there are none; -EAGAIN: not now; -ENOMEM. */
static ssize_t read_raw(struct follow_context *d, struct follow_buffer *b, uint64_t now_ns)
{
    struct long_line *l = &d->line;
    ssize_t n;

    if (l->at == l->end)
        return 0;
    n = followed_file_read(l->of, b->bytes, (size_t)MIN((uint64_t)CHUNK_BYTES, l->end - l->at),
                           l->at);
    if (n == -EAGAIN || n == -ENOMEM)
        return n;
    if (n < 0)
        return fail(d, (int)-n, now_ns);
    if (l->failures > 0)
        d->options.ops->event(d->options.ctx, FOLLOW_READABLE, l->of->position.path,
                              /* detail= */ NULL);
    l->failures = 0;
    l->at += (uint64_t)n;
    if (n == 0)
        end_here(l);
    return n;
}

/* Returns 1 when something was fed, 0 when all was, or a negative errno as read_raw(). */
static int feed(struct follow_context *d, struct follow_buffer *b, uint64_t now_ns)
{
    struct long_line *l = &d->line;
    struct gloss_span bytes;
    ssize_t n;
    int r;

    if (l->decoded_all)
        return 0;
    n = read_raw(d, b, now_ns);
    if (n < 0)
        return (int)n;
    l->decoded_all = n == 0;
    bytes = gloss_span(b->bytes, (size_t)n);
    if (l->of->text->decoder) {
        gloss_buf_clear(&d->decoded);
        line_encoding_decode(l->of->text, bytes, n == 0, &d->decoded);
        if (d->decoded.failed)
            return -ENOMEM;
        bytes = gloss_buf_view(&d->decoded);
    }
    r = feed_bytes(l->parts, bytes);
    if (r == 0 && n == 0 && l->owes_newline)
        r = feed_bytes(l->parts, gloss_span("\n", 1));
    return r < 0 ? r : 1;
}

static void finish(struct follow_context *d)
{
    struct long_line *l = &d->line;
    struct followed_file *g = l->of;
    struct fingerprint mark = {0};

    /* Where the bytes cannot be read again the empty print fits nothing: the next look finds that
     * the file was written anew. */
    if (followed_file_print_before(g, l->end, &mark) != 0)
        mark = (struct fingerprint){0};
    l->parts = gloss_lines_free(l->parts);
    l->of = NULL;
    g->overlong = false;
    followed_file_moved(g, l->end, mark);
}

int overlong_line_turn(struct follow_context *d, struct follow_buffer *b, uint64_t now_ns,
                       size_t budget)
{
    struct long_line *l = &d->line;
    uint64_t from = l->at;
    struct gloss_block block;
    int r = follow_buffer_reserve(b, CHUNK_BYTES);

    while (r == 0 && !d->paused) {
        if (gloss_lines_next(l->parts, &block) == 1) {
            r = d->options.ops->block(d->options.ctx, l->of->position.path, &l->of->stream, &block);
            d->paused = r == 1;
            r = MIN(r, 0);
            if (r == 0 && l->decoded_all && gloss_lines_waiting(l->parts) == 0) {
                finish(d);
                return 0;
            }
            continue;
        }
        if (l->at - from >= budget || l->retry_ns > now_ns)
            return 0;
        r = feed(d, b, now_ns);
        if (r == -EAGAIN)
            return 0;
        if (r == 0) {
            finish(d);
            return 0;
        }
        r = MIN(r, 0);
    }
    return r;
}
