/* The list of spans: what is merged, what is copied, and that copies do not move. */

#include "core/base/util.h"

#include <criterion/criterion.h>
#include <gloss/buf.h>
#include <gloss/spans.h>
#include <stdio.h>

static void flatten(const struct gloss_spans *s, struct gloss_buf *out)
{
    for (size_t i = 0; i < s->n; i++)
        gloss_buf_span(out, s->items[i]);
}

Test(spans, neighbours_in_memory_are_one_span)
{
    static const char text[] = "abcdefgh";
    CLEANUP(gloss_spans_deinit) struct gloss_spans s = {0};

    gloss_spans_add(&s, gloss_span(text, 3));
    gloss_spans_add(&s, gloss_span(text + 3, 2));
    gloss_spans_add(&s, gloss_span(text + 5, 0));
    cr_assert_eq(s.n, 1);
    cr_expect_eq(s.items[0].ptr, text);
    cr_expect_eq(s.items[0].len, 5);
    gloss_spans_add(&s, gloss_span(text + 6, 2));
    cr_expect_eq(s.n, 2);
    cr_expect_eq(s.bytes, 7);
}

Test(spans, nothing_adds_nothing)
{
    CLEANUP(gloss_spans_deinit) struct gloss_spans s = {0};

    gloss_spans_add(&s, gloss_span(NULL, 0));
    gloss_spans_copy(&s, gloss_span(NULL, 0));
    gloss_spans_commit(&s, 0);
    cr_expect_eq(s.n, 0);
    cr_expect_null(s.chunks);
}

Test(spans, copies_stay_where_they_are_however_many_follow)
{
    CLEANUP(gloss_spans_deinit) struct gloss_spans s = {0};
    CLEANUP(gloss_buf_deinit) struct gloss_buf want = {0}, got = {0};

    for (unsigned i = 0; i < 20000; i++) {
        char word[16];
        size_t n = (size_t)snprintf(word, sizeof(word), "%u,", i * 7919);

        gloss_spans_copy(&s, gloss_span(word, n));
        gloss_buf_append(&want, word, n);
        memset(word, 0, sizeof(word));
    }
    flatten(&s, &got);
    cr_expect(gloss_span_equal(gloss_buf_view(&got), gloss_buf_view(&want)));
    cr_expect_eq(s.bytes, want.len);
    cr_expect_lt(s.n, 10, "copies that follow each other are not merged: %zu spans", s.n);
}

Test(spans, borrowed_and_copied_bytes_keep_their_order)
{
    static const char text[] = "line one\nline two\n";
    CLEANUP(gloss_spans_deinit) struct gloss_spans s = {0};
    CLEANUP(gloss_buf_deinit) struct gloss_buf got = {0};
    char *room;

    gloss_spans_add(&s, gloss_span(text, 8));
    room = gloss_spans_room(&s, 100);
    memcpy(room, "  # note", 8);
    gloss_spans_commit(&s, 8);
    gloss_spans_add(&s, gloss_span(text + 8, 10));
    flatten(&s, &got);
    cr_expect(
        gloss_span_equal(gloss_buf_view(&got), gloss_span_str("line one  # note\nline two\n")));
    cr_expect_eq(s.items[2].ptr, text + 8);
}

Test(spans, a_copy_larger_than_a_chunk_fits)
{
    CLEANUP(gloss_spans_deinit) struct gloss_spans s = {0};
    CLEANUP(freep) char *big = calloc(1, 1 << 20);

    cr_assert_not_null(big);
    memset(big, 'b', 1 << 20);
    gloss_spans_copy(&s, gloss_span("a", 1));
    gloss_spans_copy(&s, gloss_span(big, 1 << 20));
    gloss_spans_copy(&s, gloss_span("c", 1));
    cr_expect_eq(s.bytes, (1 << 20) + 2);
    cr_expect_eq(s.items[s.n - 1].ptr[s.items[s.n - 1].len - 1], 'c');
    gloss_spans_clear(&s);
    cr_expect_eq(s.bytes, 0);
    gloss_spans_copy(&s, gloss_span("again", 5));
    cr_expect(gloss_span_equal(s.items[0], gloss_span("again", 5)));
}

Test(spans, a_size_that_cannot_be_fails_for_good_until_cleared)
{
    CLEANUP(gloss_spans_deinit) struct gloss_spans s = {0};

    cr_expect_null(gloss_spans_room(&s, SIZE_MAX));
    cr_expect(s.failed);
    gloss_spans_copy(&s, gloss_span("x", 1));
    gloss_spans_add(&s, gloss_span("x", 1));
    cr_expect_eq(s.n, 0);
    gloss_spans_clear(&s);
    gloss_spans_copy(&s, gloss_span("x", 1));
    cr_expect(!s.failed && s.n == 1);
}
