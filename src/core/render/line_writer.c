/* What each function writes of a line in each format:
 *
 *                 open                 text             notes           note…    close
 *     text                             the line         -               note…    line end
 *     note        (heading)            the line         line end        note…    -
 *     json        {"time":…"message":" escaped          ","codes":[     note,…   ]}\n
 *     logfmt      time=…message="      escaped          "               note…    \n
 *
 * The keys stand in this order so that an overlong line can go out before all of it has come. json
 * and logfmt escape the text, so they write into memory of the list, where lines that follow each
 * other are one span. text and note add the bytes of the log to the list without a copy. */

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

/* Room for put_time(). */
#define TIME_BYTES (GLOSS_STAMP_BYTES + sizeof("\"\",\"time_source\":\"inherited\""))

/* The text that a format has around its fields. */
static const struct frame {
    struct gloss_span time;    /* before the time */
    struct gloss_span offset;  /* between line number and offset */
    struct gloss_span message; /* between offset and text */
    struct gloss_span notes;   /* behind the text */
    struct gloss_span close;   /* behind the notes */
} frames[] = {
    [GLOSS_FORMAT_JSON] = {TEXT("{\"time\":"), TEXT(",\"offset\":"), TEXT(",\"message\":\""),
                           TEXT("\",\"codes\":["), TEXT("]}\n")},
    [GLOSS_FORMAT_LOGFMT] = {TEXT(""), TEXT(" offset="), TEXT(" message=\""), TEXT("\""),
                             TEXT("\n")},
};

/* Whether a format has fields around the text: json and logfmt. */
static bool has_fields(const struct line_writer *w)
{
    return w->options->format == GLOSS_FORMAT_JSON || w->options->format == GLOSS_FORMAT_LOGFMT;
}

int line_writer_init(struct line_writer *w, const struct gloss_annotator_options *options)
{
    struct gloss_span name = gloss_span_str(options->source ? options->source : "");

    *w = (struct line_writer){.options = options};
    w->heading_due = options->show_source && options->format == GLOSS_FORMAT_NOTE;
    if (options->format == GLOSS_FORMAT_JSON) {
        gloss_buf_str(&w->source, ",\"source\":\"");
        gloss_buf_json(&w->source, name);
        gloss_buf_str(&w->source, "\",\"line\":");
    } else if (options->format == GLOSS_FORMAT_LOGFMT) {
        gloss_buf_str(&w->source, "source=");
        notes_logfmt_value(&w->source, name);
        gloss_buf_str(&w->source, " line=");
    }
    return w->source.failed ? -ENOMEM : 0;
}

void line_writer_deinit(struct line_writer *w)
{
    gloss_buf_deinit(&w->source);
}

bool line_writer_is_verbatim(const struct line_writer *w)
{
    return !has_fields(w) &&
           !(w->options->format == GLOSS_FORMAT_NOTE && w->options->visible_controls);
}

bool line_writer_wants_time(const struct line_writer *w)
{
    return has_fields(w);
}

static void add_str(struct line_writer *w, const char *str)
{
    gloss_spans_copy(w->out, gloss_span_str(str));
}

/* ---- before the text ---- */

void line_writer_heading(struct line_writer *w)
{
    if (!w->heading_due)
        return;
    w->heading_due = false;
    add_str(w, w->options->color ? "\x1b[1m==> " : "==> ");
    escape_into_spans(w->out, gloss_span_str(w->options->source ? w->options->source : ""),
                      terminal_escape);
    add_str(w, w->options->color ? " <==" PAINT_END "\n" : " <==\n");
}

void line_writer_separator(struct line_writer *w)
{
    if (!has_fields(w))
        add_str(w, "--\n");
}

static char *put(char *to, struct gloss_span bytes)
{
    memcpy(to, bytes.ptr, bytes.len);
    return to + bytes.len;
}

static char *put_str(char *to, const char *str)
{
    return put(to, gloss_span_str(str));
}

/* The time of a line, and where it is from. */
static char *put_time(char *to, enum gloss_format format, struct gloss_time time)
{
    const char *source = gloss_time_source_name(time.source);
    bool json = format == GLOSS_FORMAT_JSON;

    if (!source)
        return json ? put_str(to, "null,\"time_source\":null") : to;
    to = put_str(to, json ? "\"" : "time=");
    to += gloss_stamp_write(time.ns, to);
    to = put_str(to, json ? "\",\"time_source\":\"" : " time_source=");
    to = put_str(to, source);
    return put_str(to, json ? "\"" : " ");
}

