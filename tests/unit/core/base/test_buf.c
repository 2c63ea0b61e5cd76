/* Text under construction: appending, numbers, and JSON from any bytes. */

#include "core/base/json_escape.h"
#include "core/base/util.h"
#include "helpers/json.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>

static bool holds(const struct gloss_buf *b, const char *want)
{
    return gloss_span_equal(gloss_buf_view(b), gloss_span_str(want));
}

Test(buf, appends_what_it_is_given)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf b = {0};

    gloss_buf_append(&b, NULL, 0);
    cr_expect_eq(b.len, 0);
    gloss_buf_str(&b, "one");
    gloss_buf_char(&b, ',');
    gloss_buf_span(&b, gloss_span("two!", 3));
    gloss_buf_printf(&b, ",%s %d", "three", 3);
    cr_expect(holds(&b, "one,two,three 3"));
    gloss_buf_clear(&b);
    cr_expect_eq(b.len, 0);
    cr_expect_geq(b.size, 15);
}

Test(buf, grows_by_single_bytes_and_loses_none)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf b = {0};

    for (int i = 0; i < 100000; i++)
        gloss_buf_char(&b, (char)(i % 251));
    cr_assert_eq(b.len, 100000);
    for (int i = 0; i < 100000; i++)
        cr_assert_eq((unsigned char)b.ptr[i], i % 251, "byte %d", i);
}

Test(buf, numbers_are_those_of_printf)
{
    static const uint64_t numbers[] = {
        0,           1,          9,         10,         99,         100,
        4294967295U, 4294967296, INT64_MAX, UINT64_MAX, 1000000000, UINT64_C(10000000000000000000)};

    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf b = {0};
        char want[32];

        snprintf(want, sizeof(want), "%" PRIu64, numbers[i]);
        gloss_buf_u64(&b, numbers[i]);
        cr_expect(holds(&b, want), "%s", want);
    }
}

Test(buf, a_size_that_cannot_be_fails_for_good_until_cleared)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf b = {0};

    gloss_buf_str(&b, "kept");
    cr_expect_null(gloss_buf_room(&b, SIZE_MAX));
    cr_expect(b.failed);
    gloss_buf_str(&b, "dropped");
    cr_expect(holds(&b, "kept"));
    gloss_buf_clear(&b);
    gloss_buf_str(&b, "again");
    cr_expect(!b.failed && holds(&b, "again"));
}

Test(buf, json_escapes_what_rfc_8259_asks_for)
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

/* Rows: bytes and how many of them are no UTF-8, each to become U+FFFD. The rest is ASCII. */
Test(buf, each_byte_that_is_no_utf8_becomes_a_replacement_character)
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

/* Well-formed UTF-8 of every character comes back as it was. */
Test(buf, every_character_survives_json)
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

/* Cheap noise, the same each time. */
static uint32_t noise(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

Test(buf, any_noise_becomes_valid_json)
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

/* Long text is escaped in pieces; where they meet must not show. */
Test(buf, a_character_on_a_seam_between_two_pieces_stays_whole)
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

Test(buf, what_a_terminal_would_obey_is_made_visible)
{
    static const struct {
        struct gloss_span in;
        const char *want;
    } rows[] = {
        {{"tab\tand text", 12}, "tab\tand text"},
        {{"\x1b[31mred\x07\r", 10}, "^[[31mred^G^M"},
        {{"\0\x7f", 2}, "^@^?"},
        {{"\xE4\xB8\x8A\xC2\xA0", 5}, "\xE4\xB8\x8A\xC2\xA0"},
        {{"\xC2\x9B"
          "31m\x80",
          6},
         "\xEF\xBF\xBD"
         "31m\xEF\xBF\xBD"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf b = {0};

        json_escape_buf(&b, rows[i].in, json_escape_visible);
        cr_expect(holds(&b, rows[i].want), "row %zu: %.*s", i, (int)b.len, b.ptr);
        cr_expect_eq(json_escape_is_visible(rows[i].in),
                     gloss_span_equal(rows[i].in, gloss_buf_view(&b)), "row %zu", i);
    }
}
