/* Blocks and parts against a simple model that has the whole input at once: the same lines and the
 * same parts must come out, however the bytes were cut on their way in. */

#include "core/base/util.h"
#include "helpers/rng.h"

#include <criterion/criterion.h>
#include <gloss/lines.h>
#include <malloc.h>

/* A line that came whole, or a part of an overlong line. */
struct piece {
    uint64_t offset;
    size_t len, before, after;
    bool begins, ends;
};

struct pieces {
    struct piece *items;
    size_t n, cap;
};

static void pieces_add(struct pieces *p, struct piece piece)
{
    cr_assert_eq(GROW(&p->items, &p->cap, p->n + 1), 0);
    p->items[p->n++] = piece;
}

/* What must come out for one line of `text` bytes, with `newline` (0 or 1) bytes of line end. */
static void reckon_line(struct pieces *p, size_t at, size_t text, size_t newline, size_t max_line)
{
    size_t parts = text <= max_line ? 1 : (text + max_line - 1) / max_line;

    for (size_t i = 0; i < parts; i++) {
        size_t from = i * max_line;
        size_t to = i + 1 == parts ? text : from + max_line;

        pieces_add(p, (struct piece){
                          .offset = at + from,
                          .len = to - from + (i + 1 == parts ? newline : 0),
                          .before = MIN(from, (size_t)GLOSS_SEAM_BYTES),
                          .after = MIN(text - to, (size_t)GLOSS_SEAM_BYTES),
                          .begins = i == 0,
                          .ends = i + 1 == parts,
                      });
    }
}

static void reckon(struct pieces *p, const char *input, size_t n, size_t max_line)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        if (input[i] != '\n')
            continue;
        reckon_line(p, at, i - at, 1, max_line);
        at = i + 1;
    }
    if (at < n)
        reckon_line(p, at, n - at, 0, max_line);
}

/* Cuts a block into its lines, and reads every byte that it allows to be read. */
static void record(struct pieces *p, const struct gloss_block *b, const char *input, size_t n)
{
    size_t at = 0;

    cr_assert_gt(b->bytes.len, 0);
    cr_assert_leq(b->offset + b->bytes.len + b->after, n);
    cr_assert_leq(b->before, b->offset);
    cr_assert_eq(memcmp(b->bytes.ptr - b->before, input + b->offset - b->before,
                        b->before + b->bytes.len + b->after),
                 0);
    if (!b->begins_line || !b->ends_line) {
        pieces_add(p, (struct piece){b->offset, b->bytes.len, b->before, b->after, b->begins_line,
                                     b->ends_line});
        return;
    }
    cr_assert_eq(b->before, 0);
    cr_assert_eq(b->after, 0);
    for (size_t i = 0; i < b->bytes.len; i++) {
        if (b->bytes.ptr[i] != '\n' && i + 1 < b->bytes.len)
            continue;
        pieces_add(p, (struct piece){b->offset + at, i + 1 - at, 0, 0, true, true});
        at = i + 1;
    }
}

static void drain(struct gloss_lines *l, struct pieces *p, const char *input, size_t n)
{
    struct gloss_block block;

    while (gloss_lines_next(l, &block) == 1)
        record(p, &block, input, n);
}

/* Feeds the input in pieces of random length, at most `most` bytes each. */
static void feed(struct gloss_lines *l, struct pieces *p, const char *input, size_t n, size_t most,
                 uint32_t seed)
{
    size_t at = 0;

    while (at < n) {
        char *place;
        size_t size, take;

        cr_assert_eq(gloss_lines_room(l, &place, &size), 0);
        take = MIN(rng_next(&seed) % (most + 1), n - at);
        take = MIN(take, size);
        memcpy(place, input + at, take);
        gloss_lines_fill(l, take);
        at += take;
        drain(l, p, input, n);
        cr_assert_eq(gloss_lines_waiting(l),
                     p->n == 0 ? at : at - (p->items[p->n - 1].offset + p->items[p->n - 1].len));
    }
    gloss_lines_end(l);
    drain(l, p, input, n);
    cr_assert_eq(gloss_lines_waiting(l), 0);
}

