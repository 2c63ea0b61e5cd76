/* Blocks to lines with something on them.
 *
 *     block ──► chunks of whole lines, about 16 KiB ──► filter ──► candidates
 *                                                                    │ line bounds around them
 *     fn ◄── line ◄── line_matcher ◄─────────────────────────────────┘
 *
 * On lines without a candidate nothing happens but that their ends are counted, a chunk at a time
 * while it is in the nearest cache. A part of an overlong line is one chunk; its surroundings may
 * be looked at, and what must be known of the whole line (which entries it had, whether it had a
 * hit) is carried in the stream. */

#include "core/base/util.h"
#include "core/match/line_matcher.h"

#include <assert.h>
#include <errno.h>
#include <gloss/scanner.h>
#include <stdlib.h>
#include <string.h>

/* How far before a part of an overlong line is looked for an escape sequence that ends in it. */
#define LOOK_BACK 256
/* Ten milliseconds, as the line matcher counts. */
#define WORK_TOLD ((uint64_t)20000000)

struct gloss_scanner {
    struct gloss_matcher *matcher;
    struct line_matcher *line_matcher;
    struct candidates candidates;
    uint64_t *seen; /* entries seen on the line at hand, a bit each; all zero between lines */
    size_t seen_words;
    gloss_work_fn work_fn; /* NULL: nobody asks */
    void *work_ctx;
    uint64_t work_told; /* of the line matcher, when work_fn was called last */
};

/* One call of gloss_scanner_scan(). Places are offsets from text. */
struct scan {
    struct gloss_scanner *s;
    const struct gloss_block *block;
    struct gloss_stream *stream;
    gloss_line_fn fn;
    void *ctx;
    const char *text;  /* what may be looked at: before, bytes, after */
    size_t begin, end; /* of block->bytes */
    size_t limit;      /* end of what may be looked at */
    size_t counted;    /* line ends before this are in stream->lines */
};

int gloss_scanner_new(struct gloss_scanner **ret_scanner, struct gloss_matcher *matcher)
{
    CLEANUP(gloss_scanner_freep) struct gloss_scanner *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return -ENOMEM;
    s->matcher = matcher;
    s->seen_words = gloss_catalogs_n_entries(matcher->set) / 64 + 1;
    s->seen = calloc(s->seen_words, sizeof(*s->seen));
    if (!s->seen)
        return -ENOMEM;
    r = line_matcher_new(&s->line_matcher, matcher);
    if (r < 0)
        return r;
    *ret_scanner = TAKE_PTR(s);
    return 0;
}

struct gloss_scanner *gloss_scanner_free(struct gloss_scanner *s)
{
    if (!s)
        return NULL;
    line_matcher_free(s->line_matcher);
    free(s->candidates.items);
    free(s->seen);
    free(s);
    return NULL;
}

void gloss_stream_deinit(struct gloss_stream *s)
{
    free(s->seen);
    s->seen = NULL;
}

uint64_t gloss_scanner_limit_hits(const struct gloss_scanner *s, const struct gloss_entry *entry)
{
    return line_matcher_limit_hits(s->line_matcher, entry);
}

static uint64_t offset_at(const struct scan *scan, size_t at)
{
    return scan->block->offset + at - scan->begin; /* wraps back for what stands before bytes */
}

/* Brings stream->lines up to date with all that ends before a place. */
static void count_to(struct scan *scan, size_t at)
{
    scan->stream->lines +=
        scan->s->matcher->kernel->newlines(scan->text + scan->counted, at - scan->counted);
    scan->counted = at;
}

void gloss_scanner_on_work(struct gloss_scanner *s, gloss_work_fn fn, void *ctx)
{
    s->work_fn = fn;
    s->work_ctx = ctx;
    s->work_told = line_matcher_work(s->line_matcher).work;
}

static int match_line(struct gloss_scanner *s, const struct line_matcher_view *view,
                      struct line_findings *ret_findings)
{
    int r = line_matcher_line(s->line_matcher, view, ret_findings);
    uint64_t work = s->work_fn ? line_matcher_work(s->line_matcher).work : 0;

