/* The whole line is in the file, from its start to its newline, which was found, or is known to
 * come, before the first byte goes out: so its parts leave one behind the other, and nobody waits
 * for the writer.
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
#include "io/files/fingerprint.h"

#include <inttypes.h>

/* Where a line ends at the start of a chunk, what stands before that can still be read back. */
#define CHUNK_BYTES (DECOMPRESSED_FILE_BACK_BYTES / 2)
#define FAILURES_MAX 6 /* 1 + 2 + 4 + 8 + 16 + 32 s */

struct overlong_line {
    struct followed_file *file;
    struct gloss_lines *parts;    /* owned */
    uint64_t at, end;             /* raw bytes that are still to be read */
    char tail[FINGERPRINT_BYTES]; /* of the line's raw bytes before at, the last ones */
    size_t n_tail;
    bool owes_newline; /* the file has none for it */
    bool is_decoded;   /* all of it is in parts */
    unsigned failures; /* reads in a row that failed */
    uint64_t retry_ns; /* no read before this */
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
    if (line->end == OVERLONG_LINE_TO_NEWLINE)
        line->end = line->at;
    if (line->at < line->end)
        line->n_tail = 0;
    line->at = line->end;
    line->owes_newline = true;
}

static void say_gone(struct follow_context *ctx, int error)
{
    struct overlong_line *line = ctx->line;
    const char *path = line->file->position.path;

    if (line->end == OVERLONG_LINE_TO_NEWLINE)
        follow_context_event_detail(ctx, FOLLOW_GONE, path,
                                    "a line is cut at byte %" PRIu64
                                    ", what follows cannot be read: %s",
                                    line->at, strerror(error));
    else
        follow_context_event_detail(ctx, FOLLOW_GONE, path,
                                    "bytes %" PRIu64 " to %" PRIu64 ", which cannot be read: %s",
                                    line->at, line->end, strerror(error));
}

/* Returns -EAGAIN, or 0 where it is given up. */
static int fail(struct follow_context *ctx, int error)
{
    struct overlong_line *line = ctx->line;
    const char *path = line->file->position.path;

    if (line->failures++ == 0)
        follow_context_event_detail(ctx, FOLLOW_UNREADABLE, path,
                                    "%s, in the middle of a line of more than %" PRIu64 " bytes",
                                    strerror(error), line->at - line->file->position.offset);
    line->retry_ns = ctx->now_ns + backoff_ns(line->failures);
    if (line->failures <= FAILURES_MAX)
        return -EAGAIN;
    say_gone(ctx, error);
    end_here(line);
    return 0;
}

/* Up to `size` bytes from memory or the file, and never a part of a character but at the end. */
static ssize_t read_some(struct overlong_line *line, char *place, size_t size)
{
    const struct half_line *half = &line->file->half;
    uint64_t done = line->at - line->file->position.offset;
    size_t width = line->file->text->width;
    ssize_t n;

    if (half->bytes && done + width <= half->n) {
        size = (size_t)MIN((uint64_t)size, half->n - done);
        size -= size % width;
        memcpy(place, half->bytes + done, size);
        return (ssize_t)size;
    }
    n = followed_file_read(line->file, place, size, line->at);
    return n > (ssize_t)width ? n - n % (ssize_t)width : n;
}

static void note_tail(struct overlong_line *line, const char *bytes, size_t n)
{
    size_t n_new = MIN(n, sizeof(line->tail)),
           n_old = MIN(line->n_tail, sizeof(line->tail) - n_new);

    memmove(line->tail, line->tail + line->n_tail - n_old, n_old);
    memcpy(line->tail + n_old, bytes + n - n_new, n_new);
    line->n_tail = n_old + n_new;
}

/* Up to the newline, where that was not known before. */
static ssize_t cut_at_newline(struct overlong_line *line, const char *bytes, ssize_t n)
{
    size_t end = 0;

    if (n > 0 && line->end == OVERLONG_LINE_TO_NEWLINE)
        end = line_encoding_first_end(line->file->text, bytes, (size_t)n, line->at);
    if (end == 0)
        return n;
    line->end = line->at + end;
    return (ssize_t)end;
}

/* The next raw bytes. Returns their number; 0: there are none; -EAGAIN: not now; -ENOMEM. */
static ssize_t read_raw(struct follow_context *ctx, struct turn_buffer *buffer)
{
    struct overlong_line *line = ctx->line;
    size_t size = (size_t)MIN((uint64_t)CHUNK_BYTES, line->end - line->at);
    ssize_t n;

    if (size == 0)
        return 0;
    n = read_some(line, buffer->bytes, size);
    n = cut_at_newline(line, buffer->bytes, n);
    if (n == -EAGAIN || n == -ENOMEM)
        return n;
    if (n < 0)
        return fail(ctx, (int)-n);
    if (line->failures > 0)
        follow_context_event(ctx, FOLLOW_READABLE, line->file->position.path);
    line->failures = 0;
    note_tail(line, buffer->bytes, (size_t)n);
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

/* Of a compressed file they would have to be decompressed again. Where they cannot be read the
 * blank print fits nothing: the next look finds that the file was written anew. */
static struct fingerprint find_tail_print(const struct overlong_line *line)
{
    struct fingerprint print = {0};

    if (line->n_tail == MIN(line->end, (uint64_t)FINGERPRINT_BYTES))
        return fingerprint_of(line->tail, line->n_tail);
    if (followed_file_print_before(line->file, line->end, &print) != 0)
        print = (struct fingerprint){0};
    return print;
}

static void finish(struct follow_context *ctx)
{
    struct followed_file *file = ctx->line->file;
    uint64_t end = ctx->line->end;
    struct fingerprint tail_print = find_tail_print(ctx->line);

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
