/* Mistakes, kept in a list, and shown as compilers do:
 *
 *     conf/own.yaml:7:5: error: unknown key 'sevrity', did you mean 'severity'?
 *         sevrity: error
 *         ^
 *
 * File names and excerpts were written by somebody else, so no control character of them may reach
 * a terminal. The caret is placed by the columns that characters take: tabs are repeated in its
 * line, and the wide characters of East Asia count twice. */

#include "core/base/display_width.h"
#include "core/base/util.h"

#include <gloss/diag.h>
#include <stdarg.h>
#include <stdio.h>

#define KEPT_MAX 1000   /* mistakes that a list keeps */
#define EXCERPT_MAX 120 /* bytes of a line that are shown */

/* A copy with a NUL behind it; NULL when memory runs out. */
static char *copy_bytes(struct gloss_span s)
{
    char *copy = malloc(s.len + 1);

    if (!copy)
        return NULL;
    if (s.len > 0)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

/* What printf(3) would print; NULL when memory runs out. */
__attribute__((format(printf, 1, 0))) static char *print_text(const char *format, va_list args)
{
    va_list again;
    char *text = NULL;
    int n;

    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    if (n >= 0)
        text = malloc((size_t)n + 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

static void diag_deinit(struct gloss_diag *d)
{
    free(d->file);
    free(d->text);
    free(d->excerpt);
}

void gloss_diags_add(struct gloss_diags *d, enum gloss_diag_level level, const char *file,
                     unsigned line, unsigned column, struct gloss_span excerpt, const char *format,
                     ...)
{
    struct gloss_diag diag = {.level = level, .line = line, .column = column};
    va_list args;

    if (level == GLOSS_DIAG_ERROR)
        d->errors++;
    if (d->n >= KEPT_MAX)
        return;
    va_start(args, format);
    diag.text = print_text(format, args);
    va_end(args);
    if (file)
        diag.file = copy_bytes(gloss_span_str(file));
    if (excerpt.ptr)
        diag.excerpt = copy_bytes(excerpt);
    if (!diag.text || (file && !diag.file) || (excerpt.ptr && !diag.excerpt) ||
        GROW(&d->items, &d->size, d->n + 1) < 0) {
        diag_deinit(&diag);
        d->failed = true;
        return;
    }
    d->items[d->n++] = diag;
}

/* The order of gloss_diags_sort(). */
static bool is_before(const struct gloss_diag *a, const struct gloss_diag *b, const char *file)
{
    bool a_own = a->file && STREQ(a->file, file), b_own = b->file && STREQ(b->file, file);

    if (!a_own || !b_own)
        return a_own && !b_own;
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* An insertion sort: there are never many mistakes, and they come nearly in order. */
void gloss_diags_sort(struct gloss_diags *d, size_t first, const char *file)
{
    for (size_t i = first + 1; i < d->n; i++) {
        struct gloss_diag moved = d->items[i];
        size_t k = i;

        for (; k > first && is_before(&moved, &d->items[k - 1], file); k--)
            d->items[k] = d->items[k - 1];
        d->items[k] = moved;
    }
}

void gloss_diags_deinit(struct gloss_diags *d)
{
    for (size_t i = 0; i < d->n; i++)
        diag_deinit(&d->items[i]);
    free(d->items);
    *d = (struct gloss_diags){0};
}

/* The length in bytes of the character at an offset. */
static size_t char_length(struct gloss_span s, size_t at)
{
    size_t columns;

    return display_width_of_first(gloss_span(s.ptr + at, s.len - at), &columns);
}

/* Whether a character is a control character of ASCII (C0, DEL) or of Unicode (C1), or a broken
 * byte. */
static bool is_control(const char *ptr, size_t length)
{
    unsigned char c = (unsigned char)ptr[0];

    return length == 1 ? c < 0x20 || c >= 0x7f : c == 0xc2 && (unsigned char)ptr[1] < 0xa0;
}

static void append_visible(struct gloss_buf *out, struct gloss_span s, bool keep_tabs)
{
    for (size_t i = 0, n; i < s.len; i += n) {
        n = char_length(s, i);
        if (is_control(s.ptr + i, n) && !(keep_tabs && s.ptr[i] == '\t'))
            gloss_buf_char(out, '?');
        else
            gloss_buf_append(out, s.ptr + i, n);
    }
}

/* Appends blanks for as many columns as a text takes. Its tabs stay tabs. */
static void append_blanks(struct gloss_buf *out, struct gloss_span s)
{
    size_t columns;

    for (size_t i = 0; i < s.len;) {
        bool tab = s.ptr[i] == '\t';

        i += display_width_of_first(gloss_span(s.ptr + i, s.len - i), &columns);
        for (size_t n = 0; n < columns; n++)
            gloss_buf_char(out, tab ? '\t' : ' ');
    }
}

/* The offset of the character in a column; the length of the text where it has fewer. */
static size_t column_offset(struct gloss_span s, unsigned column)
{
    size_t at = 0;

    for (unsigned i = 1; i < column && at < s.len; i++)
        at += char_length(s, at);
    return MIN(at, s.len);
}

/* The part of a line that is shown: all of it, or whole characters around the caret. */
static void excerpt_window(struct gloss_span s, size_t caret, size_t *ret_begin, size_t *ret_end)
{
    size_t begin = 0, end = 0;

    if (s.len > EXCERPT_MAX && caret > EXCERPT_MAX / 2)
        while (begin < caret - EXCERPT_MAX / 2)
            begin += char_length(s, begin);
    for (end = begin; end < s.len; end += char_length(s, end))
        if (end - begin >= EXCERPT_MAX)
            break;
    *ret_begin = begin;
    *ret_end = MIN(end, s.len);
}

static void append_excerpt(const struct gloss_diag *d, struct gloss_buf *out)
{
    struct gloss_span line = gloss_span_str(d->excerpt);
    size_t caret = column_offset(line, d->column), begin, end;

    excerpt_window(line, caret, &begin, &end);
    gloss_buf_str(out, begin > 0 ? "  …" : "  ");
    append_visible(out, gloss_span(line.ptr + begin, end - begin), true);
    gloss_buf_str(out, end < line.len ? "…\n" : "\n");
    gloss_buf_str(out, begin > 0 ? "   " : "  ");
    append_blanks(out, gloss_span(line.ptr + begin, caret - begin));
    gloss_buf_str(out, "^\n");
}

void gloss_diag_format(const struct gloss_diag *d, struct gloss_buf *out)
{
    if (d->file) {
        append_visible(out, gloss_span_str(d->file[0] ? d->file : "''"), false);
        gloss_buf_char(out, ':');
    }
    if (d->file && d->line > 0) {
        gloss_buf_u64(out, d->line);
        gloss_buf_char(out, ':');
    }
    if (d->file && d->line > 0 && d->column > 0) {
        gloss_buf_u64(out, d->column);
        gloss_buf_char(out, ':');
    }
    if (d->file)
        gloss_buf_char(out, ' ');
    gloss_buf_str(out, d->level == GLOSS_DIAG_ERROR ? "error: " : "warning: ");
    append_visible(out, gloss_span_str(d->text), false);
    gloss_buf_char(out, '\n');
    if (d->excerpt && d->line > 0 && d->column > 0)
        append_excerpt(d, out);
}