void line_writer_open(struct line_writer *w, const struct line_head *head)
{
    const struct frame *f = &frames[w->options->format];
    char *room, *to;

    line_writer_heading(w);
    w->n_notes = 0;
    w->n_cut = 0;
    if (!has_fields(w))
        return;
    room = gloss_spans_room(w->out, f->time.len + TIME_BYTES + w->source.len + 2 * DIGITS_U64 +
                                        f->offset.len + f->message.len);
    if (!room)
        return;
    to = put(room, f->time);
    to = put_time(to, w->options->format, head->time);
    to = put(to, gloss_buf_view(&w->source));
    to += digits_u64(to, head->number);
    to = put(to, f->offset);
    to += digits_u64(to, head->offset);
    to = put(to, f->message);
    gloss_spans_commit(w->out, (size_t)(to - room));
}

/* ---- the text ---- */

static void add_text(struct line_writer *w, struct gloss_span text)
{
    if (has_fields(w))
        escape_into_spans(w->out, text, json_escape);
    else if (!line_writer_is_verbatim(w) && terminal_escape_changes(text))
        escape_into_spans(w->out, text, terminal_escape);
    else if (w->copy)
        gloss_spans_copy(w->out, text);
    else
        gloss_spans_add(w->out, text);
}

/* Completes the character that the last piece was cut in with the first bytes of this one, which
 * are taken off *text. Where they do not belong to it, they stay there, and what was cut is no
 * character. Returns false where the character is still incomplete. */
static bool mend_cut(struct line_writer *w, struct gloss_span *text)
{
    while (utf8_unfinished(w->cut, w->n_cut) == w->n_cut) {
        if (text->len == 0)
            return false;
        w->cut[w->n_cut++] = *text->ptr;
        *text = gloss_span(text->ptr + 1, text->len - 1);
    }
    if (utf8_sequence(w->cut, w->n_cut) != w->n_cut) {
        w->n_cut--;
        *text = gloss_span(text->ptr - 1, text->len + 1);
    }
    return true;
}

/* Writes what was kept of a character. */
static void add_cut(struct line_writer *w)
{
    struct gloss_span cut = gloss_span(w->cut, w->n_cut);
    bool copy = w->copy;

    w->copy = true;
    add_text(w, cut);
    w->copy = copy;
    w->n_cut = 0;
}

void line_writer_text(struct line_writer *w, struct gloss_span text, bool more)
{
    size_t unfinished;

    if (w->n_cut > 0) {
        if (!mend_cut(w, &text) && more)
            return;
        add_cut(w);
    }
    if (more && !line_writer_is_verbatim(w) && text.len > 0) {
        unfinished = utf8_unfinished(text.ptr, text.len);
        text.len -= unfinished;
        w->n_cut = unfinished;
        memcpy(w->cut, text.ptr + text.len, unfinished);
    }
    add_text(w, text);
}

void line_writer_painted(struct line_writer *w, struct gloss_span text,
                         const struct gloss_hit *hits, size_t n_hits, const bool *selected)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    bool paints = w->options->format == GLOSS_FORMAT_NOTE && w->options->color;

    for (size_t i = 0; paints && i < n_hits; i++) {
        if (selected && !selected[hits[i].entry->id])
            continue;
        line_writer_text(w, gloss_span(at, (size_t)(hits[i].text.ptr - at)), false);
        add_str(w, paint_severity(hits[i].entry->severity));
        line_writer_text(w, hits[i].text, false);
        add_str(w, PAINT_END);
        at = hits[i].text.ptr + hits[i].text.len;
    }
    line_writer_text(w, gloss_span(at, (size_t)(end - at)), false);
}

/* ---- behind the text ---- */

struct gloss_span line_writer_line_end(const struct line_writer *w, struct gloss_span end)
{
    bool wanted = w->options->format == GLOSS_FORMAT_NOTE ||
                  w->options->emit == GLOSS_EMIT_MATCHED || w->options->completes;

    return end.len == 0 && wanted && !has_fields(w) ? gloss_span("\n", 1) : end;
}

static void add_line_end(struct line_writer *w, struct gloss_span end)
{
    end = line_writer_line_end(w, end);
    if (w->copy)
        gloss_spans_copy(w->out, end);
    else
        gloss_spans_add(w->out, end);
}

void line_writer_notes(struct line_writer *w, struct gloss_span end)
{
    if (w->n_cut > 0)
        add_cut(w);
    if (has_fields(w))
        gloss_spans_copy(w->out, frames[w->options->format].notes);
    else if (w->options->format == GLOSS_FORMAT_NOTE)
        add_line_end(w, end);
}

void line_writer_note(struct line_writer *w, struct gloss_span note, bool lasts)
{
    w->n_notes++;
    if (lasts && !has_fields(w))
        gloss_spans_add(w->out, note);
    else
        gloss_spans_copy(w->out, note);
}

void line_writer_close(struct line_writer *w, struct gloss_span end)
{
    if (has_fields(w))
        gloss_spans_copy(w->out, frames[w->options->format].close);
    else if (w->options->format == GLOSS_FORMAT_TEXT)
        add_line_end(w, end);
}
