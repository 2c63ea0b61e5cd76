/* The note of an entry is mostly the same for each hit. So it is made once, at the first hit of the
 * entry, and each further hit costs a span. A note differs from hit to hit for two reasons:
 * captures, and, in formats that number or separate the codes of a line, its place among them. Such
 * a note is written into a scratch buffer, which the next one overwrites. */

#include "core/render/notes.h"

#include "core/base/json_escape.h"
#include "core/base/terminal_escape.h"
#include "core/base/util.h"

#include <assert.h>

#define PAINT_DIM "\x1b[2m"
#define PAINT_FIX "\x1b[32m"

struct note {
    struct gloss_span span; /* owned; ptr is NULL: not made yet */
    bool templated;         /* cause or solution names a capture; known when it was made */
};

struct gloss_notes {
    enum gloss_format format;
    bool color;
    struct note *items; /* by entry id */
    size_t n_items;
    struct gloss_buf scratch;
};

const char *paint_severity(enum gloss_severity severity)
{
    switch (severity) {
    case GLOSS_SEVERITY_INFO:
        return "\x1b[36m";
    case GLOSS_SEVERITY_WARNING:
        return "\x1b[33m";
    case GLOSS_SEVERITY_CRITICAL:
        return "\x1b[1;31m";
    case GLOSS_SEVERITY_ERROR:
    default:
        return "\x1b[31m";
    }
}

/* ---- cause and solution, with captures ---- */

/* What the named group of that name took; empty where it took no part in the match. */
static struct gloss_span capture_of(const struct gloss_hit *hit, struct gloss_span name)
{
    for (size_t i = 0; i < hit->n_captures; i++)
        if (gloss_span_equal(gloss_span_str(hit->captures[i].name), name))
            return hit->captures[i].value;
    return gloss_span(NULL, 0);
}

/* The first {NAME} of a text, without its braces. Its ptr is NULL where there is none. Braces
 * around anything but a name are text. */
static struct gloss_span next_slot(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

    for (const char *open = strchr(text, '{'); open; open = strchr(open + 1, '{')) {
        size_t n = strspn(open + 1, letters);
        bool digit_first = open[1] >= '0' && open[1] <= '9';

        if (n > 0 && !digit_first && open[1 + n] == '}')
            return gloss_span(open + 1, n);
    }
    return gloss_span(NULL, 0);
}

/* An entry without a pattern has no captures: there, all braces are text. */
void notes_fill(struct gloss_buf *out, const char *text, const struct gloss_hit *hit,
                escape_fn escape)
{
    struct gloss_span slot;

    while (hit->entry->pattern && (slot = next_slot(text)).ptr) {
        escape_into_buf(out, gloss_span(text, (size_t)(slot.ptr - 1 - text)), escape);
        escape_into_buf(out, capture_of(hit, slot), escape);
        text = slot.ptr + slot.len + 1;
    }
    escape_into_buf(out, gloss_span_str(text), escape);
}

/* ---- a writer for each format ---- */

static void paint(struct gloss_buf *out, bool color, const char *sequence)
{
    if (color)
        gloss_buf_str(out, sequence);
}

static void write_text(struct gloss_buf *out, const struct gloss_hit *hit, unsigned index,
                       bool color)
{
    const struct gloss_entry *e = hit->entry;

    (void)index;
    gloss_buf_str(out, "  ");
    paint(out, color, paint_severity(e->severity));
    gloss_buf_str(out, "# ");
    gloss_buf_str(out, e->code);
    gloss_buf_str(out, ": ");
    notes_fill(out, e->cause, hit, terminal_escape);
    gloss_buf_str(out, " Fix: ");
    notes_fill(out, e->solution, hit, terminal_escape);
    paint(out, color, PAINT_END);
}

