/* From findings to output.
 *
 * `at` walks through a block: of each byte before it is decided whether it goes out. The scanner
 * reports only lines with findings, so between two of them there is a gap: lines that are known to
 * have no hit, and of which nothing else is known:
 *
 *     block     [ gap      | hit line | gap          | hit line | gap     ]
 *     all         one span ──────────┘ note ──────────────────┘ note ─────
 *     matched             -B ────────┘ note -A ... -B ────────┘ note -A
 *
 * The line at the corner belongs to the span before it; a note stands between two spans.
 *
 * When all lines go out, in a format that does not change them, a gap is one span, whatever is in
 * it. A format that changes lines goes through it line by line. When only matched lines go out,
 * context behind a matched line is taken from the start of the gap and context before the next one
 * from its end, backwards, so that the lines between are not looked at. The last lines of a block
 * are copied (`tail`), since they may be context of the first matched line of the next block.
 *
 * An overlong line comes in parts, each a block of its own:
 *
 *     state     | part begins the line             | part has a selected hit     | line ends
 *     ----------+----------------------------------+-----------------------------+---------------
 *     NONE      | goes out for sure:               |                             |
 *               |   lead in, open        -> GOING  |                             |
 *               | may be held: the same -> HELD    |                             |
 *               | else                   -> PASSED |                             |
 *     GOING     |                                  |                             | notes -> NONE
 *     HELD      |                                  | release            -> GOING | drop  -> NONE
 *     PASSED    |                                  | lead in, mark      -> GOING |       -> NONE
 *
 * A line goes out for sure when all lines do, when its first part has a hit, and when it is context
 * behind a matched line. It may be held when options.hold is there. Its notes follow its last part;
 * they are collected as copies, since what a part's spans point to dies with the part. An overlong
 * line is never context before a matched line: it would have to be kept whole. */

#include <gloss/annotate.h>

#include "core/base/digits.h"
#include "core/base/first_line.h"
#include "core/base/util.h"
#include "core/render/line_writer.h"
#include "core/render/notes.h"

#include <assert.h>
#include <stdio.h>

/* Where an overlong line stands; the table above has the transitions. */
enum long_line {
    LONG_NONE,   /* there is none */
    LONG_GOING,  /* it goes out */
    LONG_HELD,   /* options.hold keeps it: it may go out later */
    LONG_PASSED, /* it has been left out so far */
};

struct gloss_annotator {
    struct gloss_annotator_options options;
    struct gloss_notes *notes;
    struct line_writer writer;

    struct gloss_block block;
    struct gloss_spans *out;
    const char *at;  /* in block.bytes: everything before it is decided */
    uint64_t number; /* of the line at `at`; only kept up where lines go out one by one */

    unsigned after_left;   /* lines of context behind a matched line that are still to go out */
    uint64_t last_out;     /* number of the line that went out last; 0: none has */
    struct gloss_buf tail; /* the last lines before the block: context_before of them, or more */
    struct gloss_buf tail_times; /* a struct gloss_time for each of them, if the format has times */
    unsigned n_tail;             /* how many lines that is */
    bool tail_is_cut;            /* lines before them had no room, see GLOSS_CONTEXT_BYTES */
    uint64_t n_cut;              /* groups that lack lines of context for that reason */

    /* The overlong line. */
    enum long_line state;
    struct line_head head;
    uint64_t passed;          /* bytes of it that were left out */
    bool cr;                  /* its last part ended in a CR that may belong to its line end */
    bool hit;                 /* the part at hand has a selected hit */
    bool matched;             /* one of its parts had one */
    struct gloss_buf pending; /* its notes so far */
    unsigned n_pending;       /* how many notes that is */
    struct gloss_spans held;  /* a part on its way to options.hold */
    uint64_t last_out_before_held;
    bool heading_before_held;
};

static const struct gloss_span nothing;

