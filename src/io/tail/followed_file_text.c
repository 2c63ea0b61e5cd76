/* The bytes of a file as text: which encoding they are in, and how whole lines of them are handed
 * on. */

#include "core/base/util.h"
#include "io/tail/followed_file.h"
#include "io/tail/overlong_line.h"

/* ---- what kind of text it is ---- */

void followed_file_say_undecoded(struct followed_file *g, const struct follow_context *d,
                                 const char *what)
{
    if (!g->undecoded)
        follow_context_event(d, FOLLOW_UNDECODED, g->position.path, "%s", what);
    g->undecoded = true;
}

/* The first bytes may not be all of a mark yet. */
static void judge_head(struct followed_file *g, struct follow_context *d, struct gloss_span head)
{
    bool is_named = d->options.encoding && !d->by_mark;
    enum gloss_encoding_guess guess;

    if (!is_named && (head.len == 0 || gloss_encoding_undecided(head)))
        return;
    g->text = d->options.encoding ? &d->named : &d->plain;
    if (is_named)
        return;
    guess = gloss_encoding_guess(head);
    if (gloss_encoding_name(guess))
        g->text = &d->marked[guess];
    else if (guess == GLOSS_ENCODING_UTF16_UNMARKED && !d->by_mark)
        followed_file_say_undecoded(
            g, d, "looks like UTF-16 without a byte order mark, so no code can be found");
    else if (guess == GLOSS_ENCODING_UTF32_UNMARKED && !d->by_mark)
        followed_file_say_undecoded(
            g, d, "looks like UTF-32 without a byte order mark, so no code can be found");
}

void followed_file_find_text(struct followed_file *g, struct follow_context *d,
                             struct gloss_span bytes)
{
    char head[FINGERPRINT_BYTES];
    ssize_t n;

    if (g->text)
        return;
    if (g->rotation.offset == 0) {
        judge_head(g, d, bytes);
        return;
    }
    n = followed_file_read(g, head, sizeof(head), 0);
    judge_head(g, d, gloss_span(head, n > 0 ? (size_t)n : 0));
}

/* ---- handing on ---- */

/* The decoder's output without the mark that may stand at the begin of a file. */
static int decode(struct followed_file *g, struct follow_context *d, struct gloss_span raw,
                  struct gloss_span *ret_bytes)
{
    gloss_buf_clear(&d->decoded);
    if (line_encoding_decode(g->text, raw, /* end= */ true, &d->decoded) > 0)
        followed_file_say_undecoded(g, d, "some bytes are not in the encoding they are read in");
    if (d->decoded.failed)
        return -ENOMEM;
    *ret_bytes = gloss_buf_view(&d->decoded);
    if (g->position.offset == 0 && ret_bytes->len >= 3 &&
        memcmp(ret_bytes->ptr, "\xef\xbb\xbf", 3) == 0)
        *ret_bytes = gloss_span(ret_bytes->ptr + 3, ret_bytes->len - 3);
    return 0;
}

int followed_file_hand_on(struct followed_file *g, struct follow_context *d, struct gloss_span raw,
                          bool own_newline)
{
    struct gloss_block block = {
        .bytes = raw, .offset = g->position.offset, .begins_line = true, .ends_line = true};
    int r = 0;

    if (g->text->decoder)
        r = decode(g, d, raw, &block.bytes);
    if (r == 0 && own_newline) {
        if (!g->text->decoder) {
            gloss_buf_clear(&d->decoded);
            gloss_buf_span(&d->decoded, raw);
        }
        gloss_buf_char(&d->decoded, '\n');
        block.bytes = gloss_span(d->decoded.ptr + (d->decoded.len - 1 - block.bytes.len),
                                 block.bytes.len + 1);
        r = d->decoded.failed ? -ENOMEM : 0;
    }
    if (r < 0 || block.bytes.len == 0)
        return r;
    r = d->options.ops->block(d->options.ctx, g->position.path, &g->stream, &block);
    d->paused = d->paused || r == 1;
    return MIN(r, 0);
}

int followed_file_flush(struct followed_file *g, struct follow_context *d, bool cut_off)
{
    uint64_t end = g->position.offset + g->n_half;
    int r;

    if (!g->text)
        g->text = &d->plain;
    if (g->overlong && !cut_off)
        return overlong_line_start(d, g, g->rotation.offset, /* owes_newline= */ true);
    if (g->n_half == 0)
        return 0;
    r = followed_file_hand_on(g, d, gloss_span(g->half, g->n_half), /* own_newline= */ true);
    if (r < 0)
        return r;
    g->overlong = false;
    followed_file_moved(g, end, g->mark);
    return 0;
}
