/* The required literals of patterns, against the matches that PCRE2 finds: each match must contain
 * one of the literals, and begin with one where `prefix` says so. */

#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/base/util.h"
#include "core/regex/required_literals.h"
#include "helpers/patterns.h"

#include <criterion/criterion.h>
#include <gloss/buf.h>
#include <pcre2.h>
#include <stdio.h>

static bool holds_one(const struct required_literals *required, const char *p, size_t n)
{
    for (size_t i = 0; i < required->n; i++) {
        const struct required_literal *l = &required->items[i];
        const char *at = memmem(p, n, l->bytes, l->len);

        if (at && (!required->prefix || (l->len <= n && memcmp(p, l->bytes, l->len) == 0)))
            return true;
    }
    return false;
}

/* Checks all matches in a text and returns how many there are. *ret_good becomes false where one
 * contains no required literal, or does not begin with one though it should. */
static size_t check_text(pcre2_code *code, const struct required_literals *required,
                         const char *text, size_t n, bool *ret_good)
{
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
    const size_t *pairs = pcre2_get_ovector_pointer(data);
    size_t seen = 0;

    for (size_t at = 0; at <= n;) {
        size_t began;

        if (pcre2_match(code, (PCRE2_SPTR)text, n, at, 0, data, NULL) < 0)
            break;
        began = pcre2_get_startchar(data);
        *ret_good &=
            holds_one(required, text + MIN(began, pairs[0]), pairs[1] - MIN(began, pairs[0]));
        at = began + 1;
        seen++;
    }
    pcre2_match_data_free(data);
    return seen;
}

/* Checks a pattern on many texts. Returns how many matches there were. */
static size_t check(const char *pattern, uint32_t *random, unsigned rounds)
{
    struct required_literals required;
    bool good = true;
    char text[48];
    size_t at, seen = 0;
    int error;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                                     PCRE2_NEVER_UTF | PCRE2_NEVER_UCP, &error, &at, NULL);

    if (!code)
        return 0;
    cr_assert_eq(required_literals_of(gloss_span_str(pattern), NULL, &required), 0);
    for (unsigned i = 0; required.n && i < rounds && good; i++) {
        pattern_text(pattern, text, sizeof(text), random);
        seen += check_text(code, &required, text, sizeof(text), &good);
        cr_expect(good, "'%s' matches in '%.*s' without '%.*s'%s", pattern, (int)sizeof(text), text,
                  required.items[0].len, required.items[0].bytes,
                  required.prefix ? " at its start" : "");
    }
    pcre2_code_free(code);
    return seen;
}

Test(required_literals, is_in_every_match_of_patterns_with_all_sorts_of_syntax)
{
    uint32_t random = 31;

    for (size_t i = 0; patterns_of_all_sorts[i]; i++)
        check(patterns_of_all_sorts[i], &random, 3000);
}

/* ---- random patterns ---- */

Test(required_literals, is_in_every_match_of_patterns_made_at_random)
{
    uint32_t random = 1234567;
    size_t seen = 0;

    for (int i = 0; i < 20000; i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf pattern = {0};

        pattern_at_random(&pattern, 3, &random);
        gloss_buf_char(&pattern, '\0');
        seen += check(pattern.ptr, &random, 40);
    }
    cr_expect_gt(seen, 10000, "%zu", seen);
}

/* ---- the literals are of use ---- */

Test(required_literals, is_known_where_a_filter_needs_it)
{
    static const struct {
        const char *pattern, *first;
        size_t n;
        bool prefix;
    } cases[] = {
        {"ORA-(?<number>\\d{5})", "ORA-", 1, true},
        {"(?:ONS|BIZ|EMPOWER)_[A-Z][A-Z0-9_]*", "ONS_", 3, true},
        {"ResponseCode=200", "ResponseCode=200", 1, true},
        {"\\w+Exception", "Exception", 1, false},
        {"(?i)no", "NO", 4, true},
        {"[0-9]+ (?:ms|sec) late", " ms late", 2, false},
        {"a", "", 0, false},
        {"\\d+", "", 0, false},
        {"foo|\\d+", "", 0, false},
    };
    struct required_literals r;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        cr_assert_eq(required_literals_of(gloss_span_str(cases[i].pattern), NULL, &r), 0);
        cr_expect_eq(r.n, cases[i].n, "%s: %zu", cases[i].pattern, r.n);
        cr_expect_eq(r.prefix, cases[i].prefix, "%s", cases[i].pattern);
        cr_expect(r.n == 0 || gloss_span_equal(gloss_span(r.items[0].bytes, r.items[0].len),
                                               gloss_span_str(cases[i].first)),
                  "%s: %.*s", cases[i].pattern, r.items[0].len, r.items[0].bytes);
    }
}

/* If the patterns of a family required what they all begin with, all would be tried wherever one
 * may stand. */
Test(required_literals, is_what_few_other_patterns_offer)
{
    struct literal_census census = {0};
    struct required_literals r;
    char pattern[64], wanted[32];

    for (int i = 0; i < 100; i++) {
        snprintf(pattern, sizeof(pattern), "connection [a-z]+ refused, code %03d", i);
        cr_assert_eq(required_literals_count(gloss_span_str(pattern), &census), 0);
    }
    for (int i = 0; i < 100; i++) {
        snprintf(pattern, sizeof(pattern), "connection [a-z]+ refused, code %03d", i);
        snprintf(wanted, sizeof(wanted), "code %03d", i);
        cr_assert_eq(required_literals_of(gloss_span_str(pattern), &census, &r), 0);
        cr_expect_eq(r.n, 1);
        cr_expect_not(r.prefix);
        cr_expect_not_null(memmem(r.items[0].bytes, r.items[0].len, wanted, strlen(wanted)), "%.*s",
                           r.items[0].len, r.items[0].bytes);
    }
    cr_assert_eq(required_literals_of(gloss_span_str("connection [a-z]+"), &census, &r), 0);
    cr_expect(r.n == 1 && r.prefix, "where there is no other, a common one does");
}
