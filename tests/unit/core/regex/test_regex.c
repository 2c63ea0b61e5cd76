/* The wrapper's own promises: borders, places of errors, parts of lines, limits, names of groups.
 */

#include "core/base/util.h"
#include "core/regex/regex.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct regex_env *env(void)
{
    struct regex_env *e;

    cr_assert_eq(regex_env_new(&e, 0, 0), 0);
    return e;
}

/* The offsets at which a pattern matches in a whole line, as "BEGIN-END", or "none". */
static const char *place(const char *pattern, unsigned flags, const char *line, size_t start,
                         char ret[32])
{
    CLEANUP(regex_env_freep) struct regex_env *e = env();
    CLEANUP(regex_freep) struct regex *re = NULL;
    struct regex_subject s = {line, strlen(line), true, true};
    struct regex_error error;
    struct text_range m;

    cr_assert_eq(regex_compile(&re, e, gloss_span_str(pattern), flags, &error), 0, "%s", pattern);
    if (regex_exec(re, &s, start, &m) == 1)
        snprintf(ret, 32, "%zu-%zu", m.begin, m.end);
    else
        strcpy(ret, "none");
    return ret;
}

Test(regex, borders_are_those_of_a_name)
{
    static const struct {
        const char *pattern, *line;
        unsigned flags;
        const char *where;
    } cases[] = {
        {"AB", "xAB", 0, "1-3"},
        {"AB", "xAB AB", REGEX_BORDERED, "4-6"},
        {"AB", "ABx AB_ AB9 AB", REGEX_BORDERED, "12-14"},
        {"AB",
         "\xe4\xb8\xad"
         "AB\xe4",
         REGEX_BORDERED, "3-5"},
        {"AB", "\\nAB", REGEX_BORDERED, "2-4"},
        {"AB", "\\\\nAB", REGEX_BORDERED, "none"},
        {"AB", "\\\\\\nAB", REGEX_BORDERED, "4-6"},
        {"AB", "\\vAB", REGEX_BORDERED, "none"},
        {"AB", "\\u000aAB", REGEX_BORDERED, "6-8"},
        {"AB", "\\u00aAB", REGEX_BORDERED, "none"},
        {"AB", "%0aAB", REGEX_BORDERED, "3-5"},
        {"AB", "%gaAB", REGEX_BORDERED, "none"},
        {"AB", "\x1b[1;31mAB", REGEX_BORDERED, "7-9"},
        {"AB", "\\x1b[mAB", REGEX_BORDERED, "6-8"},
        {"AB", "\\033[0KAB", REGEX_BORDERED, "7-9"},
        {"AB", "#033[0mAB", REGEX_BORDERED, "7-9"},
        {"AB", "\\u001b[0mAB", REGEX_BORDERED, "9-11"},
        {"AB", "033[0mAB", REGEX_BORDERED, "none"},
        {"AB", "\\nAB AB", REGEX_BEHIND_BORDER, "5-7"},
        {"AB", "AB \\nAB", REGEX_BEHIND_ESCAPE, "5-7"},
        {"AB", "x AB", REGEX_ANCHORED, "none"},
        {"AB", "ABx", REGEX_ANCHORED, "0-2"},
        {"A|B", "xB", REGEX_ANCHORED, "none"},
        {"A|BC", "xA BC", REGEX_BORDERED, "3-5"},
        {"\\QA.", "xA A.", REGEX_BORDERED, "3-5"},
    };
    char where[32];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        cr_expect_str_eq(place(cases[i].pattern, cases[i].flags, cases[i].line, 0, where),
                         cases[i].where, "%s in '%s': %s", cases[i].pattern, cases[i].line, where);
}

Test(regex, a_search_begins_where_it_is_told_and_still_sees_what_is_before)
{
    char where[32];

    cr_expect_str_eq(place("AB", REGEX_BORDERED, "xAB", 1, where), "none");
    cr_expect_str_eq(place("AB", REGEX_BORDERED, "AB AB", 1, where), "3-5");
    cr_expect_str_eq(place("AB", REGEX_BORDERED, "\\nAB", 1, where), "none");
    cr_expect_str_eq(place("AB", REGEX_ANCHORED, "xAB", 1, where), "1-3");
}

