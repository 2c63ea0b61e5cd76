/* From findings to output.
 *
 * `at` walks through a block: everything before it has been decided, gone out or been passed over.
 * The scanner reports lines with findings only, so between two reports there is a gap of lines that
 * nobody has looked at:
 *
 *     block    [ gap: lines without a hit | hit line | gap               | hit line | gap ] emit
 * all   one span, line included ─┘ note       one span ────────┘ note       one span ────┘ matched
 * -B lines ┘  note        └ -A     ...  -B ┘             └ -A   (tail)
 *
 * With all lines and a format that takes lines as they are, a gap is one span, whatever is in it.
 * The formats that change lines walk it line by line. With matched lines only, after-context is
 * taken from the gap's begin and before-context from its end, backwards, so that the lines between
 * are never touched; the last lines of a block are copied (`tail`), for they may be before-context
 * of the next block's first hit.
 *
 * An overlong line comes in parts, one a block:
 *
 *     state     | part begins the line             | part has a selected hit     | line ends
 *     ----------+----------------------------------+-----------------------------+---------------
 *     NONE      | all, a hit, after-context:       |                             |
 *               |   lead in, open        -> GOING  |                             |
 *               | hold: the same, kept   -> HELD   |                             |
 *               | else                   -> PASSED |                             |
 *     GOING     |                                  |                             | notes -> NONE
 *     HELD      |                                  | release            -> GOING | drop  -> NONE
 *     PASSED    |                                  | lead in, mark      -> GOING |       -> NONE
 *
 * Its notes are collected as copies, since the spans of a part die with it, and follow the last
 * part. Such a line is never before-context: it would have to be kept whole. */

#include <gloss/annotate.h>

#include "core/base/digits.h"
#include "core/base/first_line.h"
#include "core/base/util.h"
#include "core/render/line_writer.h"
#include "core/render/notes.h"

#include <assert.h>
#include <stdio.h>

enum long_line {
    LONG_NONE,
    LONG_GOING,
    LONG_HELD,
    LONG_PASSED,
};

struct gloss_annotator {
    struct gloss_annotator_options options;
    struct gloss_notes *notes;
    struct line_writer writer;

    struct gloss_block block;
    struct gloss_spans *out;
    const char *at;  /* in block.bytes: what stands before it is decided */
    uint64_t number; /* of the line at `at`; kept up where lines go out one by one */

    unsigned after_left;   /* lines of after-context still to come */
    uint64_t last_out;     /* number of the line that went out last; 0: none yet */
    struct gloss_buf tail; /* the last lines before the block: context_before of them, or more */
    unsigned n_tail;       /* so many */
    bool tail_is_cut;      /* there were more, for which there is no room */
    uint64_t n_cut;        /* groups that lack some for that reason */

    enum long_line state;
    struct line_head head;    /* of the overlong line */
    uint64_t passed;          /* bytes of it that were passed over */
    bool cr;                  /* its last part ended in a CR that may belong to its line end */
    bool hit;                 /* the part at hand has a selected hit */
    bool matched;             /* some part of it had */
    struct gloss_buf pending; /* its notes so far */
    unsigned n_pending;
    struct gloss_spans held; /* on the way to options.hold */
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
    assert(a->options.clock || !line_writer_wants_time(&a->writer));
    *ret_annotator = TAKE_PTR(a);
    return 0;
}

struct gloss_annotator *gloss_annotator_free(struct gloss_annotator *a)
{
    if (!a)
        return NULL;
    line_writer_deinit(&a->writer);
    gloss_buf_deinit(&a->tail);
    gloss_buf_deinit(&a->pending);
    gloss_spans_deinit(&a->held);
    free(a);
    return NULL;
}

static int trouble(const struct gloss_annotator *a)
{
    return a->out->failed || a->held.failed || a->tail.failed || a->pending.failed ? -ENOMEM : 0;
}

/* ---- small questions ---- */

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