static void expect_same(const struct pieces *seen, const struct pieces *wanted, size_t chunk,
                        size_t max_line)
{
    cr_assert_eq(seen->n, wanted->n, "chunk %zu max_line %zu: %zu pieces, wanted %zu", chunk,
                 max_line, seen->n, wanted->n);
    for (size_t i = 0; i < seen->n; i++) {
        const struct piece *a = &seen->items[i], *b = &wanted->items[i];

        cr_assert(a->offset == b->offset && a->len == b->len && a->before == b->before &&
                      a->after == b->after && a->begins == b->begins && a->ends == b->ends,
                  "chunk %zu max_line %zu piece %zu: %lu+%zu before %zu after %zu, "
                  "wanted %lu+%zu before %zu after %zu",
                  chunk, max_line, i, a->offset, a->len, a->before, a->after, b->offset, b->len,
                  b->before, b->after);
    }
}

static void check(const char *input, size_t n, size_t chunk, size_t max_line, size_t most,
                  uint32_t seed)
{
    CLEANUP(gloss_lines_freep) struct gloss_lines *l = NULL;
    struct pieces seen = {0}, wanted = {0};

    cr_assert_eq(gloss_lines_new(&l, chunk, max_line, 0), 0);
    reckon(&wanted, input, n, max_line);
    feed(l, &seen, input, n, most, seed);
    expect_same(&seen, &wanted, chunk, max_line);
    free(seen.items);
    free(wanted.items);
}

/* Writes text over a small alphabet, in which newlines, NULs and carriage returns are frequent. */
static void scribble(char *to, size_t n, uint32_t *seed, uint32_t newline_one_in)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t x = rng_next(seed);

        to[i] = x % newline_one_in == 0 ? '\n' : "a\0\r\xff"[x >> 8 & 3];
    }
}

Test(lines, any_small_input_comes_out_the_same_however_it_is_cut)
{
    char input[64];
    uint32_t seed = 1;

    for (int round = 0; round < 300; round++) {
        size_t n = rng_next(&seed) % sizeof(input);

        scribble(input, n, &seed, 1 + (uint32_t)round % 20);
        for (size_t max_line = 1; max_line <= 9; max_line++) {
            for (size_t chunk = 1; chunk <= 9; chunk++)
                check(input, n, chunk, max_line, chunk, rng_next(&seed));
            check(input, n, 100, max_line, 100, rng_next(&seed));
        }
    }
}

Test(lines, parts_of_long_lines_are_cut_at_multiples_and_see_a_seam_around_them)
{
    static const size_t max_lines[] = {100, 4096, 65535, 65536, 65537, 100000};
    static const size_t chunks[] = {4096, 5000, 65536, 400000};
    size_t n = 700000;
    CLEANUP(freep) char *input = malloc(n);
    uint32_t seed = 7;

    cr_assert_not_null(input);
    for (uint32_t rare = 300; rare <= 1000000; rare *= 15) {
        scribble(input, n, &seed, rare);
        for (size_t m = 0; m < ARRAY_SIZE(max_lines); m++)
            for (size_t c = 0; c < ARRAY_SIZE(chunks); c++)
                check(input, n, chunks[c], max_lines[m], chunks[c], rng_next(&seed));
    }
}

Test(lines, lengths_around_the_limits_are_cut_right)
{
    enum { MAX_LINE = 1000 };
    static const size_t lengths[] = {
        MAX_LINE - 1,
        MAX_LINE,
        MAX_LINE + 1,
        2 * MAX_LINE - 1,
        2 * MAX_LINE,
        2 * MAX_LINE + 1,
        MAX_LINE + GLOSS_SEAM_BYTES - 1,
        MAX_LINE + GLOSS_SEAM_BYTES,
        MAX_LINE + GLOSS_SEAM_BYTES + 1,
        2 * MAX_LINE + GLOSS_SEAM_BYTES,
        66 * MAX_LINE,
        3 * GLOSS_SEAM_BYTES,
    };
    size_t room = 4 * (size_t)GLOSS_SEAM_BYTES;
    CLEANUP(freep) char *input = malloc(room);

    cr_assert_not_null(input);
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        size_t n = lengths[i];

        for (int newline = 0; newline <= 1; newline++) {
            memset(input, 'x', n);
            memcpy(input + n, "\nlast\n", 6);
            for (size_t most = 1000; most <= 1000000; most *= 10)
                check(input, newline ? n + 6 : n, 70000, MAX_LINE, most, (uint32_t)most);
        }
    }
}