static void write_note(struct gloss_buf *out, const struct gloss_hit *hit, unsigned index,
                       bool color)
{
    const struct gloss_entry *e = hit->entry;

    (void)index;
    gloss_buf_str(out, "    ");
    paint(out, color, paint_severity(e->severity));
    gloss_buf_str(out, e->code);
    paint(out, color, PAINT_END);
    paint(out, color, PAINT_DIM);
    gloss_buf_str(out, " (");
    gloss_buf_str(out, gloss_severity_name(e->severity));
    gloss_buf_str(out, ", ");
    gloss_buf_str(out, e->catalog->name);
    gloss_buf_str(out, ")");
    paint(out, color, PAINT_END);
    gloss_buf_str(out, ": ");
    notes_fill(out, e->cause, hit, terminal_escape);
    gloss_buf_str(out, "\n      ");
    paint(out, color, PAINT_FIX);
    gloss_buf_str(out, "Fix:");
    paint(out, color, PAINT_END);
    gloss_buf_str(out, " ");
    notes_fill(out, e->solution, hit, terminal_escape);
    gloss_buf_str(out, "\n");
}

static void write_json(struct gloss_buf *out, const struct gloss_hit *hit, unsigned index,
                       bool color)
{
    const struct gloss_entry *e = hit->entry;

    (void)color;
    gloss_buf_str(out, index > 0 ? ",{\"code\":\"" : "{\"code\":\"");
    gloss_buf_json(out, gloss_span_str(e->code));
    gloss_buf_str(out, "\",\"catalog\":\"");
    gloss_buf_json(out, gloss_span_str(e->catalog->name));
    gloss_buf_str(out, "\",\"severity\":\"");
    gloss_buf_str(out, gloss_severity_name(e->severity));
    gloss_buf_str(out, "\",\"cause\":\"");
    notes_fill(out, e->cause, hit, json_escape);
    gloss_buf_str(out, "\",\"solution\":\"");
    notes_fill(out, e->solution, hit, json_escape);
    gloss_buf_str(out, "\",\"captures\":{");
    for (size_t i = 0; i < hit->n_captures; i++) {
        gloss_buf_str(out, i > 0 ? ",\"" : "\"");
        gloss_buf_json(out, gloss_span_str(hit->captures[i].name));
        gloss_buf_str(out, "\":\"");
        gloss_buf_json(out, hit->captures[i].value);
        gloss_buf_char(out, '"');
    }
    gloss_buf_str(out, "}}");
}

/* Whether a value of logfmt needs no quotation marks. */
static bool is_bare(struct gloss_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];

        if (c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\')
            return false;
    }
    return value.len > 0;
}

void notes_logfmt_value(struct gloss_buf *out, struct gloss_span value)
{
    if (is_bare(value)) {
        gloss_buf_span(out, value);
        return;
    }
    gloss_buf_char(out, '"');
    gloss_buf_json(out, value);
    gloss_buf_char(out, '"');
}

/* " KEY" of the note with that index among those of the line. */
static void logfmt_key(struct gloss_buf *out, const char *key, unsigned index)
{
    gloss_buf_char(out, ' ');
    gloss_buf_str(out, key);
    if (index > 0)
        gloss_buf_u64(out, (uint64_t)index + 1);
}

static void logfmt_filled(struct gloss_buf *out, const char *text, const struct gloss_hit *hit)
{
    gloss_buf_str(out, "=\"");
    notes_fill(out, text, hit, json_escape);
    gloss_buf_char(out, '"');
}

