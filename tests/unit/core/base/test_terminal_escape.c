/* Bytes that a terminal would obey, and what is shown of them. */

#include "core/base/escape.h"
#include "core/base/terminal_escape.h"
#include "core/base/util.h"

#include <criterion/criterion.h>

static bool holds(const struct gloss_buf *b, const char *want)
{
    return gloss_span_equal(gloss_buf_view(b), gloss_span_str(want));
}

Test(terminal_escape, what_a_terminal_would_obey_is_made_visible)
{
    static const struct {
        struct gloss_span in;
        const char *want;
    } rows[] = {
        {{"tab\tand text", 12}, "tab\tand text"},
        {{"\x1b[31mred\x07\r", 10}, "^[[31mred^G^M"},
        {{"\0\x7f", 2}, "^@^?"},
        {{"\xE4\xB8\x8A\xC2\xA0", 5}, "\xE4\xB8\x8A\xC2\xA0"},
        {{"\xC2\x9B"
          "31m\x80",
          6},
         "\xEF\xBF\xBD"
         "31m\xEF\xBF\xBD"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf b = {0};

        escape_into_buf(&b, rows[i].in, terminal_escape);
        cr_expect(holds(&b, rows[i].want), "row %zu: %.*s", i, (int)b.len, b.ptr);
        cr_expect_neq(terminal_escape_changes(rows[i].in),
                      gloss_span_equal(rows[i].in, gloss_buf_view(&b)), "row %zu", i);
    }
}
