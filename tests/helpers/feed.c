/* A stream led through lines and annotator.
 *
 * Bytes are copied into the room of gloss_lines in pieces of `cut`; what the annotator adds is
 * flattened after each block, as a writer would, and the block's memory is scribbled over before
 * the next one comes: a span that lives too long shows. */

#include "helpers/feed.h"

#include "core/base/util.h"

#include <stdio.h>

#define HITS_MAX 64

struct run {
    const struct annotating *feed;
    struct gloss_annotator *annotator;
    struct gloss_times *times;
    struct gloss_spans spans;
    struct gloss_buf kept;
    struct gloss_buf *out;
};

static void flatten(const struct gloss_spans *spans, struct gloss_buf *out)
{
    for (size_t i = 0; i < spans->n; i++)
        gloss_buf_span(out, spans->items[i]);
}

static int hold_keep(void *ctx, const struct gloss_spans *spans)
{
    struct run *run = ctx;

    flatten(spans, &run->kept);
    return run->kept.failed ? -ENOMEM : 0;
}

static int hold_release(void *ctx)
{
    struct run *run = ctx;

    gloss_buf_span(run->out, gloss_buf_view(&run->kept));
    gloss_buf_clear(&run->kept);
    return 0;
}

static void hold_drop(void *ctx)
{
    struct run *run = ctx;

    gloss_buf_clear(&run->kept);
}

static int on_line(void *ctx, const struct gloss_line *line)
{
    struct run *run = ctx;

    return gloss_annotator_line(run->annotator, line);
}

static int one_block(struct run *run, const struct gloss_block *block, struct gloss_stream *stream)
{
    uint64_t number = stream->lines + 1;
    int r;

    if (run->times)
        gloss_times_begin(run->times, &stream->times, block);
    r = gloss_annotator_begin(run->annotator, block, number, &run->spans);
    if (r == 0)
        r = run->feed->find(run->feed, block, stream, on_line, run);
    if (r == 0)
        r = gloss_annotator_end(run->annotator);
    if (run->times)
        gloss_times_end(run->times);
    flatten(&run->spans, run->out);
    gloss_spans_clear(&run->spans);
    return r;
}

static int feed_lines(struct run *run, struct gloss_lines *lines, struct gloss_stream *stream,
                      struct gloss_span input)
{
    size_t cut = run->feed->cut ? run->feed->cut : SIZE_MAX, room;
    bool ended = false;
    struct gloss_block block;
    char *place;
    int r;

    for (;;) {
        while (gloss_lines_next(lines, &block) == 1) {
            r = one_block(run, &block, stream);
            if (r != 0)
                return r;
            memset((char *)block.bytes.ptr, '#', block.after ? 0 : block.bytes.len);
        }
        if (ended)
            return 0;
        r = gloss_lines_room(lines, &place, &room);
        if (r < 0)
            return r;
        room = MIN(room, cut);
        room = MIN(room, input.len);
        if (room > 0)
            memcpy(place, input.ptr, room);
        input = gloss_span(input.ptr + room, input.len - room);
        gloss_lines_fill(lines, room);
        ended = input.len == 0;
        if (ended)
            gloss_lines_end(lines);
    }
}

static int run_all(struct run *run, struct gloss_annotator_options *options,
                   struct gloss_notes *notes, struct gloss_lines *lines, struct gloss_span input)
{
    struct gloss_hold hold = {hold_keep, hold_release, hold_drop, run};
    CLEANUP(gloss_stream_deinit) struct gloss_stream stream = {0};
    int r;

    if (!run->feed->scanner && !(stream.seen = calloc(1, sizeof(*stream.seen))))
        return -ENOMEM;
    if (run->feed->hold)
        options->hold = &hold;
    r = gloss_annotator_new(&run->annotator, options, notes);
    if (r == 0)
        r = feed_lines(run, lines, &stream, input);
    if (r == 0)
        r = gloss_annotator_finish(run->annotator, &run->spans);
    flatten(&run->spans, run->out);
    if (r == 0 && run->feed->ret_context_cut)
        *run->feed->ret_context_cut = gloss_annotator_context_cut(run->annotator);
    gloss_annotator_free(run->annotator);
    return r;
}

