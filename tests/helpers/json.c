/* A strict reader of JSON by recursive descent: one function per rule of the grammar, each of which
 * moves `at` behind what it read or leaves a reason. UTF-8 is decoded to a number first and judged
 * by that number, unlike the table that the library goes by. */

#include "helpers/json.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define DEPTH_MAX 64

struct json {
    const char *at, *end;
    const char *error;
    int depth;
};

static bool fail(struct json *j, const char *reason)
{
    if (!j->error)
        j->error = reason;
    return false;
}

static int peek(const struct json *j)
{
    return j->at < j->end ? (unsigned char)*j->at : -1;
}

static bool expect(struct json *j, char c, const char *reason)
{
    if (peek(j) != c)
        return fail(j, reason);
    j->at++;
    return true;
}

static void blanks(struct json *j)
{
    while (peek(j) == ' ' || peek(j) == '\t' || peek(j) == '\n' || peek(j) == '\r')
        j->at++;
}

/* A character of more than one byte: decoded, then the shortest form is asked for. */
static bool character(struct json *j)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned lead = (unsigned char)*j->at;
    int len = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    uint32_t point = lead & (0xFFU >> (len + 1));

    if (lead < 0xC0 || lead >= 0xF8 || j->end - j->at < len)
        return fail(j, "not UTF-8");
    for (int i = 1; i < len; i++) {
        unsigned byte = (unsigned char)j->at[i];

        if ((byte & 0xC0) != 0x80)
            return fail(j, "not UTF-8: a byte that continues nothing");
        point = point << 6 | (byte & 0x3F);
    }
    if (point < least[len] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF))
        return fail(j, "not UTF-8: a character that does not exist");
    j->at += len;
    return true;
}

static bool escape(struct json *j)
{
    int c = peek(j);

    if (c < 0 || !strchr("\"\\/bfnrtu", c))
        return fail(j, "unknown escape");
    j->at++;
    for (int i = 0; c == 'u' && i < 4; i++) {
        int digit = peek(j);

        if (digit < 0 || digit == 0 || !strchr("0123456789abcdefABCDEF", digit))
            return fail(j, "\\u without four digits");
        j->at++;
    }
    return true;
}

static bool string(struct json *j)
{
    if (!expect(j, '"', "a string was expected"))
        return false;
    for (int c = peek(j); c != '"'; c = peek(j)) {
        if (c < 0)
            return fail(j, "the string has no end");
        if (c < 0x20)
            return fail(j, "a bare control character");
        if (c >= 0x80) {
            if (!character(j))
                return false;
            continue;
        }
        j->at++;
        if (c == '\\' && !escape(j))
            return false;
    }
    j->at++;
    return true;
}

static bool digits(struct json *j)
{
    const char *begin = j->at;

    while (peek(j) >= '0' && peek(j) <= '9')
        j->at++;
    return j->at > begin || fail(j, "a digit was expected");
}

static bool number(struct json *j)
{
    if (peek(j) == '-')
        j->at++;
    if (peek(j) == '0')
        j->at++;
    else if (!digits(j))
        return false;
    if (peek(j) == '.') {
        j->at++;
        if (!digits(j))
            return false;
    }
    if (peek(j) == 'e' || peek(j) == 'E') {
        j->at++;
        if (peek(j) == '+' || peek(j) == '-')
            j->at++;
        return digits(j);
    }
    return true;
}

static bool word(struct json *j)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);

        if ((size_t)(j->end - j->at) >= n && memcmp(j->at, words[i], n) == 0) {
            j->at += n;
            return true;
        }
    }
    return fail(j, "no value begins like this");
}

static bool value(struct json *j);

static bool member(struct json *j, char close)
{
    blanks(j);
    if (close == '}' && (!string(j) || (blanks(j), !expect(j, ':', "':' was expected"))))
        return false;
    blanks(j);
    return value(j);
}

/* An object or an array. */
static bool container(struct json *j, char close)
{
    bool more;

    if (++j->depth > DEPTH_MAX)
        return fail(j, "too deep");
    j->at++;
    blanks(j);
    for (more = peek(j) != close; more; more = peek(j) == ',' && j->at++) {
        if (!member(j, close))
            return false;
        blanks(j);
    }
    j->depth--;
    return expect(j, close, "',' or the closing bracket was expected");
}

static bool value(struct json *j)
{
    int c = peek(j);

    if (c == '{')
        return container(j, '}');
    if (c == '[')
        return container(j, ']');
    if (c == '"')
        return string(j);
    return c == '-' || (c >= '0' && c <= '9') ? number(j) : word(j);
}

const char *json_error(struct gloss_span text)
{
    struct json j = {.at = text.ptr, .end = text.ptr + text.len};

    if (!value(&j))
        return j.error;
    return j.at == j.end ? NULL : "something follows the value";
}

struct gloss_span json_get(struct gloss_span text, const char *key)
{
    struct json j = {.at = text.ptr + 1, .end = text.ptr + text.len};
    bool object = *text.ptr == '{';

    for (size_t i = 0; j.at < j.end && *j.at != ']' && *j.at != '}'; i++) {
        struct gloss_span name, found;
        const char *begin;

        blanks(&j);
        begin = j.at;
        if (object) {
            string(&j);
            name = gloss_span(begin + 1, (size_t)(j.at - begin) - 2);
            blanks(&j);
            j.at++;
            blanks(&j);
            begin = j.at;
        }
        value(&j);
        found = gloss_span(begin, (size_t)(j.at - begin));
        if (object ? gloss_span_equal(name, gloss_span_str(key)) : strtoul(key, NULL, 10) == i)
            return found;
        blanks(&j);
        if (j.at < j.end && *j.at == ',')
            j.at++;
        blanks(&j);
    }
    return gloss_span(NULL, 0);
}

static void append_point(struct gloss_buf *out, unsigned long point)
{
    if (point < 0x80) {
        gloss_buf_char(out, (char)point);
    } else if (point < 0x800) {
        gloss_buf_char(out, (char)(0xC0 | point >> 6));
        gloss_buf_char(out, (char)(0x80 | (point & 0x3F)));
    } else {
        gloss_buf_char(out, (char)(0xE0 | point >> 12));
        gloss_buf_char(out, (char)(0x80 | (point >> 6 & 0x3F)));
        gloss_buf_char(out, (char)(0x80 | (point & 0x3F)));
    }
}

void json_unquote(struct gloss_span text, struct gloss_buf *out)
{
    static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";

    for (size_t i = 1; i + 1 < text.len; i++) {
        char c = text.ptr[i];
        const char *letter;

        if (c != '\\') {
            gloss_buf_char(out, c);
            continue;
        }
        c = text.ptr[++i];
        letter = strchr(letters, c);
        if (c == 'u') {
            char hex[5] = {0};

            memcpy(hex, text.ptr + i + 1, 4);
            append_point(out, strtoul(hex, NULL, 16));
            i += 4;
        } else {
            gloss_buf_char(out, letter ? meant[letter - letters] : c);
        }
    }
}
