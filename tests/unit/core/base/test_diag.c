/* How mistakes are kept, sorted and shown. */

#include "core/base/util.h"

#include <criterion/criterion.h>
#include <gloss/diag.h>

static void expect_shown(const struct gloss_diags *d, size_t i, const char *expected)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};

    gloss_diag_format(&d->items[i], &text);
    gloss_buf_char(&text, '\0');
    cr_expect_str_eq(text.ptr, expected);
}

static struct gloss_span none(void)
{
    return gloss_span(NULL, 0);
}

Test(diag, a_place_is_written_as_far_as_it_is_known)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};

    gloss_diags_add(&d, GLOSS_DIAG_ERROR, "a.yaml", 7, 3, none(), "no %s", "cause");
    gloss_diags_add(&d, GLOSS_DIAG_WARNING, "a.yaml", 7, 0, none(), "odd");
    gloss_diags_add(&d, GLOSS_DIAG_ERROR, "a.yaml", 0, 0, none(), "empty");
    gloss_diags_add(&d, GLOSS_DIAG_ERROR, NULL, 0, 0, none(), "nothing");
    expect_shown(&d, 0, "a.yaml:7:3: error: no cause\n");
    expect_shown(&d, 1, "a.yaml:7: warning: odd\n");
    expect_shown(&d, 2, "a.yaml: error: empty\n");
    expect_shown(&d, 3, "error: nothing\n");
    cr_expect_eq(d.errors, 3);
}

Test(diag, mistakes_of_one_file_are_put_in_order_and_stand_before_those_of_others)
{
    static const char *const expected[] = {"kept", "1:9", "2:1 a", "2:1 b", "2:3", "b", "none"};
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};

    gloss_diags_add(&d, GLOSS_DIAG_ERROR, "a", 9, 9, none(), "kept");
    gloss_diags_add(&d, GLOSS_DIAG_ERROR, "b", 1, 1, none(), "b");
    gloss_diags_add(&d, GLOSS_DIAG_ERROR, "a", 2, 3, none(), "2:3");
    gloss_diags_add(&d, GLOSS_DIAG_ERROR, NULL, 0, 0, none(), "none");
    gloss_diags_add(&d, GLOSS_DIAG_ERROR, "a", 2, 1, none(), "2:1 a");
    gloss_diags_add(&d, GLOSS_DIAG_ERROR, "a", 2, 1, none(), "2:1 b");
    gloss_diags_add(&d, GLOSS_DIAG_WARNING, "a", 1, 9, none(), "1:9");
    gloss_diags_sort(&d, 1, "a");
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
        cr_expect_str_eq(d.items[i].text, expected[i], "%zu", i);
}

Test(diag, the_caret_stands_below_its_column)
{
    static const struct {
        const char *line;
        unsigned column;
        const char *shown;
    } rows[] = {
        {"abc", 1, "  abc\n  ^\n"},
        {"abc", 3, "  abc\n    ^\n"},
        {"abc", 4, "  abc\n     ^\n"},
        {"abc", 99, "  abc\n     ^\n"},
        {"", 1, "  \n  ^\n"},
        {"\ta\tb", 4, "  \ta\tb\n  \t \t^\n"},
        {"é b", 3, "  é b\n    ^\n"},
        {"原因 b", 4, "  原因 b\n       ^\n"},
        {"a\x1b[1mb", 6, "  a?[1mb\n       ^\n"},
        {"a\xff"
         "b",
         3, "  a?b\n    ^\n"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
        CLEANUP(gloss_buf_deinit) struct gloss_buf expected = {0};

        gloss_buf_printf(&expected, "f:1:%u: error: x\n%s", rows[i].column, rows[i].shown);
        gloss_buf_char(&expected, '\0');
        gloss_diags_add(&d, GLOSS_DIAG_ERROR, "f", 1, rows[i].column, gloss_span_str(rows[i].line),
                        "x");
        expect_shown(&d, 0, expected.ptr);
    }
}

Test(diag, a_long_line_is_cut_around_the_caret)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
    CLEANUP(gloss_buf_deinit) struct gloss_buf expected = {0};
    char line[1000];

    memset(line, 'a', sizeof(line));
    line[500] = 'X';
    gloss_diags_add(&d, GLOSS_DIAG_ERROR, "f", 1, 501, gloss_span(line, sizeof(line)), "x");
    gloss_buf_printf(&expected, "f:1:501: error: x\n  …%.60sX%.59s…\n   %60s^\n", line, line, "");
    gloss_buf_char(&expected, '\0');
    expect_shown(&d, 0, expected.ptr);
}

Test(diag, what_is_quoted_cannot_reach_the_terminal_as_a_control)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};

    gloss_diags_add(&d, GLOSS_DIAG_ERROR, "a\nb\x1b", 1, 0, none(), "key '\x1b]0;\x07\xc2\x9b'");
    expect_shown(&d, 0, "a?b?:1: error: key '?]0;?\?'\n");
}

Test(diag, a_thousand_are_kept_and_the_rest_is_counted)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};

    for (unsigned i = 1; i <= 1500; i++)
        gloss_diags_add(&d, GLOSS_DIAG_ERROR, "f", i, 0, none(), "x");
    cr_expect_eq(d.n, 1000);
    cr_expect_eq(d.errors, 1500);
    cr_expect_eq(d.items[999].line, 1000);
    cr_expect_not(d.failed);
    gloss_diags_deinit(&d);
    cr_expect_eq(d.n, 0);
    cr_expect_eq(d.errors, 0);
}