    if (s->work_fn && work - s->work_told >= WORK_TOLD) {
        s->work_told = work;
        s->work_fn(s->work_ctx);
    }
    return r;
}

/* ---- reporting ---- */

static void mark_first(struct gloss_hit *hits, size_t n, uint64_t *seen)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t *word = &seen[hits[i].entry->id / 64], bit = (uint64_t)1 << hits[i].entry->id % 64;

        hits[i].first = !(*word & bit);
        *word |= bit;
    }
}

static void unmark(const struct gloss_hit *hits, size_t n, uint64_t *seen)
{
    for (size_t i = 0; i < n; i++)
        seen[hits[i].entry->id / 64] = 0;
}

/* Takes the line end off. */
static void set_text(struct gloss_line *line, const char *text, size_t len, bool ends)
{
    size_t end = 0;

    if (ends && len > 0 && text[len - 1] == '\n')
        end = len > 1 && text[len - 2] == '\r' ? 2 : 1;
    line->text = gloss_span(text, len - end);
    line->end = gloss_span(text + len - end, end);
}

static bool nothing(const struct line_findings *found)
{
    return found->n_hits == 0 && found->n_unknown == 0 && !found->success;
}

static void set_found(struct gloss_line *line, const struct line_findings *found)
{
    line->hits = found->hits;
    line->n_hits = found->n_hits;
    line->unknown = found->unknown;
    line->n_unknown = found->n_unknown;
    line->success = found->success;
    line->first_match = found->n_hits > 0;
}

/* ---- whole lines ---- */

/* The line in [begin, end), line end included, with its candidates. */
static int do_line(struct scan *scan, size_t begin, size_t end, struct candidate *candidates,
                   size_t n)
{
    struct gloss_line line = {.begins = true, .ends = true};
    struct line_matcher_view job = {.candidates = candidates, .n_candidates = n};
    struct line_findings found;
    int r;

    set_text(&line, scan->text + begin, end - begin, true);
    for (size_t i = 0; i < n; i++)
        candidates[i].at -= (uint32_t)begin;
    job.end = line.text.len;
    job.subject = (struct regex_subject){
        .ptr = line.text.ptr, .len = line.text.len, .begins_line = true, .ends_line = true};
    r = match_line(scan->s, &job, &found);
    if (r < 0 || nothing(&found))
        return r;
    count_to(scan, begin);
    line.number = scan->stream->lines + 1;
    line.offset = offset_at(scan, begin);
    if (line.end.len > 0) { /* not looked for again where such lines follow each other */
        scan->stream->lines++;
        scan->counted = end;
    }
    mark_first(found.hits, found.n_hits, scan->s->seen);
    unmark(found.hits, found.n_hits, scan->s->seen);
    set_found(&line, &found);
    return scan->fn(scan->ctx, &line);
}

static size_t line_begin(const struct scan *scan, size_t at, size_t not_before)
{
    const char *nl = memrchr(scan->text + not_before, '\n', at - not_before);

    return nl ? (size_t)(nl - scan->text) + 1 : not_before;
}

/* Behind the line end, or where the bytes end. */
static size_t line_end(const struct scan *scan, size_t at)
{
    const char *nl = memchr(scan->text + at, '\n', scan->end - at);

    return nl ? (size_t)(nl - scan->text) + 1 : scan->end;
}

/* Puts the name that stands at a candidate into it. */
static bool name_stands_at(const struct scan *scan, struct candidate *c)
{
    size_t left = scan->limit - MIN(scan->limit, (size_t)c->at);
    const struct gloss_entry *entry =
        name_lookup_at(scan->s->matcher->names, gloss_span(scan->text + c->at, left));

    if (entry)
        c->tag = CANDIDATE_ENTRY | entry->id;
    return entry != NULL;
}

/* Looks up which names stand at candidates, and forgets those where none does: the filter knows but
 * some of a name's bytes. */
