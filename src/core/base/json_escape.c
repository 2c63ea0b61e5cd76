/* Escaping at the speed of copying.
 *
 * Log lines are mostly plain ASCII, with a quotation mark or a character of several bytes here and
 * there. So the input is cut into runs of bytes that need no escape, well-formed UTF-8 among them.
 * Plain ASCII is checked eight bytes at a time, a run is copied in one piece, and only the byte
 * that ends a run is looked at by itself:
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

static const char replacement[] = "\xEF\xBF\xBD";

/* Non-zero when one of the eight bytes is zero: Alan Mycroft's test, as Warren explains it in
 * Hacker's Delight, section 6-1. */
static uint64_t has_zero(uint64_t word)
{
    return (word - ONES) & ~word & HIGHS;
}

/* Whether none of eight bytes needs an escape, and all are ASCII. */
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

/* How many bytes at the start need no escape. */
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

/* The letter of the two-character escape that RFC 8259 has for a byte, or 0. */
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

/* Writes what stands for a byte that plain_run() stopped at; returns how many bytes that is. */
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

size_t json_escape(char *out, const char *bytes, size_t n)
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