static void write_logfmt(struct gloss_buf *out, const struct gloss_hit *hit, unsigned index,
                         bool color)
{
    const struct gloss_entry *e = hit->entry;

    (void)color;
    logfmt_key(out, "code", index);
    gloss_buf_char(out, '=');
    notes_logfmt_value(out, gloss_span_str(e->code));
    logfmt_key(out, "catalog", index);
    gloss_buf_char(out, '=');
    notes_logfmt_value(out, gloss_span_str(e->catalog->name));
    logfmt_key(out, "severity", index);
    gloss_buf_char(out, '=');
    gloss_buf_str(out, gloss_severity_name(e->severity));
    logfmt_key(out, "cause", index);
    logfmt_filled(out, e->cause, hit);
    logfmt_key(out, "solution", index);
    logfmt_filled(out, e->solution, hit);
    for (size_t i = 0; i < hit->n_captures; i++) {
        logfmt_key(out, "captures", index);
        gloss_buf_char(out, '.');
        gloss_buf_str(out, hit->captures[i].name);
        gloss_buf_char(out, '=');
        notes_logfmt_value(out, hit->captures[i].value);
    }
}

/* What a format does with notes. */
static const struct style {
    void (*write)(struct gloss_buf *out, const struct gloss_hit *hit, unsigned index, bool color);
    bool numbered;       /* a note depends on its index among those of the line */
    bool shows_captures; /* captures are shown, named by cause and solution or not */
} styles[] = {
    [GLOSS_FORMAT_TEXT] = {write_text, false, false},
    [GLOSS_FORMAT_NOTE] = {write_note, false, false},
    [GLOSS_FORMAT_JSON] = {write_json, true, true},
    [GLOSS_FORMAT_LOGFMT] = {write_logfmt, true, true},
};

/* ---- the notes of a set ---- */

int gloss_notes_new(struct gloss_notes **ret_notes, const struct gloss_catalogs *set,
                    enum gloss_format format, bool color)
{
    CLEANUP(gloss_notes_freep) struct gloss_notes *n = calloc(1, sizeof(*n));

    if (!n)
        return -ENOMEM;
    n->format = format;
    n->color = color;
    n->n_items = gloss_catalogs_n_entries(set);
    n->items = calloc(MAX(n->n_items, (size_t)1), sizeof(*n->items));
    if (!n->items)
        return -ENOMEM;
    *ret_notes = TAKE_PTR(n);
    return 0;
}

struct gloss_notes *gloss_notes_free(struct gloss_notes *n)
{
    if (!n)
        return NULL;
    for (size_t i = 0; n->items && i < n->n_items; i++)
        free((char *)n->items[i].span.ptr);
    free(n->items);
    gloss_buf_deinit(&n->scratch);
    free(n);
    return NULL;
}

enum gloss_format notes_format(const struct gloss_notes *n)
{
    return n->format;
}

/* Makes the note of an entry, as for a hit without captures. */
static int prepare(struct gloss_notes *n, const struct gloss_entry *entry, struct note *note)
{
    struct gloss_hit bare = {.entry = entry};
    struct gloss_buf text = {0};

    styles[n->format].write(&text, &bare, 0, n->color);
    if (text.failed) {
        gloss_buf_deinit(&text);
        return -ENOMEM;
    }
    note->templated = next_slot(entry->cause).ptr || next_slot(entry->solution).ptr;
    note->span = gloss_buf_view(&text);
    return 0;
}

int notes_get(struct gloss_notes *n, const struct gloss_hit *hit, unsigned index,
              struct gloss_span *ret_note, bool *ret_lasts)
{
    const struct style *style = &styles[n->format];
    struct note *note;
    int r;

    assert(hit->entry->id < n->n_items);
    note = &n->items[hit->entry->id];
    if (!note->span.ptr) {
        r = prepare(n, hit->entry, note);
        if (r < 0)
            return r;
    }
    *ret_lasts = !(index > 0 && style->numbered) &&
                 (hit->n_captures == 0 || !(note->templated || style->shows_captures));
    if (*ret_lasts) {
        *ret_note = note->span;
        return 0;
    }
    gloss_buf_clear(&n->scratch);
    style->write(&n->scratch, hit, index, n->color);
    if (n->scratch.failed)
        return -ENOMEM;
    *ret_note = gloss_buf_view(&n->scratch);
    return 0;
}