Test(regex, an_error_is_placed_in_the_pattern_the_user_wrote)
{
    static const unsigned flags[] = {0, REGEX_BORDERED, REGEX_ANCHORED,
                                     REGEX_BEHIND_ESCAPE | REGEX_ANCHORED};
    CLEANUP(regex_env_freep) struct regex_env *e = env();

    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        struct regex *re = NULL;
        struct regex_error error = {0};

        cr_expect_eq(regex_compile(&re, e, gloss_span_str("ab*?*c"), flags[i], &error),
                     REGEX_E_SYNTAX);
        cr_expect_eq(error.offset, 4, "%zu", error.offset);
        cr_expect(strstr(error.text, "quantifier"), "%s", error.text);
    }
}

Test(regex, line_begin_and_end_are_those_of_the_line_not_of_the_part)
{
    static const struct {
        const char *pattern;
        bool begins, ends;
        int found;
    } cases[] = {{"^ab", true, false, 1},
                 {"^ab", false, true, 0},
                 {"ab$", false, true, 1},
                 {"ab$", true, false, 0},
                 {"ab", false, false, 1}};
    CLEANUP(regex_env_freep) struct regex_env *e = env();

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(regex_freep) struct regex *re = NULL;
        struct regex_subject s = {"ab", 2, cases[i].begins, cases[i].ends};
        struct regex_error error;
        struct text_range m;

        cr_assert_eq(regex_compile(&re, e, gloss_span_str(cases[i].pattern), 0, &error), 0);
        cr_expect_eq(regex_exec(re, &s, 0, &m), cases[i].found, "case %zu", i);
    }
}

Test(regex, a_limit_is_told_and_the_next_search_is_as_good_as_the_first)
{
    CLEANUP(regex_env_freep) struct regex_env *e = env();
    CLEANUP(regex_freep) struct regex *re = NULL;
    struct regex_subject bad = {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", 42, true, true};
    struct regex_subject good = {"xaa", 3, true, true};
    struct regex_error error;
    struct text_range m = {0};

    cr_assert_eq(regex_compile(&re, e, gloss_span_str("(a+)+$"), 0, &error), 0);
    cr_expect_eq(regex_exec(re, &bad, 0, &m), REGEX_E_LIMIT);
    cr_expect_eq(regex_exec(re, &good, 0, &m), 1);
    cr_expect_eq(m.begin, 1);
}

Test(regex, named_groups_have_names_numbers_and_places)
{
    CLEANUP(regex_env_freep) struct regex_env *e = env();
    CLEANUP(regex_freep) struct regex *re = NULL;
    struct regex_subject s = {"k=v", 3, true, true};
    struct regex_error error;
    struct text_range m, key, none;
    uint32_t group;

    cr_assert_eq(regex_compile(&re, e, gloss_span_str("(?<key>\\w)=(?:(?<no>\\d)|\\w)"), 0, &error),
                 0);
    cr_expect_eq(regex_n_names(re), 2);
    cr_expect(regex_has_name(re, gloss_span_str("key")));
    cr_expect_not(regex_has_name(re, gloss_span_str("ke")));
    cr_assert_eq(regex_exec(re, &s, 0, &m), 1);
    cr_expect_str_eq(regex_name(re, 0, &group), "key");
    cr_expect(regex_group(re, group, &key) && key.begin == 0 && key.end == 1);
    cr_expect_str_eq(regex_name(re, 1, &group), "no");
    cr_expect_not(regex_group(re, group, &none));
    cr_expect_not(regex_group(re, 7, &none));
}

Test(regex, what_was_looked_at_before_a_reset_is_where_a_match_began)
{
    CLEANUP(regex_env_freep) struct regex_env *e = env();
    CLEANUP(regex_freep) struct regex *re = NULL;
    struct regex_subject s = {"  ab cd", 7, true, true};
    struct regex_error error;
    struct text_range m;

    cr_assert_eq(regex_compile(&re, e, gloss_span_str("ab \\Kcd"), 0, &error), 0);
    cr_assert_eq(regex_exec(re, &s, 0, &m), 1);
    cr_expect_eq(m.begin, 5);
    cr_expect_eq(regex_began(re), 2);
}
