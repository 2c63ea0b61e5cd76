/* How one line goes out in each format.
 *
 *                 open                 text             notes           note…    close
 *     text                             the line         -               note…    line end
 *     note        (heading)            the line         line end        note…    -
 *     json        {"time":…"message":" escaped          ","codes":[     note,…   ]}\n
 *     logfmt      time=…message="      escaped          "               note…    \n
 *
 * Keys stand in that order so that an overlong line can go out before all of it has come. The two
 * formats that escape write into memory of the list, where records that follow each other are one
 * span; the other two add the bytes of the log as they lie. */

#include "core/render/line_writer.h"

#include "core/base/digits.h"
#include "core/base/escape.h"
#include "core/base/json_escape.h"
#include "core/base/terminal_escape.h"
#include "core/base/utf8.h"
#include "core/base/util.h"
#include "core/render/notes.h"

#define TEXT(literal)                  \
    {                                  \
        (literal), sizeof(literal) - 1 \
    }

/* The fixed text of a format around its fields. */
static const struct frame {
    struct gloss_span time;    /* before the time */
    struct gloss_span offset;  /* between line number and offset */
    struct gloss_span message; /* between offset and text */
    struct gloss_span notes;   /* behind the text */
    struct gloss_span close;   /* behind the notes */
} frames[] = {
    [GLOSS_FORMAT_JSON] = {TEXT("{\"time\":\""), TEXT(",\"offset\":"), TEXT(",\"message\":\""),
                           TEXT("\",\"codes\":["), TEXT("]}\n")},
    [GLOSS_FORMAT_LOGFMT] = {TEXT("time="), TEXT(" offset="), TEXT(" message=\""), TEXT("\""),
                             TEXT("\n")},
};

static bool has_fields(const struct recorder *r)
{
    return r->options->format == GLOSS_FORMAT_JSON || r->options->format == GLOSS_FORMAT_LOGFMT;
}

int recorder_init(struct recorder *r, const struct gloss_annotator_options *options)
{
    struct gloss_span name = gloss_span_str(options->source ? options->source : "");

    *r = (struct recorder){.options = options};
    r->heading_due = options->show_source && options->format == GLOSS_FORMAT_NOTE;
    if (options->format == GLOSS_FORMAT_JSON) {
        gloss_buf_str(&r->source, "\",\"source\":\"");
        gloss_buf_json(&r->source, name);
        gloss_buf_str(&r->source, "\",\"line\":");
    } else if (options->format == GLOSS_FORMAT_LOGFMT) {
        gloss_buf_str(&r->source, " source=");
        notes_logfmt_value(&r->source, name);
        gloss_buf_str(&r->source, " line=");
    }
    return r->source.failed ? -ENOMEM : 0;
}

void recorder_deinit(struct recorder *r)
{
    gloss_buf_deinit(&r->source);
}

bool recorder_is_verbatim(const struct recorder *r)
{
    return !has_fields(r) &&
           !(r->options->format == GLOSS_FORMAT_NOTE && r->options->visible_controls);
}

bool recorder_wants_time(const struct recorder *r)
{
    return has_fields(r);
}

static void add_str(struct recorder *r, const char *str)
{
    gloss_spans_copy(r->out, gloss_span_str(str));
}

/* ---- before the text ---- */

void recorder_heading(struct recorder *r)
{
    if (!r->heading_due)
        return;
    r->heading_due = false;
    add_str(r, r->options->color ? "\x1b[1m==> " : "==> ");
    escape_into_spans(r->out, gloss_span_str(r->options->source ? r->options->source : ""),
                      terminal_escape);
    add_str(r, r->options->color ? " <==" PAINT_END "\n" : " <==\n");
}

void recorder_separator(struct recorder *r)
{
    if (!has_fields(r))
        add_str(r, "--\n");
}

static char *put(char *to, struct gloss_span bytes)
{
    memcpy(to, bytes.ptr, bytes.len);
    return to + bytes.len;
}

void recorder_open(struct recorder *r, const struct record_head *head)
{
    const struct frame *f = &frames[r->options->format];
    char *room, *to;

    recorder_heading(r);
    r->n_notes = 0;
    r->n_cut = 0;
    if (!has_fields(r))
        return;
    room = gloss_spans_room(r->out, f->time.len + GLOSS_STAMP_BYTES + r->source.len +
                                        2 * DIGITS_U64 + f->offset.len + f->message.len);
    if (!room)
        return;
    to = put(room, f->time);
    to += gloss_stamp_write(head->time_ns, to);
    to = put(to, gloss_buf_view(&r->source));
    to += digits_u64(to, head->number);
    to = put(to, f->offset);
    to += digits_u64(to, head->offset);
    to = put(to, f->message);
    gloss_spans_commit(r->out, (size_t)(to - room));
}