int feed_run(const struct annotating *feed, struct gloss_span input, struct gloss_buf *out)
{
    CLEANUP(gloss_notes_freep) struct gloss_notes *notes = NULL;
    CLEANUP(gloss_lines_freep) struct gloss_lines *lines = NULL;
    struct gloss_annotator_options options = feed->options;
    struct run run = {.feed = feed, .out = out};
    struct gloss_times_options times = {.clock = feed->clock, .kind = GLOSS_TIMES_LIVE};
    int r = feed->clock ? gloss_times_new(&run.times, &times) : 0;

    options.times = run.times;
    if (r == 0)
        r = gloss_lines_new(&lines, 4096, feed->max_line ? feed->max_line : 1 << 20, 0);
    if (r == 0)
        r = gloss_notes_new(&notes, feed->set, options.format, options.color);
    if (r == 0)
        r = run_all(&run, &options, notes, lines, input);
    gloss_times_free(run.times);
    gloss_spans_deinit(&run.spans);
    gloss_buf_deinit(&run.kept);
    return r == 0 && out->failed ? -ENOMEM : r;
}

/* ---- the simple finder ---- */

/* Where the entry stands in text, which may go on up to `end`; NULL: nowhere. */
static const char *find_entry(const struct gloss_entry *entry, const char *from, const char *stop,
                              const char *end, size_t *ret_len)
{
    const char *word = entry->pattern ? "ORA-" : entry->code;
    size_t n = strlen(word);

    for (const char *p = from; p < stop; p++) {
        size_t len = n + (entry->pattern ? 5 : 0);

        if ((size_t)(end - p) < len || memcmp(p, word, n) != 0)
            continue;
        if (entry->pattern && strspn(p + n, "0123456789") < 5)
            continue;
        *ret_len = len;
        return p;
    }
    return NULL;
}

/* The hits of a line or part, leftmost first. */
static size_t find_hits(const struct gloss_catalogs *set, struct gloss_span text, size_t after,
                        struct gloss_hit *hits, struct gloss_capture *captures)
{
    const char *at = text.ptr, *stop = text.ptr + text.len, *end = stop + after;
    size_t n = 0;

    for (; n < HITS_MAX; n++) {
        struct gloss_hit *hit = &hits[n];

        *hit = (struct gloss_hit){.text.ptr = stop};
        for (uint32_t id = 0; id < gloss_catalogs_n_entries(set); id++) {
            const struct gloss_entry *entry = gloss_catalogs_entry(set, id);
            size_t len = 0;
            const char *place = find_entry(entry, at, stop, end, &len);

            if (place && place < hit->text.ptr)
                *hit = (struct gloss_hit){.entry = entry, .text = {place, len}};
        }
        if (!hit->entry)
            break;
        if (hit->entry->pattern) {
            captures[n] = (struct gloss_capture){"number", {hit->text.ptr + 4, 5}};
            hit->captures = &captures[n];
            hit->n_captures = 1;
        }
        at = hit->text.ptr + hit->text.len;
    }
    return n;
}

static bool seen_before(struct gloss_stream *stream, uint32_t id)
{
    bool before = *stream->seen >> id & 1;

    *stream->seen |= UINT64_C(1) << id;
    return before;
}

/* The line or part at `text`, in the block; reports it when something stands there. */
static int find_on(const struct annotating *feed, struct gloss_line *line, size_t after,
                   struct gloss_stream *stream, gloss_line_fn fn, void *ctx)
{
    struct gloss_hit hits[HITS_MAX + 1];
    struct gloss_capture captures[HITS_MAX + 1];

