/* What is told from the spelling of a pattern. That a tree describes what PCRE2 matches is shown by
 * the tests of those who use trees. */

#include "core/base/util.h"
#include "core/regex/syntax.h"

#include <criterion/criterion.h>

static int read_text(const char *pattern, struct syntax_node **ret_root, struct arena *arena)
{
    return syntax_read(ret_root, gloss_span_str(pattern), arena);
}

Test(syntax, reach_is_bounded_where_no_repetition_is_open)
{
    static const struct {
        const char *pattern;
        size_t reach;
    } cases[] = {
        {"abc", 3},           {"a|bcd", 3},           {"a{2,5}", 5},
        {"(?:ab){3}c?", 7},   {"ORA-\\d{5}", 9},      {"a(?=bcd)", 4},
        {"a\\b", 2},          {"a+", SIZE_MAX},       {"(?:ab){2,}", SIZE_MAX},
        {"(a)\\1", SIZE_MAX}, {"a(?!.*b)", SIZE_MAX}, {"[^\\]]{0,100}", 100},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_deinit) struct arena arena = {0};
        struct syntax_node *root;

        cr_assert_eq(read_text(cases[i].pattern, &root, &arena), 0, "%s", cases[i].pattern);
        cr_expect_eq(syntax_reach(root), cases[i].reach, "%s: %zu", cases[i].pattern,
                     syntax_reach(root));
    }
}

Test(syntax, a_reset_is_seen_wherever_it_stands)
{
    static const char *const with[] = {"\\Ka", "a(?:b|c\\Kd)", "(?:a\\K){2}b"};
    static const char *const without[] = {"a", "\\QK\\K\\E", "[\\x4b]", "\\\\K"};

    for (size_t i = 0; i < ARRAY_SIZE(with); i++) {
        CLEANUP(arena_deinit) struct arena arena = {0};
        struct syntax_node *root;

        cr_assert_eq(read_text(with[i], &root, &arena), 0);
        cr_expect(syntax_resets(root), "%s", with[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(without); i++) {
        CLEANUP(arena_deinit) struct arena arena = {0};
        struct syntax_node *root;

        cr_assert_eq(read_text(without[i], &root, &arena), 0);
        cr_expect_not(syntax_resets(root), "%s", without[i]);
    }
}

Test(syntax, what_is_not_understood_is_said)
{
    static const char *const patterns[] = {"(*UTF)a", "\\Ga",     "a(*SKIP)b",   "(?C1)a",
                                           "a{,5}",   "a(?#x)*b", "[[:ascii:]]", "(?^i)a"};

    for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
        CLEANUP(arena_deinit) struct arena arena = {0};
        struct syntax_node *root;

        cr_expect_eq(read_text(patterns[i], &root, &arena), SYNTAX_E_UNKNOWN, "%s", patterns[i]);
    }
}

Test(syntax, groups_nested_without_end_are_not_followed)
{
    CLEANUP(arena_deinit) struct arena arena = {0};
    struct syntax_node *root;
    char pattern[2001];

    memset(pattern, '(', 1000);
    memset(pattern + 1000, ')', 1000);
    pattern[2000] = '\0';
    cr_expect_eq(read_text(pattern, &root, &arena), SYNTAX_E_UNKNOWN);
}