int gloss_annotator_new(struct gloss_annotator **ret_annotator,
                        const struct gloss_annotator_options *options, struct gloss_notes *notes)
{
    CLEANUP(gloss_annotator_freep) struct gloss_annotator *a = calloc(1, sizeof(*a));
    int r;

    assert(notes_format(notes) == options->format);
    if (!a)
        return -ENOMEM;
    a->options = *options;
    a->notes = notes;
    r = line_writer_init(&a->writer, &a->options);
    if (r < 0)
        return r;
    assert(a->options.times || !line_writer_wants_time(&a->writer));
    *ret_annotator = TAKE_PTR(a);
    return 0;
}

struct gloss_annotator *gloss_annotator_free(struct gloss_annotator *a)
{
    if (!a)
        return NULL;
    line_writer_deinit(&a->writer);
    gloss_buf_deinit(&a->tail);
    gloss_buf_deinit(&a->tail_times);
    gloss_buf_deinit(&a->pending);
    gloss_spans_deinit(&a->held);
    free(a);
    return NULL;
}

/* Whether memory has run out anywhere. */
static int trouble(const struct gloss_annotator *a)
{
    return a->out->failed || a->held.failed || a->tail.failed || a->tail_times.failed ||
                   a->pending.failed
               ? -ENOMEM
               : 0;
}

/* ---- questions ---- */

static bool is_selected(const struct gloss_annotator *a, const struct gloss_hit *hit)
{
    return !a->options.selected || a->options.selected[hit->entry->id];
}

static bool has_selected(const struct gloss_annotator *a, const struct gloss_line *line)
{
    for (size_t i = 0; i < line->n_hits; i++)
        if (is_selected(a, &line->hits[i]))
            return true;
    return false;
}

static const char *block_end(const struct gloss_annotator *a)
{
    return a->block.bytes.ptr + a->block.bytes.len;
}

static bool block_is_part(const struct gloss_annotator *a)
{
    return !a->block.begins_line || !a->block.ends_line;
}

static uint64_t offset_of(const struct gloss_annotator *a, const char *place)
{
    return a->block.offset + (uint64_t)(place - a->block.bytes.ptr);
}

/* The head of a line, or of the first part of an overlong one, that is in the block. */
static struct line_head head_of(const struct gloss_annotator *a, struct gloss_span text,
                                uint64_t number, uint64_t offset)
{
    struct line_head head = {.number = number, .offset = offset};

    if (line_writer_wants_time(&a->writer))
        head.time = gloss_times_of(a->options.times, text, /* begins= */ true);
    return head;
}

/* Takes the line end off a line, or off its last part, and returns it. */
static struct gloss_span split_end(struct gloss_span *line)
{
    size_t n;

    if (line->len == 0 || line->ptr[line->len - 1] != '\n')
        return nothing;
    n = line->len > 1 && line->ptr[line->len - 2] == '\r' ? 2 : 1;
    line->len -= n;
    return gloss_span(line->ptr + line->len, n);
}

/* The last `wanted` lines; fewer where there are no more, or where more would be more than
 * most_bytes. */
static struct gloss_span last_lines(struct gloss_span lines, unsigned wanted, size_t most_bytes,
                                    unsigned *ret_found)
{
    size_t at = lines.len;
    unsigned found = 0;

    while (found < wanted && at > 0) {
        const char *newline = memrchr(lines.ptr, '\n', at - 1);
        size_t begin = newline ? (size_t)(newline + 1 - lines.ptr) : 0;

        if (lines.len - begin > most_bytes)
            break;
        at = begin;
        found++;
    }
    *ret_found = found;
    return lines.len > 0 ? gloss_span(lines.ptr + at, lines.len - at) : lines;
}

/* ---- whole lines ---- */

static void put_plain(struct gloss_annotator *a, const struct line_head *head,
                      struct gloss_span text, struct gloss_span end)
{
    line_writer_open(&a->writer, head);
    line_writer_text(&a->writer, text, false);
    line_writer_notes(&a->writer, end);
    line_writer_close(&a->writer, end);
    a->last_out = head->number;
}

