/* The bytes of a file as text: which encoding they are in, and how whole lines of them are handed
 * on. */

#include "core/base/util.h"
#include "io/tail/followed_file.h"
#include "io/tail/overlong_line.h"

/* ---- what kind of text it is ---- */

void followed_file_say_undecoded(struct followed_file *file, const struct follow_context *ctx,
                                 const char *what)
{
    if (!file->undecoded)
        follow_context_event(ctx, FOLLOW_UNDECODED, file->position.path, "%s", what);
    file->undecoded = true;
}

/* The first bytes may not be all of a mark yet. */
static void judge_head(struct followed_file *file, struct follow_context *ctx,
                       struct gloss_span head)
{
    bool is_named = ctx->options.encoding && !ctx->by_mark;
    enum gloss_encoding_guess guess;

    if (!is_named && (head.len == 0 || gloss_encoding_undecided(head)))
        return;
    file->text = ctx->options.encoding ? &ctx->named : &ctx->plain;
    if (is_named)
        return;
    guess = gloss_encoding_guess(head);
    if (gloss_encoding_name(guess))
        file->text = &ctx->marked[guess];
    else if (guess == GLOSS_ENCODING_UTF16_UNMARKED && !ctx->by_mark)
        followed_file_say_undecoded(
            file, ctx, "looks like UTF-16 without a byte order mark, so no code can be found");
    else if (guess == GLOSS_ENCODING_UTF32_UNMARKED && !ctx->by_mark)
        followed_file_say_undecoded(
            file, ctx, "looks like UTF-32 without a byte order mark, so no code can be found");
}

void followed_file_find_text(struct followed_file *file, struct follow_context *ctx,
                             struct gloss_span bytes)
{
    char head[FINGERPRINT_BYTES];
    ssize_t n;

    if (file->text)
        return;
    if (file->rotation.offset == 0) {
        judge_head(file, ctx, bytes);
        return;
    }
    n = followed_file_read(file, head, sizeof(head), 0);
    judge_head(file, ctx, gloss_span(head, n > 0 ? (size_t)n : 0));
}

/* ---- handing on ---- */

/* The decoder's output without the mark that may stand at the begin of a file. */
static int decode(struct followed_file *file, struct follow_context *ctx, struct gloss_span raw,
                  struct gloss_span *ret_bytes)
{
    gloss_buf_clear(&ctx->decoded);
    if (line_encoding_decode(file->text, raw, /* end= */ true, &ctx->decoded) > 0)
        followed_file_say_undecoded(file, ctx,
                                    "some bytes are not in the encoding they are read in");
    if (ctx->decoded.failed)
        return -ENOMEM;
    *ret_bytes = gloss_buf_view(&ctx->decoded);
    if (file->position.offset == 0 && ret_bytes->len >= 3 &&
        memcmp(ret_bytes->ptr, "\xef\xbb\xbf", 3) == 0)
        *ret_bytes = gloss_span(ret_bytes->ptr + 3, ret_bytes->len - 3);
    return 0;
}

int followed_file_hand_on(struct followed_file *file, struct follow_context *ctx,
                          struct gloss_span raw, bool own_newline)
{
    struct gloss_block block = {
        .bytes = raw, .offset = file->position.offset, .begins_line = true, .ends_line = true};
    int r = 0;

    if (file->text->decoder)
        r = decode(file, ctx, raw, &block.bytes);
    if (r == 0 && own_newline) {
        if (!file->text->decoder) {
            gloss_buf_clear(&ctx->decoded);
            gloss_buf_span(&ctx->decoded, raw);
        }
        gloss_buf_char(&ctx->decoded, '\n');
        block.bytes = gloss_span(ctx->decoded.ptr + (ctx->decoded.len - 1 - block.bytes.len),
                                 block.bytes.len + 1);
        r = ctx->decoded.failed ? -ENOMEM : 0;
    }
    if (r < 0 || block.bytes.len == 0)
        return r;
    r = ctx->options.ops->block(ctx->options.ctx, file->position.path, &file->stream, &block);
    ctx->paused = ctx->paused || r == 1;
    return MIN(r, 0);
}

int followed_file_flush(struct followed_file *file, struct follow_context *ctx, bool cut_off)
{
    uint64_t end = file->position.offset + file->n_half;
    int r;

    if (!file->text)
        file->text = &ctx->plain;
    if (file->overlong && !cut_off)
        return overlong_line_start(ctx, file, file->rotation.offset, /* owes_newline= */ true);
    if (file->n_half == 0)
        return 0;
    r = followed_file_hand_on(file, ctx, gloss_span(file->half, file->n_half),
                              /* own_newline= */ true);
    if (r < 0)
        return r;
    file->overlong = false;
    followed_file_moved(file, end, file->mark);
    return 0;
}
