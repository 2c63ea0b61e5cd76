/* An array that at least doubles when it is full. After the first failure nothing is appended any
 * more: a writer of forty fields asks once, at the end, and the text is a prefix of what it wrote.
 */

#include <gloss/buf.h>

#include "core/base/digits.h"
#include "core/base/escape.h"
#include "core/base/json_escape.h"
#include "core/base/util.h"

#include <stdarg.h>
#include <stdio.h>

char *gloss_buf_room(struct gloss_buf *b, size_t n)
{
    size_t want;

    if (b->failed)
        return NULL;
    if (__builtin_add_overflow(b->len, n, &want) || GROW(&b->ptr, &b->size, want) < 0) {
        b->failed = true;
        return NULL;
    }
    return b->ptr + b->len;
}

void gloss_buf_append(struct gloss_buf *b, const void *bytes, size_t n)
{
    char *room;

    if (n == 0)
        return;
    room = gloss_buf_room(b, n);
    if (!room)
        return;
    memcpy(room, bytes, n);
    b->len += n;
}

void gloss_buf_span(struct gloss_buf *b, struct gloss_span s)
{
    gloss_buf_append(b, s.ptr, s.len);
}

void gloss_buf_str(struct gloss_buf *b, const char *str)
{
    gloss_buf_append(b, str, strlen(str));
}

void gloss_buf_char(struct gloss_buf *b, char c)
{
    gloss_buf_append(b, &c, 1);
}

void gloss_buf_u64(struct gloss_buf *b, uint64_t n)
{
    char digits[DIGITS_U64];

    gloss_buf_append(b, digits, digits_u64(digits, n));
}

/* Formats twice: to learn the length, and into the text. vsnprintf() needs a byte more for its NUL.
 */
void gloss_buf_printf(struct gloss_buf *b, const char *format, ...)
{
    va_list args, again;
    char *room;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) {
        b->failed = true;
    } else {
        room = gloss_buf_room(b, (size_t)n + 1);
        if (room) {
            vsnprintf(room, (size_t)n + 1, format, again);
            b->len += (size_t)n;
        }
    }
    va_end(again);
}

void gloss_buf_json(struct gloss_buf *b, struct gloss_span s)
{
    escape_into_buf(b, s, json_escape);
}

void gloss_buf_clear(struct gloss_buf *b)
{
    b->len = 0;
    b->failed = false;
}

void gloss_buf_deinit(struct gloss_buf *b)
{
    free(b->ptr);
    *b = (struct gloss_buf){0};
}
