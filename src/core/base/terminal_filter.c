/* The text is taken apart into units. Whoever writes a log chooses its bytes, and our own colours
 * stand between them, so the filter sees the stream as the terminal will see it: behind all that
 * makes output. Nobody can put together a sequence from pieces that are harmless one by one.
 *
 * Colours are a list of what is allowed, not of what is forbidden: ESC [ 11 m makes the console of
 * Linux show another alphabet until it is reset, and terminals take numbers that they do not know
 * in their own ways. */

#include "core/base/terminal_filter.h"

#include "core/base/escape.h"
#include "core/base/terminal_escape.h"
#include "core/base/utf8.h"
#include "core/base/util.h"

#include <stdint.h>
#include <string.h>

#define COLOR_END "\x1b[0m"
#define NUMBERS_MAX 16 /* of one colour sequence */

enum kind {
    TEXT,     /* nothing that a terminal obeys, but tabs */
    LINE_END, /* LF or CR LF */
    COLOR,    /* an allowed colour sequence */
    CONTROL,  /* one control character, or a broken byte */
};

/* A unit at the beginning of a text. */
struct unit {
    enum kind kind;
    size_t len;   /* 0: further bytes decide */
    bool colored; /* of a COLOR: letters look different behind it */
};

/* ---- colours ---- */

/* How many of the n numbers are one colour of the 256, or of all, behind 38 or 48. 0: none. */
static size_t long_color(const unsigned *numbers, size_t n)
{
    if (n >= 3 && numbers[1] == 5)
        return 3;
    return n >= 5 && numbers[1] == 2 ? 5 : 0;
}

static bool is_allowed(unsigned number)
{
    return number <= 7 || number == 9 || (number >= 21 && number <= 49 && number != 26) ||
           (number >= 90 && number <= 107);
}

/* Whether all numbers are allowed; *ret_colored is how letters look behind them. */
static bool check_numbers(const unsigned *numbers, size_t n, bool *ret_colored)
{
    *ret_colored = false;
    for (size_t i = 0; i < n;) {
        bool is_long = numbers[i] == 38 || numbers[i] == 48;
        size_t took = is_long ? long_color(numbers + i, n - i) : is_allowed(numbers[i]);

        if (took == 0)
            return false;
        *ret_colored = numbers[i] != 0;
        i += took;
    }
    return true;
}

/* The numbers between ESC [ and m; one that is left out is 0. Returns how many, 0: they are not
 * well-formed. */
static size_t read_numbers(const char *text, size_t n, unsigned numbers[NUMBERS_MAX])
{
    size_t count = 1;

    numbers[0] = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] == ';') {
            if (count == NUMBERS_MAX)
                return 0;
            numbers[count++] = 0;
            continue;
        }
        numbers[count - 1] = numbers[count - 1] * 10 + (unsigned)(text[i] - '0');
        if (numbers[count - 1] > 255)
            return 0;
    }
    return count;
}

/* What begins with ESC. */
static struct unit escape_unit(const char *text, size_t n)
{
    unsigned numbers[NUMBERS_MAX];
    struct unit color = {.kind = COLOR}, control = {.kind = CONTROL, .len = 1};
    size_t limit = MIN(n, (size_t)TERMINAL_FILTER_MAX), end = 2, count;

    if (n > 1 && text[1] != '[')
        return control;
    while (end < limit && ((text[end] >= '0' && text[end] <= '9') || text[end] == ';'))
        end++;
    if (end >= limit)
        return n < TERMINAL_FILTER_MAX ? color : control;
    if (text[end] != 'm')
        return control;
    count = read_numbers(text + 2, end - 2, numbers);
    color.len = end + 1;
    return check_numbers(numbers, count, &color.colored) && count > 0 ? color : control;
}

/* ---- units ---- */

/* How many bytes at the beginning are plain letters of ASCII, or tabs. */
static size_t plain_run(const char *text, size_t n)
{
    size_t i = 0;

    while (i < n && (((uint8_t)text[i] >= 0x20 && (uint8_t)text[i] < 0x7F) || text[i] == '\t'))
        i++;
    return i;
}

/* What begins with a byte above 0x7F. */
static struct unit wide_unit(const char *text, size_t n)
{
    size_t len = utf8_sequence(text, n);

    if (len == 0)
        return (struct unit){.kind = CONTROL, .len = utf8_unfinished(text, n) != n};
    if ((uint8_t)text[0] == 0xC2 && (uint8_t)text[1] < 0xA0)
        return (struct unit){.kind = CONTROL, .len = len};
    return (struct unit){.kind = TEXT, .len = len};
}

/* @n  at least 1. */
static struct unit next_unit(const char *text, size_t n)
{
    size_t plain = plain_run(text, n);

    if (plain > 0)
        return (struct unit){.kind = TEXT, .len = plain};
    if ((uint8_t)text[0] >= 0x80)
        return wide_unit(text, n);
    switch (text[0]) {
    case '\n':
        return (struct unit){.kind = LINE_END, .len = 1};
    case '\r':
        if (n == 1)
            return (struct unit){.kind = LINE_END};
        return text[1] == '\n' ? (struct unit){.kind = LINE_END, .len = 2}
                               : (struct unit){.kind = CONTROL, .len = 1};
    case '\x1b':
        return escape_unit(text, n);
    default:
        return (struct unit){.kind = CONTROL, .len = 1};
    }
}

static void end_color(struct terminal_filter *f, struct gloss_buf *out)
{
    if (f->colored)
        gloss_buf_str(out, COLOR_END);
    f->colored = false;
}

static void put_unit(struct terminal_filter *f, struct unit unit, const char *text,
                     struct gloss_buf *out)
{
    if (unit.kind == CONTROL) {
        escape_into_buf(out, gloss_span(text, unit.len), terminal_escape);
        return;
    }
    if (unit.kind == LINE_END)
        end_color(f, out);
    if (unit.kind == COLOR)
        f->colored = unit.colored;
    gloss_buf_append(out, text, unit.len);
}

/* Takes units off the text until further bytes must decide. Returns how many bytes that took. */
static size_t put_units(struct terminal_filter *f, struct gloss_span text, struct gloss_buf *out)
{
    size_t at = 0;

    while (at < text.len) {
        struct unit unit = next_unit(text.ptr + at, text.len - at);

        if (unit.len == 0)
            break;
        put_unit(f, unit, text.ptr + at, out);
        at += unit.len;
    }
    return at;
}

/* Takes what is decided off the front of the held bytes. */
static void put_held(struct terminal_filter *f, struct gloss_buf *out)
{
    size_t took = put_units(f, gloss_span(f->held, f->n_held), out);

    f->n_held -= took;
    memmove(f->held, f->held + took, f->n_held);
}

void terminal_filter_write(struct terminal_filter *f, struct gloss_span text, struct gloss_buf *out)
{
    size_t rest;

    /* Byte by byte until the piece begins with a unit of its own. */
    while (f->n_held > 0 && text.len > 0) {
        f->held[f->n_held++] = *text.ptr;
        text = gloss_span(text.ptr + 1, text.len - 1);
        put_held(f, out);
    }
    rest = text.len - put_units(f, text, out);
    if (rest > 0)
        memcpy(f->held, text.ptr + text.len - rest, rest);
    f->n_held += rest;
}

void terminal_filter_end(struct terminal_filter *f, struct gloss_buf *out)
{
    escape_into_buf(out, gloss_span(f->held, f->n_held), terminal_escape);
    end_color(f, out);
    *f = (struct terminal_filter){0};
}
