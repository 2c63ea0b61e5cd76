/* The line is in the file, from its begin to its newline, which was found before the first byte
 * goes out: so the parts leave in one chain and nobody has to wait for the writer of the line.
 *
 *     file ──► buffer ──► (decoder) ──► gloss_lines ──► parts
 *
 * Where the file ends early, because somebody cut it off meanwhile, the line ends there. A read
 * that fails is tried again, while all sources wait: another line's bytes must not come in between.
 * So it cannot be tried for ever. */

#include "io/tail/overlong_line.h"

#include "core/base/backoff.h"
#include "core/base/util.h"
#include "core/text/lines_feed.h"

#include <inttypes.h>

#define CHUNK_BYTES ((size_t)64 * 1024)
#define FAILURES_MAX 6 /* 1 + 2 + 4 + 8 + 16 + 32 s */

int overlong_line_start(struct follow_context *ctx, struct followed_file *file, uint64_t end,
                        bool owes_newline)
{
    struct long_line *line = &ctx->line;
    int r = gloss_lines_new(&line->parts, CHUNK_BYTES, (size_t)ctx->options.max_line,
                            file->position.offset);

    if (r < 0)
        return r;
    line->of = file;
    line->at = file->position.offset;
    line->end = end;
    line->owes_newline = owes_newline;
    line->decoded_all = false;
    line->failures = 0;
    line->retry_ns = 0;
    return 0;
}

static int feed_bytes(struct gloss_lines *parts, struct gloss_span bytes)
{
    int r = 0;

    while (r == 0 && bytes.len > 0)
        r = lines_feed(parts, &bytes);
    return r;
}

static void end_here(struct long_line *line)
{
    line->at = line->end;
    line->owes_newline = true;
}

/* Returns -EAGAIN, or 0 where it is given up. */
static int fail(struct follow_context *ctx, int error, uint64_t now_ns)
{
    struct long_line *line = &ctx->line;
    const char *path = line->of->position.path;

    if (line->failures++ == 0)
        follow_context_event(ctx, FOLLOW_UNREADABLE, path,
                             "%s, in the middle of a line of %" PRIu64 " bytes", strerror(error),
                             line->end - line->of->position.offset);
    line->retry_ns = now_ns + backoff_ns(line->failures);
    if (line->failures <= FAILURES_MAX)
        return -EAGAIN;
    follow_context_event(ctx, FOLLOW_GONE, path,
                         "bytes %" PRIu64 " to %" PRIu64 ", which cannot be read: %s", line->at,
                         line->end, strerror(error));
    end_here(line);
    return 0;
}

/* The next raw bytes; 0: there are none; -EAGAIN: not now; -ENOMEM. */
static ssize_t read_raw(struct follow_context *ctx, struct follow_buffer *buffer, uint64_t now_ns)
{
    struct long_line *line = &ctx->line;
    ssize_t n;

    if (line->at == line->end)
        return 0;
    n = followed_file_read(line->of, buffer->bytes,
                           (size_t)MIN((uint64_t)CHUNK_BYTES, line->end - line->at), line->at);
    if (n == -EAGAIN || n == -ENOMEM)
        return n;
    if (n < 0)
        return fail(ctx, (int)-n, now_ns);
    if (line->failures > 0)
        ctx->options.ops->event(ctx->options.ctx, FOLLOW_READABLE, line->of->position.path,
                                /* detail= */ NULL);
    line->failures = 0;
    line->at += (uint64_t)n;
    if (n == 0)
        end_here(line);
    return n;
}

/* Returns 1 when something was fed, 0 when all was, or a negative errno as read_raw(). */
static int feed(struct follow_context *ctx, struct follow_buffer *buffer, uint64_t now_ns)
{
    struct long_line *line = &ctx->line;
    struct gloss_span bytes;
    ssize_t n;
    int r;

    if (line->decoded_all)
        return 0;
    n = read_raw(ctx, buffer, now_ns);
    if (n < 0)
        return (int)n;
    line->decoded_all = n == 0;
    bytes = gloss_span(buffer->bytes, (size_t)n);
    if (line->of->text->decoder) {
        gloss_buf_clear(&ctx->decoded);
        line_encoding_decode(line->of->text, bytes, n == 0, &ctx->decoded);
        if (ctx->decoded.failed)
            return -ENOMEM;
        bytes = gloss_buf_view(&ctx->decoded);
    }
    r = feed_bytes(line->parts, bytes);
    if (r == 0 && n == 0 && line->owes_newline)
        r = feed_bytes(line->parts, gloss_span("\n", 1));
    return r < 0 ? r : 1;
}

static void finish(struct follow_context *ctx)
{
    struct long_line *line = &ctx->line;
    struct followed_file *file = line->of;
    struct fingerprint mark = {0};

    /* Where the bytes cannot be read again the empty print fits nothing: the next look finds that
     * the file was written anew. */
    if (followed_file_print_before(file, line->end, &mark) != 0)
        mark = (struct fingerprint){0};
    line->parts = gloss_lines_free(line->parts);
    line->of = NULL;
    file->overlong = false;
    followed_file_moved(file, line->end, mark);
}

int overlong_line_turn(struct follow_context *ctx, struct follow_buffer *buffer, uint64_t now_ns,
                       size_t budget)
{
    struct long_line *line = &ctx->line;
    uint64_t from = line->at;
    struct gloss_block block;
    int r = follow_buffer_reserve(buffer, CHUNK_BYTES);

    while (r == 0 && !ctx->paused) {
        if (gloss_lines_next(line->parts, &block) == 1) {
            r = ctx->options.ops->block(ctx->options.ctx, line->of->position.path,
                                        &line->of->stream, &block);
            ctx->paused = r == 1;
            r = MIN(r, 0);
            if (r == 0 && line->decoded_all && gloss_lines_waiting(line->parts) == 0) {
                finish(ctx);
                return 0;
            }
            continue;
        }
        if (line->at - from >= budget || line->retry_ns > now_ns)
            return 0;
        r = feed(ctx, buffer, now_ns);
        if (r == -EAGAIN)
            return 0;
        if (r == 0) {
            finish(ctx);
            return 0;
        }
        r = MIN(r, 0);
    }
    return r;
}