/* Writes lines without notes one by one, at most `most` of them. *number is that of the first line
 * and goes up with each. Returns the start of the first line that was not written. */
static const char *put_run(struct gloss_annotator *a, struct gloss_span lines, uint64_t *number,
                           uint64_t offset, uint64_t most)
{
    const char *at = lines.ptr, *end;

    if (lines.len == 0)
        return at;
    for (end = at + lines.len; most > 0 && at < end; most--) {
        size_t n = first_line_length(gloss_span(at, (size_t)(end - at)));
        struct gloss_span text = gloss_span(at, n), line_end = split_end(&text);
        struct line_head head = head_of(a, text, *number, offset);

        put_plain(a, &head, text, line_end);
        ++*number;
        offset += n;
        at += n;
    }
    return at;
}

/* Writes the notes of a line. */
static int put_notes(struct gloss_annotator *a, const struct gloss_line *line)
{
    for (size_t i = 0; i < line->n_hits; i++) {
        const struct gloss_hit *hit = &line->hits[i];
        struct gloss_span note;
        bool lasts;
        int r;

        if (!hit->first || !is_selected(a, hit))
            continue;
        r = notes_get(a->notes, hit, a->writer.n_notes, &note, &lasts);
        if (r < 0)
            return r;
        line_writer_note(&a->writer, note, lasts);
    }
    return 0;
}

/* Writes a line with its notes. */
static int put_noted(struct gloss_annotator *a, const struct gloss_line *line)
{
    struct line_head head = head_of(a, line->text, line->number, line->offset);
    int r;

    line_writer_open(&a->writer, &head);
    line_writer_painted(&a->writer, line->text, line->hits, line->n_hits, a->options.selected);
    line_writer_notes(&a->writer, line->end);
    r = put_notes(a, line);
    if (r < 0)
        return r;
    line_writer_close(&a->writer, line->end);
    a->last_out = line->number;
    a->number = line->number + 1;
    a->at = line->text.ptr + line->text.len + line->end.len;
    return 0;
}

/* With GLOSS_EMIT_ALL: writes the lines from `at` to `to`. */
static void put_gap(struct gloss_annotator *a, const char *to)
{
    struct gloss_span gap = gloss_span(a->at, (size_t)(to - a->at));

    if (gap.len == 0)
        return;
    if (line_writer_is_verbatim(&a->writer)) {
        line_writer_heading(&a->writer);
        gloss_spans_add(a->out, gap);
        if (to[-1] != '\n')
            gloss_spans_add(a->out, line_writer_line_end(&a->writer, nothing));
    } else {
        put_run(a, gap, &a->number, offset_of(a, a->at), UINT64_MAX);
    }
    a->at = to;
}

/* ---- context ---- */

static void drop_tail(struct gloss_annotator *a)
{
    gloss_buf_clear(&a->tail);
    gloss_buf_clear(&a->tail_times);
    a->n_tail = 0;
    a->tail_is_cut = false;
}

/* With GLOSS_EMIT_MATCHED: writes the lines from `at` to `to` that are context behind a matched
 * line. */
static void put_after(struct gloss_annotator *a, const char *to)
{
    uint64_t number = a->number;

    if (a->after_left == 0)
        return;
    a->at = put_run(a, gloss_span(a->at, (size_t)(to - a->at)), &a->number, offset_of(a, a->at),
                    a->after_left);
    a->after_left -= (unsigned)(a->number - number);
}

static bool wants_separators(const struct gloss_annotator *a)
{
    return a->options.separate || a->options.context_before > 0 || a->options.context_after > 0;
}