Test(lines, a_line_of_exactly_the_limit_is_whole_and_one_byte_more_is_not)
{
    static const char input[] = "12345678\n123456789\n";
    CLEANUP(gloss_lines_freep) struct gloss_lines *l = NULL;
    struct gloss_block b;
    char *place;
    size_t size;

    cr_assert_eq(gloss_lines_new(&l, 4096, 8, 500), 0);
    cr_assert_eq(gloss_lines_room(l, &place, &size), 0);
    memcpy(place, input, sizeof(input) - 1);
    gloss_lines_fill(l, sizeof(input) - 1);
    cr_assert_eq(gloss_lines_next(l, &b), 1);
    cr_expect(gloss_span_equal(b.bytes, gloss_span_str("12345678\n")));
    cr_expect(b.begins_line && b.ends_line);
    cr_expect_eq(b.offset, 500);
    cr_assert_eq(gloss_lines_next(l, &b), 1);
    cr_expect(gloss_span_equal(b.bytes, gloss_span_str("12345678")));
    cr_expect(b.begins_line && !b.ends_line);
    cr_expect_eq(b.before, 0);
    cr_expect_eq(b.after, 1);
    cr_expect_eq(b.offset, 509);
    cr_assert_eq(gloss_lines_next(l, &b), 1);
    cr_expect(gloss_span_equal(b.bytes, gloss_span_str("9\n")));
    cr_expect(!b.begins_line && b.ends_line);
    cr_expect_eq(b.before, 8);
    cr_expect_eq(b.after, 0);
    cr_expect_eq(gloss_lines_next(l, &b), 0);
}

Test(lines, a_line_without_its_end_waits_until_the_stream_ends)
{
    CLEANUP(gloss_lines_freep) struct gloss_lines *l = NULL;
    struct gloss_block b;
    char *place;
    size_t size;

    cr_assert_eq(gloss_lines_new(&l, 4096, 1024, 0), 0);
    cr_expect_eq(gloss_lines_next(l, &b), 0);
    cr_assert_eq(gloss_lines_room(l, &place, &size), 0);
    memcpy(place, "whole\nhalf", 10);
    gloss_lines_fill(l, 10);
    cr_assert_eq(gloss_lines_next(l, &b), 1);
    cr_expect(gloss_span_equal(b.bytes, gloss_span_str("whole\n")));
    cr_expect_eq(gloss_lines_next(l, &b), 0);
    cr_expect_eq(gloss_lines_waiting(l), 4);
    gloss_lines_end(l);
    cr_assert_eq(gloss_lines_next(l, &b), 1);
    cr_expect(gloss_span_equal(b.bytes, gloss_span_str("half")));
    cr_expect(b.begins_line && b.ends_line);
    cr_expect_eq(gloss_lines_next(l, &b), 0);
    cr_expect_eq(gloss_lines_waiting(l), 0);
}

Test(lines, a_part_is_out_as_soon_as_a_seam_stands_behind_it)
{
    enum { MAX_LINE = 1000, ENOUGH = MAX_LINE + GLOSS_SEAM_BYTES };
    CLEANUP(gloss_lines_freep) struct gloss_lines *l = NULL;
    struct gloss_block b;
    char *place;
    size_t size;

    cr_assert_eq(gloss_lines_new(&l, 2 * ENOUGH, MAX_LINE, 0), 0);
    cr_assert_eq(gloss_lines_room(l, &place, &size), 0);
    memset(place, 'x', ENOUGH + MAX_LINE);
    gloss_lines_fill(l, ENOUGH - 1);
    cr_expect_eq(gloss_lines_next(l, &b), 0);
    gloss_lines_fill(l, 1);
    cr_assert_eq(gloss_lines_next(l, &b), 1);
    cr_expect_eq(b.after, GLOSS_SEAM_BYTES);
    cr_expect_eq(gloss_lines_next(l, &b), 0);
    gloss_lines_fill(l, MAX_LINE - 1);
    cr_expect_eq(gloss_lines_next(l, &b), 0);
    gloss_lines_fill(l, 1);
    cr_assert_eq(gloss_lines_next(l, &b), 1);
    cr_expect_eq(b.offset, MAX_LINE);
    cr_expect_eq(b.before, MAX_LINE);
}

