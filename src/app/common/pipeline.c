/* Blocks pass one after the other:
 *
 *      lines ──block──► scanner ──line──► counters
 *                                  └────► annotator of each output ──spans──► its write
 *
 * Spans point into the block, so they are written before the next block is taken. Between two calls
 * only the half line in `lines` is kept. */

#include "app/common/pipeline.h"

#include "core/base/util.h"
#include "core/text/lines_feed.h"

static int on_line(void *ctx, const struct gloss_line *line)
{
    struct pipeline *p = ctx;
    int r;

    for (size_t i = 0; i < p->n_outputs; i++) {
        const struct pipeline_output *o = &p->outputs[i];

        r = o->annotator ? gloss_annotator_line(o->annotator, line) : o->line(o->ctx, line);
        if (r < 0)
            return r;
    }
    return p->counters ? gloss_counters_line(p->counters, p->counts, line, p->selected, p->times)
                       : 0;
}

/* Writes the spans that an output has. */
static int flush(struct pipeline_output *o)
{
    int r = o->spans.failed ? -ENOMEM : 0;

    if (r == 0 && o->spans.n > 0)
        r = o->write(o->ctx, &o->spans);
    gloss_spans_clear(&o->spans);
    return r;
}

static int begin_outputs(struct pipeline *p, const struct gloss_stream *stream,
                         const struct gloss_block *block)
{
    for (size_t i = 0; i < p->n_outputs; i++) {
        struct pipeline_output *o = &p->outputs[i];
        int r = o->annotator
                    ? gloss_annotator_begin(o->annotator, block, stream->lines + 1, &o->spans)
                    : 0;

        if (r < 0)
            return r;
    }
    return 0;
}

static int end_outputs(struct pipeline *p)
{
    for (size_t i = 0; i < p->n_outputs; i++) {
        struct pipeline_output *o = &p->outputs[i];
        int r = o->annotator ? gloss_annotator_end(o->annotator) : 0;

        if (r == 0)
            r = flush(&p->outputs[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

int pipeline_block(struct pipeline *p, struct gloss_stream *stream, const struct gloss_block *block)
{
    uint64_t before = stream->lines;
    int r;

    if (p->times)
        gloss_times_begin(p->times, &stream->times, block);
    r = begin_outputs(p, stream, block);
    if (r == 0)
        r = gloss_scanner_scan(p->scanner, block, stream, on_line, p);
    if (r == 0)
        r = end_outputs(p);
    if (r == 0 && p->counters)
        r = gloss_counters_block(p->counters, p->counts, block, stream->lines - before, p->times);
    if (p->times)
        gloss_times_end(p->times);
    return r;
}

/* Lines that are passed over are numbered, too. */
static int since_block(struct pipeline *p, struct gloss_block rest)
{
    struct gloss_block run;
    uint64_t skipped;
    int r = 0;

    gloss_times_begin(p->times, &p->stream.times, &rest);
    while (r == 0 && since_next(p->since, &rest, p->times, &run, &skipped)) {
        p->stream.lines += skipped;
        r = pipeline_block(p, &p->stream, &run);
    }
    if (r == 0)
        p->stream.lines += skipped;
    return r;
}

static int run_blocks(struct pipeline *p)
{
    struct gloss_block block;
    int r;

    while ((r = gloss_lines_next(p->lines, &block)) > 0) {
        r = p->since ? since_block(p, block) : pipeline_block(p, &p->stream, &block);
        if (r < 0)
            return r;
    }
    return r;
}

int pipeline_feed(struct pipeline *p, size_t n)
{
    gloss_lines_fill(p->lines, n);
    return run_blocks(p);
}

int pipeline_feed_bytes(struct pipeline *p, struct gloss_span bytes)
{
    int r = 0;

    while (r == 0 && bytes.len > 0) {
        r = lines_feed(p->lines, &bytes);
        if (r == 0)
            r = run_blocks(p);
    }
    return r;
}

int pipeline_end(struct pipeline *p)
{
    int r;

    gloss_lines_end(p->lines);
    r = run_blocks(p);
    for (size_t i = 0; i < p->n_outputs && r == 0; i++) {
        if (p->outputs[i].annotator)
            r = gloss_annotator_finish(p->outputs[i].annotator, &p->outputs[i].spans);
        if (r == 0)
            r = flush(&p->outputs[i]);
    }
    return r;
}

void pipeline_deinit(struct pipeline *p)
{
    gloss_stream_deinit(&p->stream);
    for (size_t i = 0; i < p->n_outputs; i++)
        gloss_spans_deinit(&p->outputs[i].spans);
}
