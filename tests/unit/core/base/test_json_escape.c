/* Any bytes as the inside of a JSON string, judged by the strict reader in helpers/json. */

#include "core/base/util.h"
#include "helpers/json.h"

#include <criterion/criterion.h>
#include <gloss/buf.h>

static bool holds(const struct gloss_buf *b, const char *want)
{
    return gloss_span_equal(gloss_buf_view(b), gloss_span_str(want));
}

Test(json_escape, what_rfc_8259_asks_for_is_escaped)
{
    static const struct {
        struct gloss_span in;
        const char *want;
    } rows[] = {
        {{"plain text, nothing to do at all", 32}, "plain text, nothing to do at all"},
        {{"a\"b\\c/d", 7}, "a\\\"b\\\\c/d"},
        {{"\b\f\n\r\t", 5}, "\\b\\f\\n\\r\\t"},
        {{"\0\x01\x1f\x7f", 4}, "\\u0000\\u0001\\u001f\x7f"},
        {{"\xE4\xB8\x8A\xE6\xB5\xB7 \xC3\xA9 \xF0\x9F\x98\x80", 14},
         "\xE4\xB8\x8A\xE6\xB5\xB7 \xC3\xA9 \xF0\x9F\x98\x80"},
        {{"", 0}, ""},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf b = {0};

        gloss_buf_json(&b, rows[i].in);
        cr_expect(holds(&b, rows[i].want), "row %zu: %.*s", i, (int)b.len, b.ptr);
    }
}

/* Rows: bytes, and how many of them are no UTF-8 and become U+FFFD. The others are ASCII. */
Test(json_escape, each_byte_that_is_no_utf8_becomes_a_replacement_character)
{
    static const struct {
        const char *in;
        size_t bad;
    } rows[] = {
        {"\x80", 1},
        {"\xBFx", 1},
        {"\xC0\x80", 2},
        {"\xC1\xBF", 2},
        {"\xC2x", 1},
        {"\xE0\x80\x80", 3},
        {"\xE0\x9F\xBF", 3},
        {"\xED\xA0\x80", 3},
        {"\xED\xBF\xBF", 3},
        {"\xF0\x80\x80\x80", 4},
        {"\xF0\x8F\xBF\xBF", 4},
        {"\xF4\x90\x80\x80", 4},
        {"\xF5\x80\x80\x80", 4},
        {"\xFF\xFE", 2},
        {"\xE4\xB8", 2},
        {"ab\xF0\x9F\x98", 3},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf b = {0};
        size_t found = 0;

        gloss_buf_json(&b, gloss_span_str(rows[i].in));
        for (size_t at = 0; at + 3 <= b.len; at++)
            found += memcmp(b.ptr + at, "\xEF\xBF\xBD", 3) == 0;
        cr_expect_eq(found, rows[i].bad, "row %zu", i);
        cr_expect_eq(b.len, strlen(rows[i].in) - found + 3 * found, "row %zu", i);
    }
}

/* Each character of Unicode, or one in 251 of the rare ones, is escaped and read back. */
Test(json_escape, every_character_survives_json)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf all = {0}, json = {0}, back = {0};

    for (uint32_t point = 0; point <= 0x10FFFF; point += point < 0x3000 ? 1 : 251) {
        char c[4];
        size_t n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;

        if (point >= 0xD800 && point <= 0xDFFF)
            continue;
        for (size_t i = n; i-- > 1;)
            c[i] = (char)(0x80 | (point >> 6 * (n - 1 - i) & 0x3F));
        c[0] = (char)(n == 1 ? point : (0xF0U << (4 - n)) | point >> 6 * (n - 1));
        gloss_buf_append(&all, c, n);
    }
    gloss_buf_char(&json, '"');
    gloss_buf_json(&json, gloss_buf_view(&all));
    gloss_buf_char(&json, '"');
    cr_assert_null(json_error(gloss_buf_view(&json)), "%s", json_error(gloss_buf_view(&json)));
    json_unquote(gloss_buf_view(&json), &back);
    cr_expect(gloss_span_equal(gloss_buf_view(&back), gloss_buf_view(&all)));
}

/* The next number of a linear congruential generator: the same sequence in each run. */
static uint32_t noise(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

Test(json_escape, any_noise_becomes_valid_json)
{
    static const char alphabet[] = "abc \"\\\n\x01\xE4\xB8\x8A\xC3\xA9\xF0\x9F\x98\x80\xED\xA0\x80";
    uint32_t state = 7;

    for (size_t len = 0; len < 20000; len = len * 5 / 4 + 1) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf in = {0}, json = {0};

        for (size_t i = 0; i < len; i++)
            gloss_buf_char(&in, alphabet[noise(&state) % (sizeof(alphabet) - 1)]);
        gloss_buf_char(&json, '"');
        gloss_buf_json(&json, gloss_buf_view(&in));
        gloss_buf_char(&json, '"');
        cr_expect_null(json_error(gloss_buf_view(&json)), "length %zu", len);
    }
}

/* Long text is escaped in pieces. A character that stands where two pieces meet must come out
 * whole. */
Test(json_escape, a_character_on_a_seam_between_two_pieces_stays_whole)
{
    for (size_t lead = 4080; lead < 4110; lead++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf in = {0}, out = {0};

        for (size_t i = 0; i < lead; i++)
            gloss_buf_char(&in, 'x');
        for (size_t i = 0; i < 3000; i++)
            gloss_buf_str(&in, "\xF0\x9F\x98\x80");
        gloss_buf_json(&out, gloss_buf_view(&in));
        cr_expect(gloss_span_equal(gloss_buf_view(&in), gloss_buf_view(&out)), "lead %zu", lead);
    }
}
