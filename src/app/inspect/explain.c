/* Explanations for people: a name, and below it fields in two columns. Texts are wrapped at blanks;
 * a text without blanks (Chinese, a long path) is broken where the line is full. */

#include "app/inspect/explain.h"

#include "core/base/display_width.h"
#include "core/base/util.h"
#include "core/render/notes.h"

#include <gloss/stamp.h>
#include <inttypes.h>

#define INDENT 13     /* columns before the text of a field */
#define WIDTH_MIN 40U /* narrower terminals wrap by themselves */
#define BOLD "\x1b[1m"

static struct gloss_span skip(struct gloss_span s, size_t n)
{
    return gloss_span(s.ptr + n, s.len - n);
}

/* How many bytes of a text go on a line of that many columns: all of it when it fits, else up to
 * the last blank, else as many characters as fit, but at least one. */
static size_t line_length(struct gloss_span text, size_t columns)
{
    size_t used = 0, blank = 0, at = 0;
    size_t width;

    while (at < text.len) {
        size_t n = display_width_of_first(skip(text, at), &width);

        if (used + width > columns)
            return blank > 0 ? blank : MAX(at, n);
        if (text.ptr[at] == ' ')
            blank = at;
        used += width;
        at += n;
    }
    return text.len;
}

static void append_blanks(struct gloss_buf *out, size_t n)
{
    while (n-- > 0)
        gloss_buf_char(out, ' ');
}

void explain_field(const char *label, const char *text, size_t indent,
                   const struct explain_style *style, struct gloss_buf *out)
{
    size_t columns = style->width == 0 ? SIZE_MAX : MAX(style->width, WIDTH_MIN) - indent;
    struct gloss_span rest = gloss_span_str(text);

    gloss_buf_str(out, "  ");
    gloss_buf_str(out, label);
    append_blanks(out, indent - 2 - strlen(label));
    while (rest.len > 0) {
        size_t n = line_length(rest, columns);

        gloss_buf_append(out, rest.ptr, n);
        gloss_buf_char(out, '\n');
        rest = skip(rest, n);
        while (rest.len > 0 && rest.ptr[0] == ' ')
            rest = skip(rest, 1);
        if (rest.len > 0)
            append_blanks(out, indent);
    }
}

static void append_painted(struct gloss_buf *out, bool color, const char *paint, const char *text)
{
    if (color)
        gloss_buf_str(out, paint);
    gloss_buf_str(out, text);
    if (color)
        gloss_buf_str(out, PAINT_END);
}

void explain_text(const struct gloss_entry *entry, const struct explain_style *style,
                  struct gloss_buf *out)
{
    append_painted(out, style->color, BOLD, entry->code);
    gloss_buf_str(out, "\n  severity   ");
    append_painted(out, style->color, paint_severity(entry->severity),
                   gloss_severity_name(entry->severity));
    gloss_buf_char(out, '\n');
    explain_field("cause", entry->cause, INDENT, style, out);
    explain_field("solution", entry->solution, INDENT, style, out);
    if (entry->pattern)
        explain_field("pattern", entry->pattern, INDENT, style, out);
    explain_field("catalog", entry->catalog->name, INDENT, style, out);
    if (entry->catalog->reference)
        explain_field("reference", entry->catalog->reference, INDENT, style, out);
}

/* ---- what the service saw ---- */

static void append_time(struct gloss_buf *out, uint64_t ns)
{
    char stamp[GLOSS_STAMP_BYTES];

    gloss_stamp_write(ns, stamp);
    stamp[10] = ' ';
    gloss_buf_printf(out, "%.19s UTC", stamp);
}

static void append_count(struct gloss_buf *out, uint64_t n, const char *one, const char *more)
{
    display_width_put_number(out, n);
    gloss_buf_str(out, n == 1 ? one : more);
}

static void put_field(const char *label, struct gloss_buf *text, const struct explain_style *style,
                      struct gloss_buf *out)
{
    gloss_buf_char(text, '\0');
    out->failed |= text->failed;
    if (!text->failed)
        explain_field(label, text->ptr, INDENT, style, out);
    gloss_buf_clear(text);
}

