/* What a terminal gets of a stream: each row in one piece, and cut at every place. */

#include "core/base/terminal_filter.h"
#include "core/base/util.h"

#include <criterion/criterion.h>

#define BAD "\xEF\xBF\xBD"

static const struct {
    struct gloss_span in;
    const char *want;
} rows[] = {
#define ROW(in, want)              \
    {                              \
        {in, sizeof(in) - 1}, want \
    }
    ROW("", ""),
    ROW("tab\tand text\n", "tab\tand text\n"),
    ROW("CR LF\r\nCR\rCR\r", "CR LF\r\nCR^MCR^M"),
    ROW("\r\r\n", "^M\r\n"),
    /* Colours stay and end with their line. */
    ROW("\x1b[31mred\n", "\x1b[31mred\x1b[0m\n"),
    ROW("\x1b[31mred\r\n", "\x1b[31mred\x1b[0m\r\n"),
    ROW("\x1b[31mred\x1b[0m\n", "\x1b[31mred\x1b[0m\n"),
    ROW("\x1b[31mred\x1b[m\n", "\x1b[31mred\x1b[m\n"),
    ROW("\x1b[31mred", "\x1b[31mred\x1b[0m"),
    ROW("\x1b[0;1;4;9;97;107mx\x1b[1;0m", "\x1b[0;1;4;9;97;107mx\x1b[1;0m"),
    ROW("\x1b[38;5;8mx\x1b[0m", "\x1b[38;5;8mx\x1b[0m"),
    ROW("\x1b[48;2;1;8;255;38;2;8;8;8mx\x1b[0m", "\x1b[48;2;1;8;255;38;2;8;8;8mx\x1b[0m"),
    /* All else is shown. */
    ROW("\x1b[8mhidden", "^[[8mhidden"),
    ROW("\x1b[31;8mhidden", "^[[31;8mhidden"),
    ROW("\x1b[08mhidden", "^[[08mhidden"),
    ROW("\x1b[58;5;8mhidden", "^[[58;5;8mhidden"),
    ROW("\x1b[38;8mhidden", "^[[38;8mhidden"),
    ROW("\x1b[11mfont\x1b[26m\x1b[108m\x1b[300m", "^[[11mfont^[[26m^[[108m^[[300m"),
    ROW("\x1b[4294967297m", "^[[4294967297m"),
    ROW("\x1b[>4;2m\x1b[?1049h\x1b[4:3m", "^[[>4;2m^[[?1049h^[[4:3m"),
    ROW("\x1b]0;owned\x07\x1b[2J\x1b"
        "c\x1bP",
        "^[]0;owned^G^[[2J^[c^[P"),
    ROW("\x1b\x1b[1m\x1b", "^[\x1b[1m^[\x1b[0m"),
    ROW("\x1b[1\nm", "^[[1\nm"),
    ROW("\x1b[1", "^[[1"),
    ROW("\x1b[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1m", "^[[1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1m"),
    ROW("\x1b[00000000000000000000000000000000000001m",
        "^[[00000000000000000000000000000000000001m"),
    ROW("\x1b[000000000000000000000000000000000000001m",
        "^[[000000000000000000000000000000000000001m"),
    ROW("\0\x7f\x0e\x9b"
        "31m",
        "^@^?^N" BAD "31m"),
    ROW("\xC2\x9B"
        "31m\xC2\x80\xC2\x9F\xC2\xA0",
        BAD "31m" BAD BAD "\xC2\xA0"),
    ROW("\xE4\xB8\x8A\xF0\x9F\x98\x80", "\xE4\xB8\x8A\xF0\x9F\x98\x80"),
    ROW("\xE4\xB8\nx\xE4", BAD BAD "\nx" BAD),
    ROW("\xE4\x1b[1m\xC2", BAD "\x1b[1m" BAD "\x1b[0m"),
#undef ROW
};

static void check(struct gloss_span in, const char *want, size_t cut, size_t step)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};
    struct terminal_filter filter = {0};

    for (size_t at = 0; at < in.len; at += cut, cut = step)
        terminal_filter_write(&filter, gloss_span(in.ptr + at, MIN(cut, in.len - at)), &out);
    terminal_filter_end(&filter, &out);
    cr_expect(gloss_span_equal(gloss_buf_view(&out), gloss_span_str(want)),
              "'%s' cut at %zu, each %zu: '%.*s'", want, cut, step, (int)out.len, out.ptr);
}

Test(terminal_filter, a_terminal_gets_colours_and_line_ends_and_sees_all_else)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        check(rows[i].in, rows[i].want, SIZE_MAX / 2, SIZE_MAX / 2);
}

Test(terminal_filter, how_the_stream_is_cut_never_shows)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        check(rows[i].in, rows[i].want, 1, 1);
        check(rows[i].in, rows[i].want, 2, 2);
        for (size_t cut = 1; cut < rows[i].in.len; cut++)
            check(rows[i].in, rows[i].want, cut, SIZE_MAX / 2);
    }
}

Test(terminal_filter, an_end_is_a_beginning)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};
    struct terminal_filter filter = {0};

    terminal_filter_write(&filter, gloss_span_str("\x1b[1mx\x1b["), &out);
    terminal_filter_end(&filter, &out);
    terminal_filter_write(&filter, gloss_span_str("1mx\n"), &out);
    cr_expect(gloss_span_equal(gloss_buf_view(&out), gloss_span_str("\x1b[1mx^[[\x1b[0m1mx\n")),
              "%.*s", (int)out.len, out.ptr);
}