static void look_up_names(struct scan *scan)
{
    struct candidates *c = &scan->s->candidates;
    size_t kept = 0;

    for (size_t i = 0; i < c->n; i++) {
        struct candidate *item = &c->items[i];

        if (item->tag != CANDIDATE_NAME || name_stands_at(scan, item))
            c->items[kept++] = *item;
    }
    c->n = kept;
}

/* Lines of [begin, end) that have candidates. */
static int do_candidates(struct scan *scan, size_t begin)
{
    struct candidates *c = &scan->s->candidates;
    int r = 0;

    for (size_t i = 0, k; i < c->n && r == 0; i = k) {
        size_t from = line_begin(scan, c->items[i].at, begin);

        begin = line_end(scan, c->items[i].at);
        for (k = i + 1; k < c->n && c->items[k].at < begin; k++)
            ;
        r = do_line(scan, from, begin, c->items + i, k - i);
    }
    return r;
}

/* All lines of [begin, end): some pattern has no literal that says where it could match. */
static int do_every_line(struct scan *scan, size_t begin, size_t end)
{
    struct candidates *c = &scan->s->candidates;
    int r = 0;

    for (size_t i = 0, k, next; begin < end && r == 0; begin = next, i = k) {
        next = line_end(scan, begin);
        for (k = i; k < c->n && c->items[k].at < next; k++)
            ;
        r = do_line(scan, begin, next, c->n ? c->items + i : NULL, k - i);
    }
    return r;
}

/* About KERNEL_CHUNK bytes, to the end of a line. */
static size_t chunk_end(const struct scan *scan, size_t begin)
{
    size_t end = begin + KERNEL_CHUNK;
    const char *nl;

    if (end >= scan->end)
        return scan->end;
    nl = memrchr(scan->text + begin, '\n', KERNEL_CHUNK);
    return nl ? (size_t)(nl - scan->text) + 1 : line_end(scan, end);
}

static int scan_lines(struct scan *scan)
{
    struct gloss_matcher *m = scan->s->matcher;
    int r = 0;

    for (size_t begin = scan->begin, end; begin < scan->end && r == 0; begin = end) {
        struct kernel_text text = {.bytes = scan->text, .begin = begin, .limit = scan->limit};

        end = text.end = chunk_end(scan, begin);
        scan->s->candidates.n = 0;
        r = prefilter_find(m->filter, &text, &scan->s->candidates);
        look_up_names(scan);
        if (r == 0)
            r = m->n_unfiltered ? do_every_line(scan, begin, end) : do_candidates(scan, begin);
        count_to(scan, end);
    }
    if (r == 0 && scan->end > scan->begin && scan->text[scan->end - 1] != '\n')
        scan->stream->lines++;
    return r;
}

/* ---- parts of an overlong line ---- */

static int stream_begin_line(struct scan *scan)
{
    struct gloss_stream *stream = scan->stream;

    stream->matched = stream->succeeded = false;
    free(stream->seen);
    stream->seen = calloc(scan->s->seen_words, sizeof(*stream->seen));
    return stream->seen ? 0 : -ENOMEM;
}

/* What a candidate says of a part: that a match begins there, or that the line has to be searched.
 */
static bool concerns_part(const struct scan *scan, const struct candidate *c)
{
    return candidate_is_literal(c) || (c->at >= scan->begin && c->at < scan->end);
}

/* Candidates from a little before the part, so that an escape sequence over the seam is not missed,
 * and from behind it, where the literal of a match may stand that begins in it. */
static int find_in_part(struct scan *scan)
{
    struct candidates *c = &scan->s->candidates;
    struct kernel_text text = {
        .bytes = scan->text,
        .begin = scan->begin - MIN(scan->begin, (size_t)LOOK_BACK),
        .end = scan->limit,
        .limit = scan->limit,
    };
    size_t kept = 0;
    int r;

    c->n = 0;
    r = prefilter_find(scan->s->matcher->filter, &text, c);
    for (size_t i = 0; i < c->n; i++)
        if (concerns_part(scan, &c->items[i]))
            c->items[kept++] = c->items[i];
    c->n = kept;
    look_up_names(scan);
    return r;
}

