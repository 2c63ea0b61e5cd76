/* Escape sequences as they are read backwards here, against a pattern of PCRE2 that says what they
 * are. */

#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/base/util.h"
#include "core/regex/escape_boundary.h"
#include "helpers/oracle.h"
#include "helpers/rng.h"

#include <criterion/criterion.h>
#include <pcre2.h>
#include <stdio.h>

static pcre2_code *compile(const char *format)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf pattern = {0};
    pcre2_code *code;
    size_t at;
    int error;

    gloss_buf_printf(&pattern, format, oracle_escape);
    code = pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len, 0, &error, &at, NULL);
    cr_assert_not_null(code);
    return code;
}

/* Writes a text in which escape sequences, complete and incomplete, are frequent. */
static size_t write_text(char *text, size_t n, uint32_t *random)
{
    static const char *const pieces[] = {"\\",    "\\",    "\\",   "\\n", "\\u",     "00",  "1b",
                                         "\\x1b", "\\033", "#033", "#",   "\x1b",    "[",   "31",
                                         ";",     " ",     "!/",   "m",   "H",       "%",   "0A",
                                         "e9",    "r",     "t",    "\\f", "\\u001B", "?<=", "\xff"};
    size_t len = 0;

    while (len < n) {
        const char *p = pieces[rng_next(random) % ARRAY_SIZE(pieces)];

        while (*p && len < n)
            text[len++] = *p++;
        if (rng_next(random) % 40 == 0 && len < n)
            text[len++] = '\0';
    }
    return len;
}

/* Expects that each sequence which PCRE2 finds to end at `at`, and which does not begin before
 * `from`, begins at one of the offsets that were found. */
static void check_begins(pcre2_code *ends_here, pcre2_match_data *data, const char *text,
                         size_t from, size_t at)
{
    size_t begins[ESCAPE_MAX], n = escape_boundary_begins(text, from, at, begins);

    cr_assert_leq(n, (size_t)ESCAPE_MAX);
    for (size_t start = from; start < at; start++) {
        bool named = false;

        if (pcre2_match(ends_here, (PCRE2_SPTR)text, at, start, PCRE2_ANCHORED, data, NULL) < 0)
            continue;
        for (size_t i = 0; i < n; i++)
            named |= begins[i] == start;
        cr_assert(named, "'%.*s' ends at %zu and begins at %zu, looked at from %zu", (int)at, text,
                  at, start, from);
    }
}

Test(escape_boundary, no_escape_sequence_before_a_place_is_missed)
{
    pcre2_code *ends_here = compile("(?:%s)\\z");
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(ends_here, NULL);
    uint32_t random = 5;
    char text[40];

    for (int round = 0; round < 3000; round++) {
        size_t len = write_text(text, sizeof(text), &random);

        for (size_t at = 0; at <= len; at++)
            check_begins(ends_here, data, text, MIN(at, rng_next(&random) % 8), at);
    }
    pcre2_match_data_free(data);
    pcre2_code_free(ends_here);
}
