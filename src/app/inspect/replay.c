/* Lines are the same however they are cut into blocks, so nothing has to be known of the turns in
 * which the service read them. When a last line without a newline could not be completed any more,
 * the service added the newline; so it is added here. */

#include "app/inspect/replay.h"

#include "core/base/util.h"
#include "io/files/relocate.h"

#define PIECE_BYTES ((size_t)64 * 1024)

int replay_open(struct replay *r, const struct replay_options *options)
{
    int error;

    *r = (struct replay){.options = *options, .at = options->from};
    error = relocate_text(options->fd, options->encoding, &r->text);
    if (error == 0)
        error = gloss_lines_new(&r->lines, PIECE_BYTES, options->max_line, options->from);
    if (error == 0)
        error = gloss_times_new(&r->times, &(struct gloss_times_options){.clock = options->clock});
    r->pipeline = (struct pipeline){.scanner = options->scanner,
                                    .lines = r->lines,
                                    .counters = options->counters,
                                    .counts = options->counts,
                                    .times = r->times,
                                    .outputs = options->outputs,
                                    .n_outputs = options->n_outputs};
    return error;
}

void replay_close(struct replay *r)
{
    pipeline_deinit(&r->pipeline);
    gloss_times_free(r->times);
    gloss_lines_free(r->lines);
    line_encoding_deinit(&r->text);
    gloss_buf_deinit(&r->decoded);
    *r = (struct replay){0};
}

static int feed(struct replay *r, struct gloss_span bytes)
{
    if (bytes.len > 0)
        r->last = bytes.ptr[bytes.len - 1];
    return pipeline_feed_bytes(&r->pipeline, bytes);
}

/* A byte order mark at the start of a file is no text. */
static struct gloss_span without_byte_order_mark(struct replay *r, struct gloss_span text)
{
    bool marked = !r->begun && r->options.from == 0 && text.len >= 3 &&
                  memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0;

    r->begun = r->begun || text.len > 0;
    return marked ? gloss_span(text.ptr + 3, text.len - 3) : text;
}

static int end(struct replay *r)
{
    int error = 0;

    r->ended = true;
    if (r->at > r->options.from && r->last != '\n')
        error = feed(r, gloss_span("\n", 1));
    return error < 0 ? error : pipeline_end(&r->pipeline);
}

int replay_step(struct replay *r)
{
    char bytes[PIECE_BYTES];
    size_t n = (size_t)MIN(r->options.to - r->at, (uint64_t)sizeof(bytes));
    struct gloss_span text;
    int error;

    if (r->ended)
        return 0;
    if (n == 0)
        return end(r);
    error = relocate_bytes(r->options.fd, bytes, n, r->at);
    if (error < 0)
        return error;
    r->at += n;
    text = gloss_span(bytes, n);
    if (r->text.decoder) {
        gloss_buf_clear(&r->decoded);
        line_encoding_decode(&r->text, text, r->at == r->options.to, &r->decoded);
        if (r->decoded.failed)
            return -ENOMEM;
        text = without_byte_order_mark(r, gloss_buf_view(&r->decoded));
    }
    error = feed(r, text);
    return error < 0 ? error : 1;
}