/* Writes the last n lines of the tail, the first of which has that number. */
static void put_earlier(struct gloss_annotator *a, struct gloss_span lines, uint64_t number,
                        unsigned n)
{
    struct line_head head = {.number = number, .offset = a->block.offset - lines.len};
    bool has_times = line_writer_wants_time(&a->writer);
    const char *times = NULL;

    if (has_times && n > 0)
        times = a->tail_times.ptr + a->tail_times.len - n * sizeof(head.time);
    a->writer.copy = true;
    for (unsigned i = 0; i < n; i++) {
        size_t length = first_line_length(lines);
        struct gloss_span text = gloss_span(lines.ptr, length), end = split_end(&text);

        if (has_times)
            memcpy(&head.time, times + i * sizeof(head.time), sizeof(head.time));
        put_plain(a, &head, text, end);
        head.number++;
        head.offset += length;
        lines = gloss_span(lines.ptr + length, lines.len - length);
    }
    a->writer.copy = false;
}

/* Writes what goes out before a matched line that stands at `to`: the separator, and lines of
 * context, some of which may be in the tail of earlier blocks. `number` is that of the matched
 * line. */
static void lead_in(struct gloss_annotator *a, const char *to, uint64_t number)
{
    unsigned wanted = a->options.context_before, n_here, n_earlier;
    struct gloss_span here =
        last_lines(gloss_span(a->at, (size_t)(to - a->at)), wanted, GLOSS_CONTEXT_BYTES, &n_here);
    size_t room = here.ptr == a->at ? GLOSS_CONTEXT_BYTES - here.len : 0;
    struct gloss_span earlier =
        last_lines(gloss_buf_view(&a->tail), wanted - n_here, room, &n_earlier);

    if (n_here + n_earlier < wanted)
        a->n_cut += here.ptr != a->at || earlier.len < a->tail.len || a->tail_is_cut;
    line_writer_heading(&a->writer);
    number -= n_here + n_earlier;
    if (a->last_out > 0 ? a->last_out + 1 != number : a->options.goes_on)
        if (wants_separators(a))
            line_writer_separator(&a->writer);
    put_earlier(a, earlier, number, n_earlier);
    number += n_earlier;
    put_run(a, here, &number, offset_of(a, here.ptr), n_here);
    drop_tail(a);
}

/* Keeps the times of lines of the block that were added to the tail. */
static void keep_times(struct gloss_annotator *a, struct gloss_span lines)
{
    if (!line_writer_wants_time(&a->writer))
        return;
    while (lines.len > 0) {
        size_t length = first_line_length(lines);
        struct gloss_span text = gloss_span(lines.ptr, length);
        struct gloss_time time;

        split_end(&text);
        time = gloss_times_of(a->options.times, text, /* begins= */ true);
        gloss_buf_append(&a->tail_times, &time, sizeof(time));
        lines = gloss_span(lines.ptr + length, lines.len - length);
    }
}

/* Drops all times of the tail but the last n. */
static void keep_last_times(struct gloss_annotator *a, unsigned n)
{
    size_t kept = n * sizeof(struct gloss_time);

    if (a->tail_times.len <= kept)
        return;
    memmove(a->tail_times.ptr, a->tail_times.ptr + a->tail_times.len - kept, kept);
    a->tail_times.len = kept;
}

/* Keeps the last lines of the block, which may be context of a matched line in the next one. Lines
 * that are no longer needed are dropped only when they are as many as those that are, so that lines
 * are not moved in memory with each line that comes. */
