/* The prefilter may nominate a place too many, but never one too few: each name that a simple
 * search finds between its borders, and each literal wherever it stands. */

#include "core/base/util.h"
#include "core/match/prefilter.h"
#include "helpers/rng.h"
#include "helpers/specimen.h"

#include <criterion/criterion.h>
#include <stdio.h>

static bool has_candidate(const struct candidates *c, uint32_t at, uint32_t tag)
{
    size_t low = 0, high = c->n;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (c->items[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < c->n && c->items[low].at == at; low++)
        if (c->items[low].tag == tag)
            return true;
    return false;
}

/* Whether a name at that place has to be nominated: it stands behind a blank or another separator,
 * or behind an escape sequence. What follows it does not matter. */
static bool stands_as_a_name(const struct gloss_buf *log, size_t at)
{
    static const char *const escapes[] = {"\\n",        "\\t",     "%0A",      "%9f",     "%f9",
                                          "\\u000a",    "\\u00A9", "\\u0a09",  "#033[0m", "#033[K",
                                          "\x1b[1;31m", "\x1b[ K", "\x1b[?25H"};

    if (at == 0 || strchr(" \t.,:-=(\"@\n", log->ptr[at - 1]))
        return log->ptr[at - (at > 0)] != '\0' || at == 0;
    for (size_t i = 0; i < ARRAY_SIZE(escapes); i++) {
        size_t n = strlen(escapes[i]);

        if (at >= n && memcmp(log->ptr + at - n, escapes[i], n) == 0)
            return true;
    }
    return false;
}

static size_t expect_names(const struct gloss_buf *log, const struct gloss_span *names, size_t n,
                           const struct candidates *c, const char *what)
{
    size_t seen = 0;

    for (size_t i = 0; i < n; i++) {
        const char *end = log->ptr + log->len;

        for (const char *p = log->ptr;
             (p = memmem(p, (size_t)(end - p), names[i].ptr, names[i].len)); p++) {
            size_t at = (size_t)(p - log->ptr);

            if (!stands_as_a_name(log, at))
                continue;
            cr_assert(has_candidate(c, (uint32_t)at, CANDIDATE_NAME), "%s: '%.*s' at %zu", what,
                      (int)names[i].len, names[i].ptr, at);
            seen++;
        }
    }
    return seen;
}

static void expect_order(const struct candidates *c)
{
    for (size_t i = 1; i < c->n; i++)
        cr_assert_leq(c->items[i - 1].at, c->items[i].at);
}

/* So many logs of 60,000 bytes make the prefilter try all ways, go on with one, and try them again.
 */
#define TRIALS 8

static void check_specimen(size_t i, const char *variant, const char *method)
{
    struct gloss_catalogs *set = specimen_catalogs(i);
    size_t n = gloss_catalogs_n_entries(set), n_names = 0;
    struct gloss_span *names = calloc(n, sizeof(*names));
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0};
    struct candidates c = {0};
    struct prefilter *filter;
    uint32_t random = 8 + (uint32_t)i;
    int rounds = method ? 1 : TRIALS;
    size_t seen = 0;

    cr_assert_not_null(names);
    for (uint32_t id = 0; id < n; id++)
        if (!gloss_catalogs_entry(set, id)->pattern)
            names[n_names++] = gloss_span_str(gloss_catalogs_entry(set, id)->code);
    cr_assert_eq(prefilter_new(&filter,
                               &(struct prefilter_input){
                                   .names = names, .n_names = n_names, .method = method},
                               kernel_select(variant)),
                 0);
    for (int round = 0; round < rounds; round++) {
        gloss_buf_clear(&log);
        specimen_log(i, set, &random, 60000, &log);
        cr_assert_eq(prefilter_find(
                         filter,
                         &(struct kernel_text){.bytes = log.ptr, .end = log.len, .limit = log.len},
                         &c),
                     0);
        expect_order(&c);
        seen += expect_names(&log, names, n_names, &c, specimen_name(i));
    }
    if (n_names)
        cr_expect_gt(seen, (size_t)rounds * 50);
    free(c.items);
    prefilter_free(filter);
    free(names);
    gloss_catalogs_free(set);
}

Test(prefilter, no_name_is_missed_by_any_kernel)
{
    static const char *const variants[] = {"portable", "avx2", "avx512"};
    static const char *const methods[] = {NULL, "teddy-rough", "teddy-first", "teddy-rare",
                                          "class-runs"};

    for (size_t v = 0; v < ARRAY_SIZE(variants); v++)
        for (size_t i = 0; kernel_select(variants[v]) && i < SPECIMENS; i++)
            for (size_t k = 0; k < ARRAY_SIZE(methods); k++)
                check_specimen(i, variants[v], methods[k]);
}

/* Literals of two to twelve bytes over a small alphabet, so that they overlap, repeat and share
 * windows. Exactly the places where they stand are nominated. */
Test(prefilter, literals_are_found_exactly_where_they_stand)
{
    uint32_t random = 17;

    for (int round = 0; round < 60; round++) {
        char text[3000], bytes[400][12];
        struct literal literals[400];
        struct prefilter_input input = {
            .literals = literals, .n_literals = 1 + rng_next(&random) % (round % 3 ? 40 : 400)};
        struct kernel_text where = {.bytes = text, .end = sizeof(text), .limit = sizeof(text)};
        struct candidates c = {0};
        struct prefilter *filter;

        for (size_t i = 0; i < sizeof(text); i++)
            text[i] = "abcd"[rng_next(&random) % 4];
        for (size_t i = 0; i < input.n_literals; i++) {
            literals[i] = (struct literal){.bytes = {bytes[i], 2 + rng_next(&random) % 11},
                                           .tag = (uint32_t)i};
            for (size_t k = 0; k < literals[i].bytes.len; k++)
                bytes[i][k] = "abcd"[rng_next(&random) % 4];
        }
        cr_assert_eq(prefilter_new(&filter, &input, kernel_select(round % 2 ? "portable" : NULL)),
                     0);
        cr_assert_eq(prefilter_find(filter, &where, &c), 0);
        expect_order(&c);
        for (uint32_t at = 0; at < sizeof(text); at++)
            for (size_t i = 0; i < input.n_literals; i++) {
                size_t len = literals[i].bytes.len;
                bool there = at + len <= sizeof(text) && memcmp(text + at, bytes[i], len) == 0;

                cr_assert_eq(has_candidate(&c, at, (uint32_t)i), there, "literal %zu at %u", i, at);
            }
        free(c.items);
        prefilter_free(filter);
    }
}

Test(prefilter, nothing_to_look_for_is_found_nowhere)
{
    struct kernel_text where = {.bytes = "abc", .end = 3, .limit = 3};
    struct candidates c = {0};
    struct prefilter *filter;

    cr_assert_eq(prefilter_new(&filter, &(struct prefilter_input){0}, kernel_select(NULL)), 0);
    cr_expect_eq(prefilter_find(filter, &where, &c), 0);
    cr_expect_eq(c.n, 0);
    cr_expect_str_eq(prefilter_names_method(filter), "none");
    cr_expect_str_eq(prefilter_literals_method(filter), "none");
    cr_expect_eq(
        prefilter_new(&filter, &(struct prefilter_input){.method = "magic"}, kernel_select(NULL)),
        -EINVAL);
    free(c.items);
    prefilter_free(filter);
}