static struct line_head head_of(const struct gloss_annotator *a, struct gloss_span text,
                                uint64_t number, uint64_t offset)
{
    struct line_head head = {.number = number, .offset = offset};

    if (line_writer_wants_time(&a->writer) &&
        !gloss_stamp_parse(text, a->options.clock, &head.time_ns))
        head.time_ns = a->options.clock->now_ns;
    return head;
}

/* Cuts a line, or what is left of one, into text and line end. */
static struct gloss_span split_end(struct gloss_span *line)
{
    size_t n;

    if (line->len == 0 || line->ptr[line->len - 1] != '\n')
        return nothing;
    n = line->len > 1 && line->ptr[line->len - 2] == '\r' ? 2 : 1;
    line->len -= n;
    return gloss_span(line->ptr + line->len, n);
}

/* The last `wanted` lines; fewer where there are no more, or where they would be more than so many
 * bytes. */
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

static void put_plain(struct gloss_annotator *a, struct gloss_span line, uint64_t number,
                      uint64_t offset)
{
    struct gloss_span text = line, end = split_end(&text);
    struct line_head head = head_of(a, text, number, offset);

    line_writer_open(&a->writer, &head);
    line_writer_text(&a->writer, text, false);
    line_writer_notes(&a->writer, end);
    line_writer_close(&a->writer, end);
    a->last_out = number;
}

/* At most `most` lines without notes, one by one. Returns where the first one left out begins;
 * *number goes up with each. */
static const char *put_run(struct gloss_annotator *a, struct gloss_span lines, uint64_t *number,
                           uint64_t offset, uint64_t most)
{
    const char *at = lines.ptr, *end;

    if (lines.len == 0)
        return at;
    for (end = at + lines.len; most > 0 && at < end; most--) {
        size_t n = first_line_length(gloss_span(at, (size_t)(end - at)));

        put_plain(a, gloss_span(at, n), *number, offset);
        ++*number;
        offset += n;
        at += n;
    }
    return at;
}

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

/* Emit all: the lines from `at` to `to`. */
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
    a->n_tail = 0;
    a->tail_is_cut = false;
}

/* Emit matched: after-context that stands between `at` and `to`. */
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

/* What goes out before the first line of a group that begins with line `number` at `to`:
 * separator and before-context, which reaches back into the tail of earlier blocks. */
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
    a->writer.copy = true;
    put_run(a, earlier, &number, a->block.offset - earlier.len, n_earlier);
    a->writer.copy = false;
    put_run(a, here, &number, offset_of(a, here.ptr), n_here);
    drop_tail(a);
}

/* The last lines up to the block's end, which the next block may need. What is too much is taken
 * off when it is as much as what is wanted, so that a line is not moved at each line after it. */
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
    a->n_tail += found;
    if (a->tail.failed || (a->n_tail / 2 < wanted && a->tail.len <= 2 * GLOSS_CONTEXT_BYTES))
        return;
    rest = last_lines(gloss_buf_view(&a->tail), wanted, GLOSS_CONTEXT_BYTES, &a->n_tail);
    a->tail_is_cut |= a->n_tail < wanted;
    memmove(a->tail.ptr, rest.ptr, rest.len);
    a->tail.len = rest.len;
}

/* ---- overlong lines ---- */

/* Notes of a part: copied, for what they were made of dies with it. */
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

/* The first selected hit of the line: what was kept goes out, or a mark in its stead. */
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

/* A CR that a part ends in is held back: if the next part is a lone LF, it belongs to the line
 * end, before which the notes go. */
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

/* The line goes out as a record of its own, or is forgotten. */
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

static int long_keep(struct gloss_annotator *a)
{
    int r;

    if (a->held.failed)
        return -ENOMEM;
    r = a->options.hold->keep(a->options.hold->ctx, &a->held);
    gloss_spans_clear(&a->held);
    return r;
}

/* The block at hand is a part, and all that was found on it is known. */
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