static void keep_tail(struct gloss_annotator *a)
{
    struct gloss_span all = gloss_span(a->at, (size_t)(block_end(a) - a->at)), rest;
    unsigned wanted = a->options.context_before, found;
    bool is_cut;

    if (wanted == 0 || all.len == 0)
        return;
    rest = last_lines(all, wanted, GLOSS_CONTEXT_BYTES, &found);
    is_cut = found < wanted && rest.len < all.len;
    if (found == wanted || is_cut)
        drop_tail(a);
    a->tail_is_cut |= is_cut;
    gloss_buf_span(&a->tail, rest);
    keep_times(a, rest);
    a->n_tail += found;
    if (trouble(a) < 0 || (a->n_tail / 2 < wanted && a->tail.len <= 2 * GLOSS_CONTEXT_BYTES))
        return;
    rest = last_lines(gloss_buf_view(&a->tail), wanted, GLOSS_CONTEXT_BYTES, &a->n_tail);
    a->tail_is_cut |= a->n_tail < wanted;
    memmove(a->tail.ptr, rest.ptr, rest.len);
    a->tail.len = rest.len;
    keep_last_times(a, a->n_tail);
}

/* ---- overlong lines ---- */

/* Collects the notes of a part, as copies. */
static int collect(struct gloss_annotator *a, const struct gloss_line *line)
{
    for (size_t i = 0; i < line->n_hits; i++) {
        const struct gloss_hit *hit = &line->hits[i];
        struct gloss_span note;
        bool lasts;
        int r;

        if (!is_selected(a, hit))
            continue;
        a->hit = true;
        if (!hit->first)
            continue;
        r = notes_get(a->notes, hit, a->n_pending, &note, &lasts);
        if (r < 0)
            return r;
        gloss_buf_span(&a->pending, note);
        a->n_pending++;
    }
    return trouble(a);
}

static void long_open(struct gloss_annotator *a)
{
    if (a->options.emit == GLOSS_EMIT_MATCHED && a->after_left == 0)
        lead_in(a, a->block.bytes.ptr, a->head.number);
    line_writer_open(&a->writer, &a->head);
}

/* Decides where a new overlong line stands, and opens it unless it is left out. */
static void long_begin(struct gloss_annotator *a, struct gloss_span text)
{
    a->head = head_of(a, text, a->number, a->block.offset);
    a->passed = 0;
    a->matched = false;
    a->cr = false;
    a->state = LONG_GOING;
    if (a->options.emit == GLOSS_EMIT_MATCHED && a->after_left == 0 && !a->hit)
        a->state = a->options.hold ? LONG_HELD : LONG_PASSED;
    if (a->state == LONG_PASSED)
        return;
    if (a->state == LONG_HELD) {
        a->writer.out = &a->held;
        a->last_out_before_held = a->last_out;
        a->heading_before_held = a->writer.heading_due;
    }
    long_open(a);
}

/* The line has its first selected hit: what was held goes out, or a mark for what was left out. */
static int long_match(struct gloss_annotator *a)
{
    char mark[64];
    int n, r = 0;

    a->matched = true;
    if (a->state == LONG_HELD) {
        a->writer.out = a->out;
        r = a->options.hold->release(a->options.hold->ctx);
    } else if (a->state == LONG_PASSED) {
        long_open(a);
        n = snprintf(mark, sizeof(mark), "[… %llu bytes not shown …]",
                     (unsigned long long)a->passed);
        a->writer.copy = true;
        line_writer_text(&a->writer, gloss_span(mark, (size_t)n), false);
        a->writer.copy = false;
    }
    a->state = LONG_GOING;
    return r;
}

/* Writes the text of a part. A CR at its end is kept back: if the next part is a lone LF, the CR
 * belongs to the line end, and in the text format the notes stand before that. */
static void long_text(struct gloss_annotator *a, struct gloss_span text, struct gloss_span *end)
{
    static const char crlf[] = "\r\n";

    if (a->cr && text.len == 0 && end->len == 1)
        *end = gloss_span(crlf, 2);
    else if (a->cr)
        line_writer_text(&a->writer, gloss_span(crlf, 1), true);
    a->cr = !a->block.ends_line && text.len > 0 && text.ptr[text.len - 1] == '\r';
    text.len -= a->cr;
    line_writer_text(&a->writer, text, true);
}