/* ---- the text ---- */

static void add_text(struct recorder *r, struct gloss_span text)
{
    if (has_fields(r))
        escape_into_spans(r->out, text, json_escape);
    else if (!recorder_is_verbatim(r) && terminal_escape_changes(text))
        escape_into_spans(r->out, text, terminal_escape);
    else if (r->copy)
        gloss_spans_copy(r->out, text);
    else
        gloss_spans_add(r->out, text);
}

/* A sequence that the piece before was cut in goes on with the first bytes of this one, which are
 * taken from *text; where they do not fit, what was cut is no sequence. False: it still waits. */
static bool mend_cut(struct recorder *r, struct gloss_span *text)
{
    while (utf8_unfinished(r->cut, r->n_cut) == r->n_cut) {
        if (text->len == 0)
            return false;
        r->cut[r->n_cut++] = *text->ptr;
        *text = gloss_span(text->ptr + 1, text->len - 1);
    }
    if (utf8_sequence(r->cut, r->n_cut) != r->n_cut) {
        r->n_cut--;
        *text = gloss_span(text->ptr - 1, text->len + 1);
    }
    return true;
}

static void add_cut(struct recorder *r)
{
    struct gloss_span cut = gloss_span(r->cut, r->n_cut);
    bool copy = r->copy;

    r->copy = true;
    add_text(r, cut);
    r->copy = copy;
    r->n_cut = 0;
}

void recorder_text(struct recorder *r, struct gloss_span text, bool more)
{
    size_t unfinished;

    if (r->n_cut > 0) {
        if (!mend_cut(r, &text) && more)
            return;
        add_cut(r);
    }
    if (more && !recorder_is_verbatim(r) && text.len > 0) {
        unfinished = utf8_unfinished(text.ptr, text.len);
        text.len -= unfinished;
        r->n_cut = unfinished;
        memcpy(r->cut, text.ptr + text.len, unfinished);
    }
    add_text(r, text);
}

void recorder_painted(struct recorder *r, struct gloss_span text, const struct gloss_hit *hits,
                      size_t n_hits, const bool *selected)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    bool paints = r->options->format == GLOSS_FORMAT_NOTE && r->options->color;

    for (size_t i = 0; paints && i < n_hits; i++) {
        if (selected && !selected[hits[i].entry->id])
            continue;
        recorder_text(r, gloss_span(at, (size_t)(hits[i].text.ptr - at)), false);
        add_str(r, paint_severity(hits[i].entry->severity));
        recorder_text(r, hits[i].text, false);
        add_str(r, PAINT_END);
        at = hits[i].text.ptr + hits[i].text.len;
    }
    recorder_text(r, gloss_span(at, (size_t)(end - at)), false);
}

/* ---- behind the text ---- */

struct gloss_span recorder_line_end(const struct recorder *r, struct gloss_span end)
{
    bool wanted = r->options->format == GLOSS_FORMAT_NOTE ||
                  r->options->emit == GLOSS_EMIT_MATCHED || r->options->completes;

    return end.len == 0 && wanted && !has_fields(r) ? gloss_span("\n", 1) : end;
}

static void add_line_end(struct recorder *r, struct gloss_span end)
{
    end = recorder_line_end(r, end);
    if (r->copy)
        gloss_spans_copy(r->out, end);
    else
        gloss_spans_add(r->out, end);
}

void recorder_notes(struct recorder *r, struct gloss_span end)
{
    if (r->n_cut > 0)
        add_cut(r);
    if (has_fields(r))
        gloss_spans_copy(r->out, frames[r->options->format].notes);
    else if (r->options->format == GLOSS_FORMAT_NOTE)
        add_line_end(r, end);
}

void recorder_note(struct recorder *r, struct gloss_span note, bool lasts)
{
    r->n_notes++;
    if (lasts && !has_fields(r))
        gloss_spans_add(r->out, note);
    else
        gloss_spans_copy(r->out, note);
}

void recorder_close(struct recorder *r, struct gloss_span end)
{
    if (has_fields(r))
        gloss_spans_copy(r->out, frames[r->options->format].close);
    else if (r->options->format == GLOSS_FORMAT_TEXT)
        add_line_end(r, end);
}
