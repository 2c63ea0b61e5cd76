/* The places that an automaton names, against PCRE2 tried at each place: none is left out, and for
 * patterns that ask for nothing but bytes none is named for nothing. */

#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/base/util.h"
#include "core/regex/automaton.h"
#include "core/regex/required_literals.h"
#include "helpers/patterns.h"
#include "helpers/rng.h"

#include <criterion/criterion.h>
#include <pcre2.h>
#include <stdio.h>

#define TEXT 64

/* A pattern as PCRE2 and as the automaton see it. */
struct subject {
    const char *pattern;
    pcre2_code *code;
    pcre2_match_data *data;
    struct automaton *automaton;
    struct required_literals required;
    size_t memory;
};

static void subject_deinit(struct subject *s)
{
    pcre2_match_data_free(s->data);
    pcre2_code_free(s->code);
    automaton_free(s->automaton);
}

/* False: PCRE2 does not compile it, or there is no automaton for it. */
static bool subject_init(struct subject *s, const char *pattern)
{
    CLEANUP(arena_deinit) struct arena arena = {0};
    struct syntax_node *root;
    size_t at;
    int error;

    *s = (struct subject){.pattern = pattern};
    s->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                            PCRE2_NEVER_UTF | PCRE2_NEVER_UCP, &error, &at, NULL);
    if (!s->code || syntax_read(&root, gloss_span_str(pattern), &arena) != 0 ||
        automaton_new(&s->automaton, root, &s->memory) != 0)
        return false;
    s->data = pcre2_match_data_create_from_pattern(s->code, NULL);
    cr_assert_eq(required_literals_of(gloss_span_str(pattern), NULL, &s->required), 0);
    return true;
}

static bool matches_at(const struct subject *s, const char *text, size_t n, size_t at)
{
    return pcre2_match(s->code, (PCRE2_SPTR)text, n, at, PCRE2_ANCHORED, s->data, NULL) >= 0;
}

/* Walks over a text in pieces of some bytes, as if each were another walk. */
static uint64_t walk_whole(const struct subject *s, const char *text, size_t n, size_t piece)
{
    uint64_t marks = 0;
    struct automaton_walk w = {
        .automaton = s->automaton, .text = text, .at = n, .whole = true, .marks = &marks};

    automaton_start(&w, true);
    while (w.at > 0)
        cr_assert_eq(automaton_read(&w, w.at - MIN(w.at, piece)), 0);
    return marks;
}

/* The same by the literals that a match must hold. */
static uint64_t walk_from_literals(const struct subject *s, const char *text, size_t n)
{
    uint64_t marks = 0;
    struct automaton_walk w = {.automaton = s->automaton, .text = text, .marks = &marks};

    for (size_t at = n; at-- > 0;) {
        w.at = at + 1;
        cr_assert_eq(automaton_read(&w, at), 0);
        w.at = at;
        for (size_t i = 0; i < s->required.n; i++) {
            const struct required_literal *l = &s->required.items[i];
            struct automaton_literal literal;

            if (l->len > n - at || memcmp(text + at, l->bytes, l->len) != 0)
                continue;
            automaton_literal(s->automaton, gloss_span(l->bytes, l->len), &literal);
            automaton_meet(&w, &literal);
        }
    }
    return marks;
}

/* Returns how many places start a match. */
static size_t check_text(const struct subject *s, const char *text, bool exact, uint32_t *random)
{
    uint64_t whole = walk_whole(s, text, TEXT, 1 + rng_next(random) % TEXT);
    uint64_t local = s->required.n ? walk_from_literals(s, text, TEXT) : UINT64_MAX;
    size_t seen = 0;

    for (size_t at = 0; at < TEXT; at++) {
        bool matches = matches_at(s, text, TEXT, at);
        bool named = whole >> at & 1;

        seen += matches;
        cr_assert(!matches || named, "'%s' at %zu of '%.*s'", s->pattern, at, TEXT, text);
        cr_assert(!matches || local >> at & 1, "'%s' by its literals at %zu of '%.*s'", s->pattern,
                  at, TEXT, text);
        cr_assert(matches || !named || !exact, "'%s' for nothing at %zu of '%.*s'", s->pattern, at,
                  TEXT, text);
    }
    return seen;
}

static size_t check(const char *pattern, bool exact, unsigned rounds, uint32_t *random)
{
    struct subject s;
    char text[TEXT];
    size_t seen = 0;

    if (subject_init(&s, pattern))
        for (unsigned i = 0; i < rounds; i++) {
            pattern_text(pattern, text, TEXT, random);
            seen += check_text(&s, text, exact, random);
        }
    subject_deinit(&s);
    return seen;
}