/* Ends the line, if it goes out; else it is forgotten. */
static void long_end(struct gloss_annotator *a, struct gloss_span end)
{
    if (a->state == LONG_GOING) {
        line_writer_notes(&a->writer, end);
        line_writer_note(&a->writer, gloss_buf_view(&a->pending), false);
        line_writer_close(&a->writer, end);
        a->last_out = a->head.number;
        if (a->matched)
            a->after_left = a->options.context_after;
        else if (a->after_left > 0)
            a->after_left--;
    } else if (a->state == LONG_HELD) {
        a->options.hold->drop(a->options.hold->ctx);
        a->last_out = a->last_out_before_held;
        a->writer.heading_due = a->heading_before_held;
    }
    a->state = LONG_NONE;
    a->writer.out = a->out;
    a->n_pending = 0;
    gloss_buf_clear(&a->pending);
    drop_tail(a);
}

/* Hands a part over to options.hold. */
static int long_keep(struct gloss_annotator *a)
{
    int r;

    if (a->held.failed)
        return -ENOMEM;
    r = a->options.hold->keep(a->options.hold->ctx, &a->held);
    gloss_spans_clear(&a->held);
    return r;
}

/* Handles a part, after all that was found in it has been collected. */
static int long_part(struct gloss_annotator *a)
{
    struct gloss_span text = a->block.bytes;
    struct gloss_span end = a->block.ends_line ? split_end(&text) : nothing;
    int r = 0;

    if (a->state == LONG_NONE)
        long_begin(a, text);
    if (a->hit && !a->matched)
        r = long_match(a);
    if (r < 0)
        return r;
    if (a->state == LONG_PASSED)
        a->passed += a->block.bytes.len;
    else
        long_text(a, text, &end);
    if (a->state == LONG_HELD)
        r = long_keep(a);
    if (a->block.ends_line)
        long_end(a, end);
    return r;
}

/* ---- one block at a time ---- */

int gloss_annotator_begin(struct gloss_annotator *a, const struct gloss_block *block,
                          uint64_t line_number, struct gloss_spans *out)
{
    a->block = *block;
    a->out = out;
    a->at = block->bytes.ptr;
    a->number = line_number;
    a->hit = false;
    a->writer.out = a->state == LONG_HELD ? &a->held : out;
    return 0;
}

int gloss_annotator_line(struct gloss_annotator *a, const struct gloss_line *line)
{
    int r;

    if (block_is_part(a))
        return collect(a, line);
    if (!has_selected(a, line))
        return 0;
    if (a->options.emit == GLOSS_EMIT_ALL) {
        put_gap(a, line->text.ptr);
    } else {
        put_after(a, line->text.ptr);
        lead_in(a, line->text.ptr, line->number);
        a->after_left = a->options.context_after;
    }
    r = put_noted(a, line);
    return r < 0 ? r : trouble(a);
}

int gloss_annotator_end(struct gloss_annotator *a)
{
    int r = 0;

    if (block_is_part(a)) {
        r = long_part(a);
    } else if (a->options.emit == GLOSS_EMIT_ALL) {
        put_gap(a, block_end(a));
    } else {
        put_after(a, block_end(a));
        keep_tail(a);
    }
    return r < 0 ? r : trouble(a);
}

int gloss_annotator_finish(struct gloss_annotator *a, struct gloss_spans *out)
{
    struct gloss_span end = nothing;

    a->out = out;
    a->block = (struct gloss_block){.ends_line = true};
    a->writer.out = a->state == LONG_HELD ? &a->held : out;
    if (a->state == LONG_GOING)
        long_text(a, nothing, &end);
    if (a->state != LONG_NONE)
        long_end(a, end);
    a->after_left = 0;
    drop_tail(a);
    return trouble(a);
}

bool gloss_annotator_has_begun(const struct gloss_annotator *a)
{
    return a->last_out > 0;
}

uint64_t gloss_annotator_context_cut(const struct gloss_annotator *a)
{
    return a->n_cut;
}