void explain_sight(const struct gloss_entry *entry, const struct state_report *report,
                   const struct explain_style *style, struct gloss_buf *out)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};
    struct state_report_sight sight = state_report_entry(report, entry);

    if (sight.hits == 0) {
        gloss_buf_str(&text, "never since ");
        append_time(&text, report->since_ns);
        put_field("seen", &text, style, out);
        return;
    }
    append_count(&text, sight.hits, " time", " times");
    gloss_buf_str(&text, " in ");
    append_count(&text, sight.lines, " line", " lines");
    gloss_buf_str(&text, " since ");
    append_time(&text, sight.first_ns);
    put_field("seen", &text, style, out);
    append_time(&text, sight.last_ns);
    gloss_buf_str(&text, ", ");
    display_width_put(&text, gloss_span_str(sight.source), SIZE_MAX, /* keep_end= */ false);
    gloss_buf_printf(&text, ", line %" PRIu64, sight.line);
    put_field("last", &text, style, out);
}

void explain_line(const struct gloss_entry *entry, size_t name_columns,
                  const struct explain_style *style, struct gloss_buf *out)
{
    const char *severity = gloss_severity_name(entry->severity);
    size_t used = display_width_of(gloss_span_str(entry->code));
    size_t before = MAX(name_columns, used) + 14, room = SIZE_MAX;

    gloss_buf_str(out, "  ");
    append_painted(out, style->color, BOLD, entry->code);
    append_blanks(out, name_columns > used ? name_columns - used : 0);
    gloss_buf_str(out, "  ");
    append_painted(out, style->color, paint_severity(entry->severity), severity);
    append_blanks(out, 10 - strlen(severity));
    if (style->width > before + 10)
        room = style->width - before;
    display_width_put(out, gloss_span_str(entry->cause), room, false);
    gloss_buf_char(out, '\n');
}

static void append_member(struct gloss_buf *out, const char *key, const char *value)
{
    if (!value)
        return;
    gloss_buf_printf(out, ",\"%s\":\"", key);
    gloss_buf_json(out, gloss_span_str(value));
    gloss_buf_char(out, '"');
}

static void append_json_time(struct gloss_buf *out, const char *key, uint64_t ns)
{
    gloss_buf_printf(out, ",\"%s\":\"", key);
    gloss_stamp_format(ns, out);
    gloss_buf_char(out, '"');
}

static void append_json_sight(struct gloss_buf *out, const struct state_report *report,
                              const struct gloss_entry *entry)
{
    struct state_report_sight sight = state_report_entry(report, entry);

    gloss_buf_printf(out, ",\"seen\":{\"hits\":%" PRIu64 ",\"lines\":%" PRIu64, sight.hits,
                     sight.lines);
    append_json_time(out, "since", report->since_ns);
    if (sight.hits > 0) {
        append_json_time(out, "first_seen", sight.first_ns);
        append_json_time(out, "last_seen", sight.last_ns);
        append_member(out, "last_source", sight.source);
        gloss_buf_printf(out, ",\"last_line\":%" PRIu64, sight.line);
    }
    gloss_buf_char(out, '}');
}

void explain_json(const struct gloss_entry *entry, const struct state_report *report,
                  struct gloss_buf *out)
{
    gloss_buf_str(out, "{\"code\":\"");
    gloss_buf_json(out, gloss_span_str(entry->code));
    gloss_buf_char(out, '"');
    append_member(out, "catalog", entry->catalog->name);
    append_member(out, "severity", gloss_severity_name(entry->severity));
    append_member(out, "cause", entry->cause);
    append_member(out, "solution", entry->solution);
    append_member(out, "pattern", entry->pattern);
    append_member(out, "reference", entry->catalog->reference);
    if (report)
        append_json_sight(out, report, entry);
    gloss_buf_char(out, '}');
}
