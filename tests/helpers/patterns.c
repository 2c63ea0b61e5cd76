#include "patterns.h"

#include "core/base/util.h"
#include "rng.h"

const char *const patterns_of_all_sorts[] = {
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
    "\\Qab\\E+cab",
    "a{2}b{2,3}c",
    "(?:ab){1,3}c",
    "(?:a|b){0,3}?c",
    "(?x)a b # c\nc | bc a + ? x",
    "a(?#x)bc",
    "[a-cx-z]+\\d",
    "[^\\w\\s]a",
    "[[:^alpha:]]b",
    "(?i)[[:upper:]]b[^a]",
    "[\\b\\t-\\r]a",
    "\\h\\Ha\\v?\\V",
    "\\R?a",
    "\\Xb",
    "\\pLb",
    "\\p{Lu}?c",
    "(a)(b)\\g{-1}c",
    "(?<n>a|b)\\k<n>c",
    "(?<n>a|b)(?&n)c",
    "(?<n>a|b)(?P=n)c",
    "(a)?(?(1)b|c)a",
    "(?(?!a)b)c",
    "(?<=a)(?<!b)c",
    "a(?=b.c)b",
    "\\Babc",
    "^a|^b|c$",
    "(?:^|a)b(?:c|$)",
    "(?:^a|b)+c",
    "a(?:b$|c)",
    "(?m)^a.c$",
    "(?n)(a)b",
    "a++b*+c",
    "(?>a+)b",
    "((a|b)+c)+a",
    "(?:a?b?c?)+x",
    "a.{0,20}b",
    "(?:ab?){200}c",
    "(?:abc){90}x",
    "a\\118",
    "\\0a",
    NULL,
};

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
        pattern_at_random(out, depth - 1, random);
        gloss_buf_char(out, ')');
    }
}

void pattern_at_random(struct gloss_buf *out, unsigned depth, uint32_t *random)
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

void pattern_text(const char *pattern, char *text, size_t n, uint32_t *random)
{
    size_t len = strlen(pattern);

    for (size_t i = 0; i < n; i++) {
        text[i] = pattern[rng_next(random) % len];
        if (rng_next(random) % 4 == 0)
            text[i] = "abcABC0 x"[rng_next(random) % 9];
        else if (rng_next(random) % 2 == 0 && i > 0) /* what follows in the pattern */
            text[i] = pattern[(size_t)(strchr(pattern, text[i - 1])
                                           ? strchr(pattern, text[i - 1]) - pattern + 1
                                           : 0) %
                              len];
        if (text[i] == '\n')
            text[i] = ' ';
    }
}
