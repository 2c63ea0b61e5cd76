/* Widths by the few ranges that matter in logs: East Asian text (Unicode Standard Annex 11, wide
 * and full-width) and emoji take two columns, combining marks, which stand on the character before
 * them, take none. A terminal may know rare characters better; a table is then off by a column, and
 * nothing is lost. */

#include "core/base/display_width.h"

#include "core/base/digits.h"
#include "core/base/utf8.h"
#include "core/base/util.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define REPLACEMENT "\xef\xbf\xbd"

/* One character of a text. */
struct glyph {
    size_t len;              /* bytes that it takes in the text */
    struct gloss_span shown; /* what is written in its place */
    size_t columns;          /* that this takes */
};

struct range {
    uint32_t first, last;
};

static const struct range wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};
static const struct range marks[] = {
    {0x0300, 0x036f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};

static bool in_ranges(uint32_t c, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

/* The code point of a well-formed sequence of n bytes. */
static uint32_t decode(const char *bytes, size_t n)
{
    uint32_t c = (unsigned char)bytes[0];

    if (n == 1)
        return c;
    c &= 0xffU >> (n + 1);
    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((unsigned char)bytes[i] & 0x3f);
    return c;
}

static struct glyph glyph_at(struct gloss_span text)
{
    size_t n = utf8_sequence(text.ptr, text.len);
    uint32_t c = n > 0 ? decode(text.ptr, n) : 0xfffd;

    if (n == 0)
        return (struct glyph){1, gloss_span_str(REPLACEMENT), 1};
    if (c < 0x20 || (c >= 0x7f && c < 0xa0))
        return (struct glyph){n, gloss_span_str("?"), 1};
    if (in_ranges(c, marks, ARRAY_SIZE(marks)))
        return (struct glyph){n, gloss_span(text.ptr, n), 0};
    return (struct glyph){n, gloss_span(text.ptr, n), in_ranges(c, wide, ARRAY_SIZE(wide)) ? 2 : 1};
}

static struct gloss_span skip(struct gloss_span text, size_t n)
{
    return gloss_span(text.ptr + n, text.len - n);
}

size_t display_width_of(struct gloss_span text)
{
    size_t columns = 0;

    while (text.len > 0) {
        struct glyph g = glyph_at(text);

        columns += g.columns;
        text = skip(text, g.len);
    }
    return columns;
}

size_t display_width_of_first(struct gloss_span text, size_t *ret_columns)
{
    struct glyph g = glyph_at(text);

    *ret_columns = g.columns;
    return g.len;
}

/* Appends as many characters as fit and returns the columns they take. */
static size_t put_fitting(struct gloss_buf *out, struct gloss_span text, size_t max)
{
    size_t columns = 0;

    while (text.len > 0) {
        struct glyph g = glyph_at(text);

        if (columns + g.columns > max)
            break;
        gloss_buf_span(out, g.shown);
        columns += g.columns;
        text = skip(text, g.len);
    }
    return columns;
}

size_t display_width_put(struct gloss_buf *out, struct gloss_span text, size_t max, bool keep_end)
{
    size_t width = display_width_of(text);

    if (width <= max)
        return put_fitting(out, text, max);
    if (max == 0)
        return 0;
    if (!keep_end) {
        width = put_fitting(out, text, max - 1);
        gloss_buf_str(out, ELLIPSIS);
        return width + 1;
    }
    while (width > max - 1) {
        struct glyph g = glyph_at(text);

        width -= g.columns;
        text = skip(text, g.len);
    }
    gloss_buf_str(out, ELLIPSIS);
    return 1 + put_fitting(out, text, max - 1);
}

void display_width_put_padded(struct gloss_buf *out, struct gloss_span text, size_t width)
{
    size_t used = display_width_put(out, text, SIZE_MAX, /* keep_end= */ false);

    for (; used < width; used++)
        gloss_buf_char(out, ' ');
}

void display_width_put_number(struct gloss_buf *out, uint64_t n)
{
    char digits[DIGITS_U64];
    size_t len = digits_u64(digits, n);

    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            gloss_buf_char(out, ',');
        gloss_buf_char(out, digits[i]);
    }
}

size_t display_width_of_number(uint64_t n)
{
    char digits[DIGITS_U64];
    size_t len = digits_u64(digits, n);

    return len + (len - 1) / 3;
}
