/* The whole line is in the file, from its start to its newline, which was found before the first
 * byte goes out: so its parts leave one behind the other, and nobody waits for the writer.
 *
 *     file ──► buffer ──► (decoder) ──► gloss_lines ──► parts
 *
 * Where the file ends early, because somebody cut it off meanwhile, the line ends there. A read
 * that fails is tried again, while all sources wait, for bytes of other lines must not come between
 * the parts. So it is not tried for ever. */

#include "io/tail/overlong_line.h"

#include "core/base/backoff.h"
#include "core/base/util.h"
#include "core/text/lines_feed.h"

#include <inttypes.h>

#define CHUNK_BYTES ((size_t)64 * 1024)
#define FAILURES_MAX 6 /* 1 + 2 + 4 + 8 + 16 + 32 s */

struct overlong_line {
    struct followed_file *file;
    struct gloss_lines *parts; /* owned */
    uint64_t at, end;          /* raw bytes that are still to be read */
    bool owes_newline;         /* the file has none for it */
    bool is_decoded;           /* all of it is in parts */
    unsigned failures;         /* reads in a row that failed */
    uint64_t retry_ns;         /* no read before this */
};

static struct overlong_line *line_free(struct overlong_line *line)
{
    if (line)
        gloss_lines_free(line->parts);
    free(line);
    return NULL;
}

static void line_freep(struct overlong_line **line)
{
    *line = line_free(*line);
}

int overlong_line_start(struct follow_context *ctx, struct followed_file *file, uint64_t end,
                        bool owes_newline)
{
    CLEANUP(line_freep) struct overlong_line *line = calloc(1, sizeof(*line));
    uint64_t from = file->position.offset;
    int r;

    if (!line)
        return -ENOMEM;
    r = gloss_lines_new(&line->parts, CHUNK_BYTES, (size_t)ctx->options.max_line, from);
    if (r < 0)
        return r;
    line->file = file;
    line->at = from;
    line->end = end;
    line->owes_newline = owes_newline;
    ctx->line = TAKE_PTR(line);
    return 0;
}

void overlong_line_drop(struct follow_context *ctx)
{
    ctx->line = line_free(ctx->line);
}

bool overlong_line_is_of(const struct follow_context *ctx, const struct followed_file *file)
{
    return ctx->line && ctx->line->file == file;
}

uint64_t overlong_line_retry_ns(const struct follow_context *ctx)
{
    return ctx->line->retry_ns;
}

static int feed_bytes(struct gloss_lines *parts, struct gloss_span bytes)
{
    int r = 0;

    while (r == 0 && bytes.len > 0)
        r = lines_feed(parts, &bytes);
    return r;
}

static void end_here(struct overlong_line *line)
{
    line->at = line->end;
    line->owes_newline = true;
}

/* Returns -EAGAIN, or 0 where it is given up. */
static int fail(struct follow_context *ctx, int error)
{
    struct overlong_line *line = ctx->line;
    const char *path = line->file->position.path;

    if (line->failures++ == 0)
        follow_context_event_detail(ctx, FOLLOW_UNREADABLE, path,
                                    "%s, in the middle of a line of %" PRIu64 " bytes",
                                    strerror(error), line->end - line->file->position.offset);
    line->retry_ns = ctx->now_ns + backoff_ns(line->failures);
    if (line->failures <= FAILURES_MAX)
        return -EAGAIN;
    follow_context_event_detail(ctx, FOLLOW_GONE, path,
                                "bytes %" PRIu64 " to %" PRIu64 ", which cannot be read: %s",
                                line->at, line->end, strerror(error));
    end_here(line);
    return 0;
}

/* The next raw bytes. Returns their number; 0: there are none; -EAGAIN: not now; -ENOMEM. */
static ssize_t read_raw(struct follow_context *ctx, struct turn_buffer *buffer)
{
    struct overlong_line *line = ctx->line;
    size_t size = (size_t)MIN((uint64_t)CHUNK_BYTES, line->end - line->at);
    ssize_t n;

    if (size == 0)
        return 0;
    n = followed_file_read(line->file, buffer->bytes, size, line->at);
    if (n == -EAGAIN || n == -ENOMEM)
        return n;
    if (n < 0)
        return fail(ctx, (int)-n);
    if (line->failures > 0)
        follow_context_event(ctx, FOLLOW_READABLE, line->file->position.path);
    line->failures = 0;
    line->at += (uint64_t)n;
    if (n == 0)
        end_here(line);
    return n;
}

/* Returns 1 when something was fed, 0 when all was, or a negative errno as read_raw(). */
static int feed(struct follow_context *ctx, struct turn_buffer *buffer)
{
    struct overlong_line *line = ctx->line;
    struct line_encoding *text = line->file->text;
    struct gloss_span bytes;
    ssize_t n;
    int r;

    if (line->is_decoded)
        return 0;
    n = read_raw(ctx, buffer);
    if (n < 0)
        return (int)n;
    line->is_decoded = n == 0;
    bytes = gloss_span(buffer->bytes, (size_t)n);
    if (text->decoder) {
        gloss_buf_clear(&ctx->decoded);
        line_encoding_decode(text, bytes, n == 0, &ctx->decoded);
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
    struct followed_file *file = ctx->line->file;
    uint64_t end = ctx->line->end;
    struct fingerprint tail_print = {0};

    /* Where the bytes cannot be read again the empty print fits nothing: the next look finds that
     * the file was written anew. */
    if (followed_file_print_before(file, end, &tail_print) != 0)
        tail_print = (struct fingerprint){0};
    overlong_line_drop(ctx);
    file->half.is_overlong = false;
    followed_file_move(file, end, tail_print);
}

/* Hands on one part. Returns 1: it was the last one; 0; or a negative errno. */
static int hand_on(struct follow_context *ctx, const struct gloss_block *block)
{
    struct overlong_line *line = ctx->line;
    struct followed_file *file = line->file;
    int r = ctx->options.ops->block(ctx->options.ctx, file->position.path, &file->stream, block);

    ctx->is_paused = r == 1;
    if (r < 0)
        return r;
    return line->is_decoded && gloss_lines_waiting(line->parts) == 0;
}

int overlong_line_turn(struct follow_context *ctx, struct turn_buffer *buffer, size_t budget)
{
    struct overlong_line *line = ctx->line;
    uint64_t from = line->at;
    struct gloss_block block;
    int r = turn_buffer_reserve(buffer, CHUNK_BYTES);

    while (r == 0 && !ctx->is_paused) {
        bool is_out;

        if (gloss_lines_next(line->parts, &block) == 1) {
            r = hand_on(ctx, &block);
            is_out = r == 1;
        } else {
            if (line->at - from >= budget || line->retry_ns > ctx->now_ns)
                return 0;
            r = feed(ctx, buffer);
            is_out = r == 0;
        }
        if (is_out)
            finish(ctx);
        if (is_out || r == -EAGAIN)
            return 0;
        r = MIN(r, 0);
    }
    return r;
}
