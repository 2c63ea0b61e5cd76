/* Each kernel against loops that look at one byte at a time, at every alignment and length. The
 * pages before and behind the text cannot be read, so that a read too far ends the test. */

#include "core/base/bytes.h"
#include "core/base/util.h"
#include "core/match/kernel.h"
#include "helpers/rng.h"

#include <criterion/criterion.h>
#include <gloss/matcher.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define LENGTHS 301

static const char *const names[] = {"portable", "avx2", "avx512"};

/* Some pages between two pages that cannot be read. */
struct fenced {
    char *map, *begin, *end;
    size_t page;
};

static struct fenced fence(size_t pages)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct fenced f = {.page = page};

    f.map = mmap(NULL, (pages + 2) * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(f.map != MAP_FAILED);
    f.begin = f.map + page;
    f.end = f.begin + pages * page;
    cr_assert_eq(mprotect(f.begin, pages * page, PROT_READ | PROT_WRITE), 0);
    return f;
}

static void fenced_deinit(struct fenced *f)
{
    munmap(f->map, (size_t)(f->end - f->map) + f->page);
}

static unsigned buckets_of(const struct kernel_tables *t, unsigned place, unsigned char c)
{
    return t->low[place][c & 15] & t->high[place][c >> 4];
}

/* Whether tables match at a place. Bytes that differ by a multiple of `alike` pass for each other;
 * 256: none do. */
static bool tables_match(const struct kernel_tables *t, const struct kernel_text *text, size_t at,
                         unsigned alike)
{
    unsigned buckets = 0xff;

    for (unsigned i = 0; i < t->depth; i++) {
        /* A kernel may take the bytes behind the limit for NULs: a place too many does no harm. */
        unsigned char c = at + i < text->limit ? (unsigned char)text->bytes[at + i] : 0;

        unsigned here = buckets_of(t, i, c);

        for (unsigned k = alike; k < 256; k += alike)
            here |= buckets_of(t, i, (unsigned char)(c + k));
        if (alike <= 16)
            here |= t->low[i][c & 15];
        buckets &= here;
    }
    return buckets != 0;
}

static size_t naive_teddy(const struct kernel_tables *t, const struct kernel_text *text,
                          unsigned alike, uint32_t *out)
{
    size_t n = 0;

    for (size_t at = text->begin; at < text->end; at++)
        if (tables_match(t, text, at, alike))
            out[n++] = (uint32_t)at;
    return n;
}

static size_t naive_runs(const struct kernel_class_runs *runs, const struct kernel_text *text,
                         uint32_t *out)
{
    size_t n = 0;

    for (size_t at = text->begin; at < text->end; at++) {
        size_t len = 0;

        if (at > 0 && tables_match(&runs->class, text, at - 1, 256))
            continue;
        while (len < runs->min_len && at + len < text->limit &&
               tables_match(&runs->class, text, at + len, 256))
            len++;
        if (len == runs->min_len)
            out[n++] = (uint32_t)at;
    }
    return n;
}

static void fill(char *p, size_t n, uint32_t *random)
{
    static const char often[] = "ABCDEFGH_0\n\n  ab";

    for (size_t i = 0; i < n; i++)
        p[i] = rng_next(random) % 8 ? often[rng_next(random) % (sizeof(often) - 1)]
                                    : (char)rng_next(random);
}

static void random_tables(struct kernel_tables *t, unsigned depth, uint32_t *random)
{
    bool ascii = rng_next(random) % 2;

    memset(t, 0, sizeof(*t));
    t->depth = depth;
    t->rough = rng_next(random) % 2;
    for (unsigned i = 0; i < depth; i++) {
        for (unsigned k = 0; k < 16; k++) {
            t->low[i][k] = (uint8_t)(rng_next(random) | rng_next(random));
            t->high[i][k] = (uint8_t)(rng_next(random) | rng_next(random));
        }
        if (ascii)
            memset(t->high[i] + 8, 0, 8);
    }
    kernel_tables_finish(t);
}

/* A class without NUL, as those of names are. */
static void word_class(struct kernel_tables *t, bool upper)
{
    memset(t, 0, sizeof(*t));
    t->depth = 1;
    for (unsigned c = 0; c < 128; c++)
        if (byte_is_word((unsigned char)c) && !(upper && c >= 'a')) {
            t->low[0][c & 15] |= (uint8_t)(1u << (c >> 4));
            t->high[0][c >> 4] |= (uint8_t)(1u << (c >> 4));
        }
    kernel_tables_finish(t);
}

static bool holds(const uint32_t *places, size_t n, uint32_t place)
{
    size_t i = 0;

    while (i < n && places[i] < place)
        i++;
    return i < n && places[i] == place;
}

/* Whether each place of a is in b. */
static bool within(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
    for (size_t i = 0; i < n; i++)
        if (!holds(b, m, a[i]))
            return false;
    return true;
}

/* Whether a kernel nominates, in order, the places where the tables match. Further places are
 * allowed where the tables match by seven bits of each byte, for AVX-512, and for all kernels where
 * rough tables match by low bits. */
