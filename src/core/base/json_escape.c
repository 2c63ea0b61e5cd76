/* Escaping at the speed of copying.
 *
 * Log lines are mostly plain ASCII, with at times a quote or a character of several bytes. So the
 * input is taken as runs: bytes that go out as they are, well-formed UTF-8 among them, are found
 * eight at a time and copied together; only what stands between two runs is looked at by itself.
 *
 *     GET "/a" 上海      ->   run [GET ]  escape ["]  run [/a]  escape ["]  run [ 上海]
 */

#include "core/base/json_escape.h"

#include "core/base/utf8.h"
#include "core/base/util.h"

#include <stdbool.h>
#include <stdint.h>

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)
#define PIECE_BYTES 4096

static const char replacement[] = "\xEF\xBF\xBD";

/* Non-zero when one of the eight bytes is zero. */
static uint64_t has_zero(uint64_t word)
{
    return (word - ONES) & ~word & HIGHS;
}

/* Whether eight bytes are all printable ASCII that JSON takes as it is. */
static bool all_plain(const char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return (((word & HIGHS) | ((word - ONES * 0x20) & ~word & HIGHS) |
             has_zero(word ^ (ONES * '"')) | has_zero(word ^ (ONES * '\\'))) == 0);
}

static bool is_plain(char c)
{
    uint8_t byte = (uint8_t)c;

    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* How many bytes from the first one on need no escape. */
static size_t plain_run(const char *bytes, size_t n)
{
    size_t i = 0;

    while (i < n) {
        size_t len;

        if (n - i >= 8 && all_plain(bytes + i)) {
            i += 8;
            continue;
        }
        if (is_plain(bytes[i])) {
            i++;
            continue;
        }
        if ((uint8_t)bytes[i] < 0x80)
            break;
        len = utf8_sequence(bytes + i, n - i);
        if (len == 0)
            break;
        i += len;
    }
    return i;
}

/* The letter of a two-character escape, or 0. */
static char short_escape(char c)
{
    switch (c) {
    case '"':
    case '\\':
        return c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

static size_t escape_byte(char *out, char c)
{
    static const char hex[] = "0123456789abcdef";
    char letter = short_escape(c);
    uint8_t byte = (uint8_t)c;

    if (byte >= 0x80) {
        memcpy(out, replacement, 3);
        return 3;
    }
    out[0] = '\\';
    if (letter) {
        out[1] = letter;
        return 2;
    }
    memcpy(out + 1, "u00", 3);
    out[4] = hex[byte >> 4];
    out[5] = hex[byte & 15];
    return 6;
}

size_t json_escape_json(char *out, const char *bytes, size_t n)
{
    char *to = out;
    size_t i = 0;

    while (i < n) {
        size_t run = plain_run(bytes + i, n - i);

        memcpy(to, bytes + i, run);
        to += run;
        i += run;
        if (i < n)
            to += escape_byte(to, bytes[i++]);
    }
    return (size_t)(to - out);
}

/* The next piece of *rest that ends between two sequences, short enough that room for the worst
 * case stays small. */
static bool escape_piece(struct gloss_span *rest, struct gloss_span *ret_piece)
{
    size_t n = MIN(rest->len, (size_t)PIECE_BYTES);

    if (n == 0)
        return false;
    if (n < rest->len)
        n -= utf8_unfinished(rest->ptr, n);
    *ret_piece = gloss_span(rest->ptr, n);
    *rest = gloss_span(rest->ptr + n, rest->len - n);
    return true;
}

/* How many bytes from the first one on a terminal takes for text and nothing else. */
static size_t visible_run(const char *bytes, size_t n)
{
    size_t i = 0;

    while (i < n) {
        uint8_t byte = (uint8_t)bytes[i];
        size_t len;

        if ((byte < 0x20 && byte != '\t') || byte == 0x7F)
            break;
        if (byte < 0x80) {
            i++;
            continue;
        }
        len = utf8_sequence(bytes + i, n - i);
        if (len == 0 || (byte == 0xC2 && (uint8_t)bytes[i + 1] < 0xA0))
            break;
        i += len;
    }
    return i;
}

bool json_escape_is_visible(struct gloss_span bytes)
{
    return visible_run(bytes.ptr, bytes.len) == bytes.len;
}

/* Where visible_run() stopped there is a control character, of one byte or of two, or no UTF-8. */
size_t json_escape_visible(char *out, const char *bytes, size_t n)
{
    char *to = out;
    size_t i = 0;

    while (i < n) {
        size_t run = visible_run(bytes + i, n - i);

        memcpy(to, bytes + i, run);
        to += run;
        i += run;
        if (i == n)
            break;
        if ((uint8_t)bytes[i] < 0x80) {
            *to++ = '^';
            *to++ = (char)(bytes[i++] ^ 0x40);
            continue;
        }
        memcpy(to, replacement, 3);
        to += 3;
        i += MAX(utf8_sequence(bytes + i, n - i), (size_t)1);
    }
    return (size_t)(to - out);
}

void json_escape_spans(struct gloss_spans *out, struct gloss_span bytes, json_escape_fn escape)
{
    struct gloss_span piece;

    while (escape_piece(&bytes, &piece)) {
        char *room = gloss_spans_room(out, JSON_ESCAPE_GROWTH * piece.len);

        if (!room)
            return;
        gloss_spans_commit(out, escape(room, piece.ptr, piece.len));
    }
}

void json_escape_buf(struct gloss_buf *out, struct gloss_span bytes, json_escape_fn escape)
{
    struct gloss_span piece;

    while (escape_piece(&bytes, &piece)) {
        char *room = gloss_buf_room(out, JSON_ESCAPE_GROWTH * piece.len);

        if (!room)
            return;
        out->len += escape(room, piece.ptr, piece.len);
    }
}
