/* The journal's native protocol (systemd, docs/JOURNAL_NATIVE_PROTOCOL.md): KEY=VALUE and a
 * newline. Where the value contains a newline it is KEY, a newline, the length of the value as 64
 * bits with the lowest byte first, VALUE and a newline. All other bytes may stand in a value as
 * they are. */

#include "core/render/journal_entry.h"

#include "core/base/terminal_escape.h"
#include "core/base/util.h"
#include "core/catalog/message_id.h"
#include "core/render/notes.h"

#include <endian.h>

static void put_field(struct gloss_buf *out, const char *key, struct gloss_span value)
{
    uint64_t n = htole64(value.len);

    gloss_buf_str(out, key);
    if (value.len > 0 && memchr(value.ptr, '\n', value.len)) {
        gloss_buf_char(out, '\n');
        gloss_buf_append(out, &n, sizeof(n));
    } else {
        gloss_buf_char(out, '=');
    }
    gloss_buf_span(out, value);
    gloss_buf_char(out, '\n');
}

static void put_text(struct gloss_buf *out, const char *key, const char *text)
{
    put_field(out, key, gloss_span(text, strnlen(text, JOURNAL_ENTRY_TEXT_MAX)));
}

/* Appends a cause or solution, with its captures filled in. */
static void put_filled(struct gloss_buf *out, const char *key, const char *text,
                       const struct gloss_hit *hit)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf filled = {0};

    notes_fill(&filled, text, hit, terminal_escape);
    put_field(out, key, gloss_span(filled.ptr, MIN(filled.len, JOURNAL_ENTRY_TEXT_MAX)));
    out->failed |= filled.failed;
}

/* The priority of syslog (RFC 5424) for a severity. */
static const char *priority_of(enum gloss_severity severity)
{
    switch (severity) {
    case GLOSS_SEVERITY_INFO:
        return "6";
    case GLOSS_SEVERITY_WARNING:
        return "4";
    case GLOSS_SEVERITY_CRITICAL:
        return "2";
    case GLOSS_SEVERITY_ERROR:
    default:
        return "3";
    }
}

/* What is shown of a line. Where it is too long that is its start, if the hit is there, else the
 * part that begins with the hit. */
static struct gloss_span shown(const struct gloss_line *line, const struct gloss_hit *hit)
{
    struct gloss_span text = line->text;
    size_t at = (size_t)(hit->text.ptr - text.ptr), skip = 0;

    if (at + hit->text.len > JOURNAL_ENTRY_TEXT_MAX)
        skip = MIN(at, text.len);
    return gloss_span(text.ptr + skip, MIN(text.len - skip, JOURNAL_ENTRY_TEXT_MAX));
}

void journal_entry_write(struct gloss_buf *out, const char *source, const struct gloss_line *line,
                         const struct gloss_hit *hit)
{
    const struct gloss_entry *e = hit->entry;
    char id[MESSAGE_ID_SIZE];

    message_id(e->catalog->name, e->code, id);
    put_field(out, "MESSAGE", shown(line, hit));
    put_text(out, "MESSAGE_ID", id);
    put_text(out, "PRIORITY", priority_of(e->severity));
    put_text(out, "SYSLOG_IDENTIFIER", "glossd");
    put_text(out, "GLOSS_CODE", e->code);
    put_text(out, "GLOSS_CATALOG", e->catalog->name);
    put_text(out, "GLOSS_SEVERITY", gloss_severity_name(e->severity));
    put_filled(out, "GLOSS_CAUSE", e->cause, hit);
    put_filled(out, "GLOSS_SOLUTION", e->solution, hit);
    put_text(out, "GLOSS_SOURCE", source);
    gloss_buf_str(out, "GLOSS_LINE=");
    gloss_buf_u64(out, line->number);
    gloss_buf_str(out, "\nGLOSS_OFFSET=");
    gloss_buf_u64(out, line->offset);
    gloss_buf_char(out, '\n');
}