    if (line->begins)
        *stream->seen = 0;
    line->number = stream->lines + 1;
    line->hits = hits;
    line->n_hits = find_hits(feed->set, line->text, after, hits, captures);
    for (size_t i = 0; i < line->n_hits; i++)
        hits[i].first = !seen_before(stream, hits[i].entry->id);
    if (line->ends)
        stream->lines++;
    return line->n_hits > 0 ? fn(ctx, line) : 0;
}

int feed_find_simply(const struct annotating *feed, const struct gloss_block *block,
                     struct gloss_stream *stream, gloss_line_fn fn, void *ctx)
{
    const char *at = block->bytes.ptr, *end = at + block->bytes.len;
    int r = 0;

    while (at < end && r == 0) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline ? newline + 1 : end, *stop = newline ? newline : end;
        struct gloss_line line = {.begins = at > block->bytes.ptr || block->begins_line,
                                  .ends = newline || block->ends_line};

        if (newline && stop > at && stop[-1] == '\r')
            stop--;
        line.text = gloss_span(at, (size_t)(stop - at));
        line.end = gloss_span(stop, (size_t)(next - stop));
        line.offset = block->offset + (uint64_t)(at - block->bytes.ptr);
        r = find_on(feed, &line, block->after, stream, fn, ctx);
        at = next;
    }
    return r;
}

int feed_find_scanner(const struct annotating *feed, const struct gloss_block *block,
                      struct gloss_stream *stream, gloss_line_fn fn, void *ctx)
{
    return gloss_scanner_scan(feed->scanner, block, stream, fn, ctx);
}

/* ---- small things ---- */

struct gloss_catalogs *feed_catalogs(const char *yaml)
{
    struct gloss_catalogs *set = NULL;
    struct gloss_diags diags = {0};

    if (gloss_catalogs_new(&set) == 0 &&
        gloss_catalogs_read(set, "test.yaml", gloss_span_str(yaml), &diags) != 0) {
        for (size_t i = 0; i < diags.n; i++)
            fprintf(stderr, "%u: %s\n", diags.items[i].line, diags.items[i].text);
        set = gloss_catalogs_free(set);
    }
    gloss_diags_deinit(&diags);
    return set;
}

bool feed_read_file(const char *path, struct gloss_buf *out)
{
    const char *root = getenv("GLOSSD_ROOT");
    char name[4096], *room;
    size_t n;
    FILE *f;

    snprintf(name, sizeof(name), "%s/%s", root ? root : ".", path);
    f = fopen(name, "r");
    if (!f)
        return false;
    while ((room = gloss_buf_room(out, 65536)) && (n = fread(room, 1, 65536, f)) > 0)
        out->len += n;
    fclose(f);
    return !out->failed;
}

static struct gloss_span line_at(struct gloss_span text, size_t place)
{
    const char *newline = memchr(text.ptr + place, '\n', text.len - place);
    size_t end = newline ? (size_t)(newline - text.ptr) : text.len;

    while (place > 0 && text.ptr[place - 1] != '\n')
        place--;
    return gloss_span(text.ptr + place, MIN(end - place, (size_t)300));
}

const char *feed_difference(struct gloss_span got, struct gloss_span want)
{
    static char text[1024];
    size_t place = 0, line = 1;
    struct gloss_span a, b;

    if (gloss_span_equal(got, want))
        return "";
    for (; place < got.len && place < want.len && got.ptr[place] == want.ptr[place]; place++)
        line += got.ptr[place] == '\n';
    a = place < got.len ? line_at(got, place) : gloss_span("(its end)", 9);
    b = place < want.len ? line_at(want, place) : gloss_span("(its end)", 9);
    snprintf(text, sizeof(text), "byte %zu, line %zu: got\n%.*s\nwanted\n%.*s\n", place, line,
             (int)a.len, a.ptr, (int)b.len, b.ptr);
    return text;
}
