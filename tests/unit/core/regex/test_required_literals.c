/* The required literals of patterns, against the matches that PCRE2 finds: each match must contain
 * one of the literals, and begin with one where `prefix` says so. */

#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/base/util.h"
#include "core/regex/required_literals.h"
#include "helpers/rng.h"

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

/* Writes a text of pieces of the pattern, so that the pattern matches now and then. */
static void write_text(const char *pattern, char *text, size_t n, uint32_t *random)
{
    size_t len = strlen(pattern);

    for (size_t i = 0; i < n; i++) {
        text[i] = pattern[rng_next(random) % len];
        if (rng_next(random) % 4 == 0)
            text[i] = "abcABC0 x"[rng_next(random) % 9];
        else if (rng_next(random) % 2 == 0 && i > 0) /* the next byte of the pattern */
            text[i] = pattern[(size_t)(strchr(pattern, text[i - 1])
                                           ? strchr(pattern, text[i - 1]) - pattern + 1
                                           : 0) %
                              len];
        if (text[i] == '\n')
            text[i] = ' ';
    }
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
    required_literals_of(gloss_span_str(pattern), NULL, &required);
    for (unsigned i = 0; required.n && i < rounds && good; i++) {
        write_text(pattern, text, sizeof(text), random);
        seen += check_text(code, &required, text, sizeof(text), &good);
        cr_expect(good, "'%s' matches in '%.*s' without '%.*s'%s", pattern, (int)sizeof(text), text,
                  required.items[0].len, required.items[0].bytes,
                  required.prefix ? " at its start" : "");
    }
    pcre2_code_free(code);
    return seen;
}

/* Patterns with every kind of syntax, in places where it matters. */
static const char *const all_sorts[] = {
    "abc",
    "abc+",
    "abc*",
    "abc?",
    "ab{2}c",
    "ab{0}c",
    "ab{0,}cd",
    "ab{1}cd",
    "ab{,2}cd",
    "ab{2,3}cd",
    "a|bc",
    "abc|bca",
    "(abc|ab)c",
    "(?:ab|a)(?:bc|c)",
    "(abc)?abx",
    "(?i)abc",
    "(?i:ab)cab",
    "ab(?i)ca|bc",
    "(?-i)abc",
    "(?i)a(?-i:bc)ab",
    "a[bc]a",
    "a[^b]ca",
    "a[b-c]abc",
    "[]a]bc",
    "[^]a]bc",
    "[[:alpha:]]abc",
    "[[:a]|ab[b:]]abc",
    "[a\\]]bca",
    "[\\d]abc",
    "[ab\\x63]abc",
    "\\Qa.b\\Ecab",
    "\\Qab\\E*cab",
    "a\\Q\\E*bca",
    "\\Qab",
    "ab(?#x)*cab",
    "ab(?#x)cab",
    "ab\\Q\\E(?#x)+bc",
    "(?=abc)a",
    "(?!abc)abx",
    "(?<=ab)cab",
    "(?<!ab)cab",
    "abc$",
    "^abc",
    "\\babc\\b",
    "abc\\K.",
    "ab\\Kcab",
    "a\\x62c",
    "a\\x{62}c",
    "\\ebc",
    "a\\.bc",
    "(a|b)\\1c",
    "(?<n>abc)x",
    "(?P<n>abc)x",
    "(?'n'abc)x",
    "(?>abc|ab)c",
    "(?|abc|bca)",
    "(abc(?:ab(?:ca|bc))+)+",
    "abc++",
    "abc*?a",
    "(?:abc)+?ab",
    "(?:abc){2}",
    "(?:abc){0,1}ab",
    "(?:abc|)abx",
    "(?:|abc)bca",
    "((((abc))))",
    "ab.ca",
    "ab\\wca",
    "ab\\sca",
    "x*abc",
    "x?abc",
    "(?x)a b c",
    "(?s)ab.c",
    "(?U)abc+",
    "(*ACCEPT)abc",
    "ab(*ACCEPT)c",
    "ab(*SKIP)c",
    "\\Gabc",
    "\\Aabc",
    "abc\\z",
    "\\Nabc",
    "(?(?=a)abc|bca)",
    "(?<a>ab)(?(a)ca|bc)",
    "(abc)(?1)",
    "a(?R)?bc",
    "ab\\E*ca",
};

Test(required_literals, is_in_every_match_of_patterns_with_all_sorts_of_syntax)
{
    uint32_t random = 31;

    for (size_t i = 0; i < ARRAY_SIZE(all_sorts); i++)
        check(all_sorts[i], &random, 3000);
}

/* ---- random patterns ---- */

static void put_pattern(struct gloss_buf *out, unsigned depth, uint32_t *random);

static void put_atom(struct gloss_buf *out, unsigned depth, uint32_t *random)
{
    static const char *const odd[] = {".",      "\\w",   "[ab]",     "[^a]",  "\\b",  "^",
                                      "$",      "\\x61", "\\Qab\\E", "(?#c)", "(?i)", "[a-b]",
                                      "\\Q\\E", "[]b]",  "(?=a)",    "(?!b)", "\\.",  "\\K"};
    static const char *const open[] = {"(", "(?:", "(?i:", "(?>", "(?<n>", "(?-i:"};
    uint32_t kind = rng_next(random) % 10;

    if (kind < 6 || depth == 0) {
        gloss_buf_char(out, "abcAB"[rng_next(random) % 5]);
    } else if (kind < 8) {
        gloss_buf_str(out, odd[rng_next(random) % ARRAY_SIZE(odd)]);
    } else {
        gloss_buf_str(out, open[rng_next(random) % ARRAY_SIZE(open)]);
        put_pattern(out, depth - 1, random);
        gloss_buf_char(out, ')');
    }
}

static void put_pattern(struct gloss_buf *out, unsigned depth, uint32_t *random)
{
    static const char *const quantifiers[] = {"*", "+", "?", "{2}", "{0,2}", "+?", "{1,}", "*+"};

    for (uint32_t n = 1 + rng_next(random) % 5; n > 0; n--) {
        put_atom(out, depth, random);
        if (rng_next(random) % 5 == 0)
            gloss_buf_str(out, quantifiers[rng_next(random) % ARRAY_SIZE(quantifiers)]);
        if (rng_next(random) % 7 == 0)
            gloss_buf_char(out, '|');
    }
}

Test(required_literals, is_in_every_match_of_patterns_made_at_random)
{
    uint32_t random = 1234567;
    size_t seen = 0;

    for (int i = 0; i < 20000; i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf pattern = {0};

        put_pattern(&pattern, 3, &random);
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
        required_literals_of(gloss_span_str(cases[i].pattern), NULL, &r);
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
        required_literals_count(gloss_span_str(pattern), &census);
    }
    for (int i = 0; i < 100; i++) {
        snprintf(pattern, sizeof(pattern), "connection [a-z]+ refused, code %03d", i);
        snprintf(wanted, sizeof(wanted), "code %03d", i);
        required_literals_of(gloss_span_str(pattern), &census, &r);
        cr_expect_eq(r.n, 1);
        cr_expect_not(r.prefix);
        cr_expect_not_null(memmem(r.items[0].bytes, r.items[0].len, wanted, strlen(wanted)), "%.*s",
                           r.items[0].len, r.items[0].bytes);
    }
    required_literals_of(gloss_span_str("connection [a-z]+"), &census, &r);
    cr_expect(r.n == 1 && r.prefix, "where there is no other, a common one does");
}
