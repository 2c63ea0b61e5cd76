/* The bytes are checked before libfyaml (0.7.12) sees them, for three reasons: it silently takes
 * the first byte that is not UTF-8, or a NUL, for the end of the text; it keeps every token of a
 * flow collection that is still open, so that 30 MB of '[' become 10 GB; and it crashes on a line
 * that begins with '?' when a '?' or '-' stands behind a tab. */

#include "core/catalog/yaml_text.h"

#include "core/base/utf8.h"
#include "core/base/util.h"
#include "core/catalog/yaml_limits.h"

#include <gloss/decode.h>

/* A longer line is not shown with a mistake. */
#define EXCERPT_MAX ((size_t)16 << 10)

/* More brackets than this are in no text that a person wrote. Brackets within quotation marks
 * count, too. */
#define OPEN_BRACKETS_MAX 100000

static const struct gloss_span no_excerpt;

struct gloss_span yaml_text_line(struct gloss_span text, size_t offset)
{
    size_t begin = MIN(offset, text.len), end = begin;
    const char *t = text.ptr;

    while (begin > 0 && t[begin - 1] != '\n' && t[begin - 1] != '\r' && end - begin <= EXCERPT_MAX)
        begin--;
    while (end < text.len && t[end] != '\n' && t[end] != '\r' && end - begin <= EXCERPT_MAX)
        end++;
    return end - begin <= EXCERPT_MAX ? gloss_span(t + begin, end - begin) : no_excerpt;
}

size_t yaml_text_line_offset(struct gloss_span text, unsigned line)
{
    size_t at = 0;

    while (line > 1 && at < text.len) {
        char c = text.ptr[at++];

        if (c == '\r' && at < text.len && text.ptr[at] == '\n')
            at++;
        if (c == '\n' || c == '\r')
            line--;
    }
    return at;
}

unsigned yaml_text_chars(struct gloss_span text)
{
    unsigned chars = 0;

    for (size_t i = 0; i < text.len; i++)
        chars += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return chars;
}

/* The offset of the first byte that does not belong in a text; the length where there is none. */
static size_t first_bad_byte(struct gloss_span s)
{
    size_t i = 0;

    while (i < s.len) {
        unsigned char c = (unsigned char)s.ptr[i];
        size_t n = c < 0x80 ? 1 : utf8_sequence(s.ptr + i, s.len - i);

        if (n == 0 || (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            break;
        i += n;
    }
    return i;
}

/* Line and column of a byte, both from 1. */
static void locate(struct gloss_span text, size_t offset, unsigned *ret_line, unsigned *ret_column)
{
    size_t begin = 0;

    *ret_line = 1;
    for (size_t i = 0; i < offset; i++) {
        char c = text.ptr[i];

        if (c == '\n' || (c == '\r' && text.ptr[i + 1] != '\n')) {
            begin = i + 1;
            ++*ret_line;
        }
    }
    *ret_column = 1 + yaml_text_chars(gloss_span(text.ptr + begin, offset - begin));
}

/* Whether all bytes are text; the first that is not is reported. */
static bool bytes_are_text(struct gloss_span text, const char *file, struct gloss_diags *diags)
{
    size_t at = first_bad_byte(text);
    unsigned line, column;
    unsigned char byte;

    if (at == text.len)
        return true;
    byte = (unsigned char)text.ptr[at];
    locate(text, at, &line, &column);
    gloss_diags_add(diags, GLOSS_DIAG_ERROR, file, line, column, yaml_text_line(text, at),
                    byte < 0x80 ? "byte 0x%02X must not be in a text; remove it"
                                : "byte 0x%02X is not UTF-8; save the file as UTF-8",
                    byte);
    return false;
}

/* How many brackets are open behind a line, if `open` were open before it. */
static size_t open_brackets(size_t open, const char *t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (t[i] == '[' || t[i] == '{')
            open++;
        else if ((t[i] == ']' || t[i] == '}') && open > 0)
            open--;
    }
    return open;
}

/* The offset of a '?' that a line of n bytes begins with and that has a tab behind it; n where
 * there is none. */
static size_t find_wild_key(const char *t, size_t n)
{
    size_t i = 0;

    while (i < n && (t[i] == ' ' || t[i] == '\t'))
        i++;
    return i < n && t[i] == '?' && memchr(t + i, '\t', n - i) ? i : n;
}

/* Whether no line is too long, has too many open brackets or would crash the parser; the first that
 * does is reported. */
static bool lines_are_tame(struct gloss_span text, const char *file, struct gloss_diags *diags)
{
    size_t open = 0, n, wild;
    unsigned line = 1;

    for (size_t begin = 0; begin < text.len; begin += n + 1, line++) {
        const char *at = text.ptr + begin, *end = memchr(at, '\n', text.len - begin);

        n = end ? (size_t)(end - at) : text.len - begin;
        open = open_brackets(open, at, n);
        wild = find_wild_key(at, n);
        if (n <= YAML_LINE_MAX && open <= OPEN_BRACKETS_MAX && wild == n)
            continue;
        if (wild < n)
            gloss_diags_add(diags, GLOSS_DIAG_ERROR, file, line, (unsigned)wild + 1,
                            yaml_text_line(text, begin),
                            "a tab behind '?' is not allowed; write KEY: VALUE, without '?'");
        else if (n > YAML_LINE_MAX)
            gloss_diags_add(diags, GLOSS_DIAG_ERROR, file, line, 0, no_excerpt,
                            "too long: a line of more than %zu bytes", YAML_LINE_MAX);
        else
            gloss_diags_add(diags, GLOSS_DIAG_ERROR, file, line, 0, no_excerpt,
                            "more than %d brackets are open", OPEN_BRACKETS_MAX);
        return false;
    }
    return true;
}

bool yaml_text_check(struct gloss_span text, const char *file, struct gloss_diags *diags)
{
    const char *encoding = gloss_encoding_name(gloss_encoding_guess(text));

    if (text.len > YAML_SIZE_MAX) {
        gloss_diags_add(diags, GLOSS_DIAG_ERROR, file, 0, 0, no_excerpt,
                        "too large: the file has %zu bytes, at most %zu are allowed", text.len,
                        YAML_SIZE_MAX);
        return false;
    }
    if (encoding) {
        gloss_diags_add(diags, GLOSS_DIAG_ERROR, file, 0, 0, no_excerpt,
                        "this is %s; save it as UTF-8", encoding);
        return false;
    }
    return bytes_are_text(text, file, diags) && lines_are_tame(text, file, diags);
}
