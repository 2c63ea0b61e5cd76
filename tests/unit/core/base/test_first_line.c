/* The length of a first line counts its newline, where it has one. */

#include "core/base/first_line.h"

#include <criterion/criterion.h>

static size_t length_of(const char *text)
{
    return first_line_length(gloss_span_str(text));
}

Test(first_line, its_newline_belongs_to_a_line)
{
    cr_expect_eq(length_of("one\ntwo\n"), 4);
    cr_expect_eq(length_of("\none"), 1);
    cr_expect_eq(length_of("half"), 4);
    cr_expect_eq(length_of(""), 0);
    cr_expect_eq(first_line_length(gloss_span(NULL, 0)), 0);
    cr_expect_eq(first_line_length(gloss_span("a\0b\nc", 5)), 4);
    cr_expect_eq(first_line_length(gloss_span("one\n", 3)), 3,
                 "the newline is not among the bytes");
}
