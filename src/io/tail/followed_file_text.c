/* The bytes of a file as text: which encoding they are in, and how whole lines of them are handed
 * on. */

#include "io/tail/followed_file_text.h"

#include "core/base/util.h"

void followed_file_say_undecoded(struct followed_file *file, const struct follow_context *ctx,
                                 const char *what)
{
    if (!file->undecoded)
        follow_context_event_detail(ctx, FOLLOW_UNDECODED, file->position.path, "%s", what);
    file->undecoded = true;
}

static void judge_start(struct followed_file *file, struct follow_context *ctx,
                        struct gloss_span start)
{
    const char *problem;

    file->text = text_encodings_choose(&ctx->encodings, start, &problem);
    if (problem)
        followed_file_say_undecoded(file, ctx, problem);
}

void followed_file_find_text(struct followed_file *file, struct follow_context *ctx,
                             struct gloss_span bytes)
{
    char head[FINGERPRINT_BYTES];
    ssize_t n;

    if (file->text)
        return;
    if (file->rotation.offset == 0) {
        judge_start(file, ctx, bytes);
        return;
    }
    n = followed_file_read(file, head, sizeof(head), 0);
    judge_start(file, ctx, gloss_span(head, n > 0 ? (size_t)n : 0));
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
    ctx->is_paused = ctx->is_paused || r == 1;
    return MIN(r, 0);
}
