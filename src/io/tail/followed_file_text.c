#include "io/tail/followed_file_text.h"

void followed_file_say_undecodable(struct followed_file *file, const struct follow_context *ctx,
                                   const char *why)
{
    if (!file->said_undecodable)
        follow_context_event_detail(ctx, FOLLOW_UNDECODED, file->position.path, "%s", why);
    file->said_undecodable = true;
}

static void choose_by_start(struct followed_file *file, struct follow_context *ctx,
                            struct gloss_span start)
{
    const char *problem;

    file->text = text_encodings_choose(&ctx->encodings, start, &problem);
    if (problem)
        followed_file_say_undecodable(file, ctx, problem);
}

void followed_file_find_text(struct followed_file *file, struct follow_context *ctx,
                             struct gloss_span bytes)
{
    char start[FINGERPRINT_BYTES];
    ssize_t n;

    if (file->text)
        return;
    if (file->rotation.offset == 0) {
        choose_by_start(file, ctx, bytes);
        return;
    }
    n = followed_file_read(file, start, sizeof(start), /* offset= */ 0);
    choose_by_start(file, ctx, gloss_span(start, n > 0 ? (size_t)n : 0));
}

/* The decoder's output without the byte order mark that may stand at the start of a file. */
static int decode(struct followed_file *file, struct follow_context *ctx, struct gloss_span raw,
                  struct gloss_span *ret_bytes)
{
    gloss_buf_clear(&ctx->decoded);
    if (line_encoding_decode(file->text, raw, /* end= */ true, &ctx->decoded) > 0)
        followed_file_say_undecodable(file, ctx,
                                      "some bytes are not in the encoding they are read in");
    if (ctx->decoded.failed)
        return -ENOMEM;
    *ret_bytes = gloss_buf_view(&ctx->decoded);
    if (file->position.offset == 0 && ret_bytes->len >= 3 &&
        memcmp(ret_bytes->ptr, "\xef\xbb\xbf", 3) == 0)
        *ret_bytes = gloss_span(ret_bytes->ptr + 3, ret_bytes->len - 3);
    return 0;
}

/* Bytes and a newline, in ctx->decoded, where the bytes may be the end of what is there already. */
static int append_newline(struct followed_file *file, struct follow_context *ctx,
                          struct gloss_span raw, struct gloss_span *bytes)
{
    if (!file->text->decoder) {
        gloss_buf_clear(&ctx->decoded);
        gloss_buf_span(&ctx->decoded, raw);
    }
    gloss_buf_char(&ctx->decoded, '\n');
    if (ctx->decoded.failed)
        return -ENOMEM;
    *bytes = gloss_span(ctx->decoded.ptr + (ctx->decoded.len - 1 - bytes->len), bytes->len + 1);
    return 0;
}

int followed_file_hand_on(struct followed_file *file, struct follow_context *ctx,
                          struct gloss_span raw, bool add_newline)
{
    struct gloss_block block = {
        .bytes = raw, .offset = file->position.offset, .begins_line = true, .ends_line = true};
    int r = 0;

    if (file->text->decoder)
        r = decode(file, ctx, raw, &block.bytes);
    if (r == 0 && add_newline)
        r = append_newline(file, ctx, raw, &block.bytes);
    if (r < 0 || block.bytes.len == 0)
        return r;
    r = ctx->options.ops->block(ctx->options.ctx, file->position.path, &file->stream, &block);
    ctx->is_paused = ctx->is_paused || r == 1;
    return MIN(r, 0);
}
