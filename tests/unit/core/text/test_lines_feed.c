/* Bytes that are in memory come out of the buffer of lines as they are, however many there are. */

#include "core/text/lines_feed.h"

#include <criterion/criterion.h>
#include <gloss/buf.h>

#define LINE "a line of some bytes\n"

Test(lines_feed, more_bytes_than_there_is_room_for_pass_through_in_order)
{
    struct gloss_buf text = {0}, out = {0};
    struct gloss_lines *lines = NULL;
    struct gloss_span rest;
    struct gloss_block block;
    size_t rounds = 0;

    for (size_t i = 0; i < 5000; i++)
        gloss_buf_printf(&text, "%zu " LINE, i);
    rest = gloss_buf_view(&text);
    cr_assert_eq(gloss_lines_new(&lines, /* chunk= */ 4096, /* max_line= */ 1000, 0), 0);
    while (rest.len > 0) {
        size_t before = rest.len;

        cr_assert_eq(lines_feed(lines, &rest), 0);
        cr_assert_lt(rest.len, before, "each call takes some bytes");
        while (gloss_lines_next(lines, &block) > 0)
            gloss_buf_span(&out, block.bytes);
        rounds++;
    }
    cr_expect_gt(rounds, 10);
    cr_expect_eq(gloss_lines_waiting(lines), 0);
    cr_expect(gloss_span_equal(gloss_buf_view(&out), gloss_buf_view(&text)));
    gloss_lines_free(lines);
    gloss_buf_deinit(&text);
    gloss_buf_deinit(&out);
}