static bool same_teddy(const struct kernel *k, const struct kernel_tables *tables,
                       const struct kernel_text *text)
{
    size_t room = text->end - text->begin + 1, n, must, may;
    uint32_t *places = calloc(3 * room, sizeof(*places));
    uint32_t *p = places, *q = places + room, *got = q + room;
    unsigned alike = tables->rough ? 16 : STREQ(k->name, "avx512") ? 128 : 256;
    bool same;

    cr_assert_not_null(places);
    n = k->teddy(tables, text, got);
    must = naive_teddy(tables, text, 256, p);
    may = naive_teddy(tables, text, alike, q);
    same = within(p, must, got, n) && within(got, n, q, may);
    for (size_t i = 1; i < n; i++)
        same &= got[i - 1] < got[i];
    free(places);
    return same;
}

static bool same_runs(const struct kernel *k, const struct kernel_class_runs *runs,
                      const struct kernel_text *text)
{
    size_t room = text->end - text->begin + 1, n, must;
    uint32_t *places = calloc(2 * room, sizeof(*places)), *got = places + room;
    bool same;

    cr_assert_not_null(places);
    n = k->class_runs(runs, text, got);
    must = naive_runs(runs, text, places);
    same = n == must && memcmp(places, got, n * sizeof(*got)) == 0;
    free(places);
    return same;
}

/* Calls a check for each kernel that this CPU runs, each alignment and each length. The text ends
 * at a page that cannot be read where the alignment is even, and begins at one where it is odd. */
static void everywhere(bool (*check)(const struct kernel *k, const struct kernel_text *text,
                                     uint32_t *random))
{
    struct fenced f = fence(2);
    uint32_t random = 20261123;

    fill(f.begin, (size_t)(f.end - f.begin), &random);
    for (size_t v = 0; v < ARRAY_SIZE(names); v++) {
        const struct kernel *k = kernel_select(names[v]);

        for (size_t len = 0; k && len < LENGTHS; len++)
            for (size_t align = 0; align < 64; align++) {
                size_t behind = align / 2 % 5 * (align % 3);
                struct kernel_text text = {.limit = len + behind};

                text.bytes = align % 2 ? f.begin : f.end - text.limit;
                text.begin = MIN(len, align / 2);
                text.end = len;
                cr_assert(check(k, &text, &random), "kernel %s, length %zu, alignment %zu",
                          names[v], len, align);
            }
    }
    fenced_deinit(&f);
}

static bool check_newlines(const struct kernel *k, const struct kernel_text *text, uint32_t *random)
{
    size_t n = 0;

    (void)random;
    for (size_t i = text->begin; i < text->end; i++)
        n += text->bytes[i] == '\n';
    return k->newlines(text->bytes + text->begin, text->end - text->begin) == n;
}

Test(kernel, newlines_are_counted_at_every_alignment_and_length)
{
    everywhere(check_newlines);
}

static bool check_teddy(const struct kernel *k, const struct kernel_text *text, uint32_t *random)
{
    struct kernel_tables tables;

    for (unsigned depth = 1; depth <= KERNEL_DEPTH_MAX; depth++) {
        random_tables(&tables, depth, random);
        if (!same_teddy(k, &tables, text))
            return false;
    }
    return true;
}

Test(kernel, teddys_places_are_those_of_a_naive_loop)
{
    everywhere(check_teddy);
}

static bool check_runs(const struct kernel *k, const struct kernel_text *text, uint32_t *random)
{
    struct kernel_class_runs runs = {.min_len = 1 + rng_next(random) % KERNEL_RUN_MAX};

    word_class(&runs.class, rng_next(random) % 2);
    if (rng_next(random) % 2)
        runs.min_len = 1 + rng_next(random) % 4;
    return same_runs(k, &runs, text);
}

Test(kernel, runs_begin_where_a_naive_loop_finds_them)
{
    everywhere(check_runs);
}

/* A run of each length at each place of two blocks, for each min_len. */
Test(kernel, runs_of_every_length_are_told_from_shorter_ones)
{
    struct kernel_class_runs runs = {0};
    char bytes[256];

    word_class(&runs.class, true);
    for (size_t v = 0; v < ARRAY_SIZE(names); v++) {
        const struct kernel *k = kernel_select(names[v]);

        for (unsigned len = 1; k && len <= 34; len++)
            for (size_t at = 0; at < 130; at++) {
                struct kernel_text text = {.bytes = bytes, .end = 200, .limit = 256};

                memset(bytes, ' ', sizeof(bytes));
                memset(bytes + at, 'A', len);
                for (runs.min_len = 1; runs.min_len <= KERNEL_RUN_MAX; runs.min_len++)
                    cr_assert(same_runs(k, &runs, &text), "kernel %s, run %u at %zu of %u",
                              names[v], len, at, runs.min_len);
            }
    }
}

Test(kernel, a_variant_is_known_by_its_name)
{
    cr_expect_not_null(kernel_select(NULL));
    cr_expect_eq(kernel_select("portable"), &kernel_portable);
    cr_expect_null(kernel_select("of another world"));
    cr_expect_str_eq(kernel_select(NULL)->name, gloss_kernel_variant());
}