Test(automaton, names_every_start_of_patterns_with_all_sorts_of_syntax)
{
    uint32_t random = 31;

    for (size_t i = 0; patterns_of_all_sorts[i]; i++)
        check(patterns_of_all_sorts[i], false, 1000, &random);
}

/* Whether it asks for nothing but bytes, so that a match is a path through the automaton. */
static bool is_plain(const char *pattern)
{
    static const char *const not_plain[] = {"(?=", "(?!", "\\b", "(?>", "*+", "++", "?+", "}+"};

    for (size_t i = 0; i < ARRAY_SIZE(not_plain); i++)
        if (strstr(pattern, not_plain[i]))
            return false;
    return true;
}

Test(automaton, names_every_start_of_patterns_made_at_random_and_only_starts_of_plain_ones)
{
    uint32_t random = 1234567;
    size_t seen = 0;

    for (int i = 0; i < 6000; i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf pattern = {0};

        pattern_at_random(&pattern, 3, &random);
        gloss_buf_char(&pattern, '\0');
        seen += check(pattern.ptr, is_plain(pattern.ptr), 10, &random);
    }
    cr_expect_gt(seen, 15000, "%zu", seen);
}

Test(automaton, names_only_starts_where_a_repetition_is_written_out)
{
    static const char *const patterns[] = {"a{2}b{2,3}c",       "(?:ab){1,3}c", "(?:a|b){0,3}?c",
                                           "a.{0,20}b",         "(?:ab?){40}c", "[a-c]{3}x",
                                           "(?:a{2}b{0,2}){2}", "^a|b$",        "(?:^|a)b(?:c|$)"};
    uint32_t random = 99;

    for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
        check(patterns[i], true, 1000, &random);
}

/* The number of steps worked out while a text of n bytes is read. */
static uint64_t worked_out(const struct subject *s, const char *text, size_t n)
{
    struct automaton_walk w = {.automaton = s->automaton, .text = text, .at = n, .whole = true};
    uint64_t before = automaton_worked_out(s->automaton);

    automaton_start(&w, true);
    cr_assert_eq(automaton_read(&w, 0), 0);
    return automaton_worked_out(s->automaton) - before;
}

Test(automaton, works_out_a_step_once)
{
    static const char *const patterns[] = {"user (?<u>.*) was denied", "(a+)+(a+)+y", "\\w+ \\d+x",
                                           "(?:[a-z]+_)+[A-Z]"};
    char text[20000];
    uint32_t random = 5;

    for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
        struct subject s;

        cr_assert(subject_init(&s, patterns[i]));
        pattern_text(patterns[i], text, sizeof(text), &random);
        cr_expect_lt(worked_out(&s, text, sizeof(text)), 500, "%s", patterns[i]);
        cr_expect_eq(worked_out(&s, text, sizeof(text)), 0, "%s", patterns[i]);
        subject_deinit(&s);
    }
}

/* Each of the last 200 bytes may be the end of a match or not: more states than a table holds. */
Test(automaton, whose_table_overflows_is_right_all_the_same)
{
    static char text[60000];
    static uint64_t marks[sizeof(text) / 64 + 1];
    struct subject s;
    uint32_t random = 17;

    cr_assert(subject_init(&s, "ab.{0,200}x.{7}y"));
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = "aaabbxy"[rng_next(&random) % 7];
    struct automaton_walk w = {
        .automaton = s.automaton, .text = text, .at = sizeof(text), .whole = true, .marks = marks};
    automaton_start(&w, true);
    cr_assert_eq(automaton_read(&w, 0), 0);
    for (size_t at = 0; at < sizeof(text); at++)
        cr_assert_eq(marks[at / 64] >> at % 64 & 1, matches_at(&s, text, sizeof(text), at), "%zu",
                     at);
    cr_expect_gt(automaton_worked_out(s.automaton), 2000);
    cr_expect_lt(s.memory, 300000);
    automaton_forget(s.automaton);
    cr_expect_eq(s.memory, 0);
    subject_deinit(&s);
}

Test(automaton, is_not_made_where_it_would_name_every_place)
{
    static const char *const patterns[] = {"a*", "(a)?", "\\1?(a)?", "(?:a|)", "$", "^"};

    for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
        CLEANUP(arena_deinit) struct arena arena = {0};
        struct syntax_node *root;
        struct automaton *a;
        size_t memory = 0;

        cr_assert_eq(syntax_read(&root, gloss_span_str(patterns[i]), &arena), 0);
        cr_expect_eq(automaton_new(&a, root, &memory), 1, "%s", patterns[i]);
    }
}