/* Where in text a place of the stream is: 0 for what is before it. */
static size_t place_of(const struct scan *scan, uint64_t offset)
{
    uint64_t first = scan->block->offset - scan->begin;

    return offset > first ? (size_t)(offset - first) : 0;
}

/* How far matches of this part reach: the next part's begin no earlier. */
static void carry(struct scan *scan, const struct line_findings *found)
{
    struct gloss_stream *stream = scan->stream;

    if (found->n_hits) {
        struct gloss_span last = found->hits[found->n_hits - 1].text;

        stream->resume = offset_at(scan, (size_t)(last.ptr + last.len - scan->text));
    }
    for (size_t i = 0; i < found->n_unknown; i++) {
        struct gloss_span text = found->unknown[i].text;
        uint64_t end = offset_at(scan, (size_t)(text.ptr + text.len - scan->text));

        stream->unknown_resume = MAX(stream->unknown_resume, end);
    }
}

static int report_part(struct scan *scan, struct line_findings *found)
{
    struct gloss_stream *stream = scan->stream;
    struct gloss_line line = {
        .number = stream->lines + 1,
        .offset = scan->block->offset,
        .begins = scan->block->begins_line,
        .ends = scan->block->ends_line,
    };

    mark_first(found->hits, found->n_hits, stream->seen);
    carry(scan, found);
    set_text(&line, scan->text + scan->begin, scan->end - scan->begin, line.ends);
    set_found(&line, found);
    line.first_match = found->n_hits > 0 && !stream->matched;
    line.success = found->success && !stream->succeeded;
    stream->matched |= found->n_hits > 0;
    stream->succeeded |= found->success;
    if (found->n_hits == 0 && found->n_unknown == 0 && !line.success)
        return 0;
    return scan->fn(scan->ctx, &line);
}

static int scan_part(struct scan *scan)
{
    const struct gloss_block *block = scan->block;
    struct gloss_stream *stream = scan->stream;
    struct line_matcher_view job = {.begin = scan->begin, .end = scan->end};
    size_t look_back = scan->begin - MIN(scan->begin, (size_t)LOOK_BACK);
    struct line_findings found;
    struct gloss_line whole;
    int r = block->begins_line ? stream_begin_line(scan) : 0;

    if (r == 0)
        r = find_in_part(scan);
    if (r < 0)
        return r;
    set_text(&whole, scan->text, scan->limit, block->ends_line);
    job.end = MIN(job.end, whole.text.len);
    job.subject = (struct regex_subject){
        .ptr = scan->text,
        .len = whole.text.len,
        .begins_line = block->begins_line && block->before == 0,
        .ends_line = block->ends_line,
    };
    job.look_from = look_back;
    job.from = MAX(look_back, place_of(scan, stream->resume));
    job.unknown_from = MAX(look_back, place_of(scan, stream->unknown_resume));
    job.candidates = scan->s->candidates.items;
    job.n_candidates = scan->s->candidates.n;
    r = match_line(scan->s, &job, &found);
    if (r == 0)
        r = report_part(scan, &found);
    if (block->ends_line) {
        stream->lines++;
        gloss_stream_deinit(stream);
    }
    return r;
}

int gloss_scanner_scan(struct gloss_scanner *s, const struct gloss_block *block,
                       struct gloss_stream *stream, gloss_line_fn fn, void *ctx)
{
    struct scan scan = {
        .s = s,
        .block = block,
        .stream = stream,
        .fn = fn,
        .ctx = ctx,
        .text = block->bytes.ptr - block->before,
        .begin = block->before,
        .end = block->before + block->bytes.len,
        .limit = block->before + block->bytes.len + block->after,
        .counted = block->before,
    };

    assert(scan.limit < UINT32_MAX); /* candidates are places of 32 bits */
    if (block->begins_line && block->ends_line)
        return scan_lines(&scan);
    return scan_part(&scan);
}