Test(lines, a_reset_forgets_what_waits_even_within_an_overlong_line)
{
    CLEANUP(gloss_lines_freep) struct gloss_lines *l = NULL;
    struct gloss_block b;
    char *place;
    size_t size;

    cr_assert_eq(gloss_lines_new(&l, 100000, 1000, 0), 0);
    cr_assert_eq(gloss_lines_room(l, &place, &size), 0);
    memset(place, 'x', 100000);
    gloss_lines_fill(l, 100000);
    cr_assert_eq(gloss_lines_next(l, &b), 1);
    cr_expect_eq(b.bytes.len, 1000);
    gloss_lines_reset(l, 77);
    cr_expect_eq(gloss_lines_next(l, &b), 0);
    cr_expect_eq(gloss_lines_waiting(l), 0);
    cr_assert_eq(gloss_lines_room(l, &place, &size), 0);
    memcpy(place, "new\n", 4);
    gloss_lines_fill(l, 4);
    cr_assert_eq(gloss_lines_next(l, &b), 1);
    cr_expect(gloss_span_equal(b.bytes, gloss_span_str("new\n")));
    cr_expect_eq(b.offset, 77);
    cr_expect_eq(b.before, 0);
}

/* Feeds n bytes 'x', and takes all blocks that can be handed out. */
static void feed_long(struct gloss_lines *l, size_t n)
{
    struct gloss_block b;

    while (n > 0) {
        char *place;
        size_t size;

        cr_assert_eq(gloss_lines_room(l, &place, &size), 0);
        size = MIN(size, n);
        memset(place, 'x', size);
        gloss_lines_fill(l, size);
        n -= size;
        while (gloss_lines_next(l, &b) == 1)
            cr_assert(!b.ends_line);
    }
}

Test(lines, memory_is_bounded_in_a_long_line_and_comes_back_after_it)
{
    enum { CHUNK = 1 << 20, MAX_LINE = 4 << 20, SLACK = 64 << 10 };
    CLEANUP(gloss_lines_freep) struct gloss_lines *l = NULL;
    size_t before = mallinfo2().hblkhd + mallinfo2().uordblks, most = 0;
    struct gloss_block b;
    char *place;
    size_t size;

    cr_assert_eq(gloss_lines_new(&l, CHUNK, MAX_LINE, 0), 0);
    for (int i = 0; i < 30; i++) {
        feed_long(l, CHUNK);
        most = MAX(most, mallinfo2().hblkhd + mallinfo2().uordblks - before);
    }
    cr_expect_leq(most, MAX_LINE + 2 * GLOSS_SEAM_BYTES + CHUNK + SLACK);
    cr_assert_eq(gloss_lines_room(l, &place, &size), 0);
    memcpy(place, "\nshort\n", 7);
    gloss_lines_fill(l, 7);
    while (gloss_lines_next(l, &b) == 1)
        ;
    cr_assert_eq(gloss_lines_room(l, &place, &size), 0);
    cr_expect_leq(mallinfo2().hblkhd + mallinfo2().uordblks - before, 2 * CHUNK + SLACK);
}

Test(lines, full_reads_of_short_lines_go_to_the_begin_of_a_page)
{
    CLEANUP(gloss_lines_freep) struct gloss_lines *l = NULL;
    uint32_t seed = 3;

    cr_assert_eq(gloss_lines_new(&l, 65536, 4096, 0), 0);
    for (int i = 0; i < 20; i++) {
        struct gloss_block b;
        char *place;
        size_t size;

        cr_assert_eq(gloss_lines_room(l, &place, &size), 0);
        cr_expect_eq((uintptr_t)place % 4096, 0, "read %d", i);
        scribble(place, size, &seed, 100);
        gloss_lines_fill(l, size);
        while (gloss_lines_next(l, &b) == 1)
            ;
    }
}
