/* glossd check: one line when all is well, every mistake when not. */

#include "core/base/util.h"
#include "helpers/run.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(check, .fini = scratch_remove);

/* A configuration whose logs, sinks and state are in the folder of the test. */
static const char *write_config(const char *more)
{
    char text[4096];
    int n = snprintf(text, sizeof(text),
                     "state: %1$s/state.db\nsources:\n  - follow: %1$s/*.log\nsinks:\n"
                     "  - name: out\n    file: %1$s/out\n%2$s",
                     scratch(), more);

    return scratch_file("own.yaml", text, (size_t)n);
}

static void expect_answer(const char *more, const char *answer, const char *error)
{
    const char *file = write_config(more);
    char expected[4096];
    struct run r;

    snprintf(expected, sizeof(expected), "%s: ok: 1 source, 1 sink, state %s/state.db%s\n", file,
             scratch(), answer);
    cr_expect_eq(RUN(&r, NULL, "", "check", "--config", file), 0);
    cr_expect_str_eq(r.out_text.ptr, expected);
    cr_expect(strstr(r.err_text.ptr, error) && !*error == !*r.err_text.ptr, "%s", r.err_text.ptr);
    run_free(&r);
}

Test(check, a_good_configuration_is_answered_in_one_line)
{
    expect_answer("", "", "");
}

Test(check, a_warning_does_not_fail_it)
{
    cr_assert_eq(symlink("self.log", scratch_path("self.log")), 0);
    expect_answer("", ", 1 warning", "own.yaml:3:13: warning: ");
}

Test(check, each_mistake_is_shown_with_place_line_and_caret)
{
    const char *file = write_config("    formt: json\n    mode: 9\n");
    char expected[4096];
    struct run r;

    snprintf(expected, sizeof(expected),
             "%1$s:7:5: error: unknown key 'formt', did you mean 'format'?\n"
             "      formt: json\n"
             "      ^\n"
             "%1$s:8:11: error: 'mode' must be permissions in octal such as 0640, at most 0777, "
             "not '9'\n"
             "      mode: 9\n"
             "            ^\n",
             file);
    cr_expect_eq(RUN(&r, NULL, "", "check", "--config", file), 2);
    cr_expect_str_eq(r.err_text.ptr, expected);
    cr_expect_eq(r.out_text.len, 0, "nothing on standard output: %s", r.out_text.ptr);
    run_free(&r);
}

Test(check, a_missing_file_is_named_with_its_mend)
{
    const char *file = scratch_path("none.yaml");
    char expected[4096];
    struct run r;

    snprintf(expected, sizeof(expected),
             "%s: error: no such file; --config names another, glossd.yaml(5) describes its keys\n",
             file);
    cr_expect_eq(RUN(&r, NULL, "", "check", "--config", file), 2);
    cr_expect_str_eq(r.err_text.ptr, expected);
    run_free(&r);
}

Test(check, words_that_do_not_belong_are_refused)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "check", "own.yaml"), 2);
    cr_expect(strstr(r.err_text.ptr, "--config FILE"), "%s", r.err_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "check", "--catalog", "x"), 2);
    cr_expect(strstr(r.err_text.ptr, "catalog check"), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(check, the_help_does_not_offer_what_is_refused)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "check", "--help"), 0);
    cr_expect(strstr(r.out_text.ptr, "--config"), "%s", r.out_text.ptr);
    cr_expect_null(strstr(r.out_text.ptr, "--catalog"), "%s", r.out_text.ptr);
    run_free(&r);
}

Test(check, nothing_is_made_or_changed)
{
    struct stat st;
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "check", "--config", write_config("")), 0);
    cr_expect_neq(stat(scratch_path("out"), &st), 0);
    cr_expect_neq(stat(scratch_path("state.db"), &st), 0);
    run_free(&r);
}
