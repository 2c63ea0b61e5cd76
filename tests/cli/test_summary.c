/* What summary counts in files. Its formats are tested with the code that writes them. */

#include "core/base/util.h"
#include "helpers/run.h"

#include <criterion/criterion.h>

#define LOG "BIZ_NO_MESSAGE BIZ_NO_MESSAGE\nONS_SYSTEM_ERROR\nResponseCode=200\nBIZ_NO_MESSAGES"

TestSuite(summary, .fini = scratch_remove);

static void expect_all(const char *text, const char *const *wanted)
{
    for (size_t i = 0; wanted[i]; i++)
        cr_expect(strstr(text, wanted[i]), "%s is not in %s", wanted[i], text);
}

Test(summary, each_format_counts_the_same)
{
    static const struct {
        const char *words[4];
        const char *wanted[8];
    } cases[] = {
        {{"summary"}, {"BIZ_NO_MESSAGE ", "ONS_SYSTEM_ERROR ", "4 lines", "3 hits"}},
        {{"summary", "-fjson"},
         {"{\"schema\": 1,", "\"bytes\": 79,", "\"lines\": 4,", "\"matched_lines\": 2,",
          "\"hits\": 3,", "\"successes\": 1,"}},
        {{"summary", "--format=csv"}, {"BIZ_NO_MESSAGE", ",2,1"}},
        {{"summary", "--format", "prometheus"}, {"# TYPE", "code=\"BIZ_NO_MESSAGE\""}},
        {{"summary", "--by", "source"}, {"stdin"}},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct run r;

        cr_expect_eq(run_all(&r, NULL, LOG, strlen(LOG), cases[i].words), 0, "case %zu", i);
        expect_all(r.out_text.ptr, cases[i].wanted);
        cr_expect_eq(r.err_text.len, 0, "%s", r.err_text.ptr);
        run_free(&r);
    }
}

Test(summary, files_and_standard_input_are_sources_of_their_own)
{
    static const char *const wanted[] = {"\"lines\": 9,", "\"hits\": 6,", "\"source\": \"stdin\"",
                                         "/a.log\"", NULL};
    const char *a = scratch_file("a.log", LOG "\n\n", strlen(LOG) + 2);
    struct run r;

    cr_expect_eq(RUN(&r, NULL, LOG, "summary", "--format=json", a, "-"), 0);
    expect_all(r.out_text.ptr, wanted);
    run_free(&r);
}

Test(summary, a_file_that_fails_does_not_silence_the_others)
{
    const char *a = scratch_file("a.log", LOG, strlen(LOG));
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "summary", "--format=json", scratch_path("none"), a), 2);
    cr_expect(strstr(r.out_text.ptr, "\"hits\": 3,"), "%s", r.out_text.ptr);
    cr_expect(strstr(r.err_text.ptr, "none: no such file; "), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(summary, the_table_fits_the_terminal)
{
    static const char *const narrow[] = {"COLUMNS=60", NULL};
    const struct run_options options[] = {{.out_terminal = true},
                                          {.out_terminal = true, .env = narrow}};
    static const size_t widths[] = {80, 60};

    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        struct run r;
        size_t longest = 0;

        cr_expect_eq(RUN(&r, &options[i], LOG, "summary", "--color=never"), 0);
        for (const char *line = r.out_text.ptr; *line;) {
            size_t length = strcspn(line, "\n");

            /* The terminal wraps the sentences below the table. */
            if (strstr(line, "CODE") || (line[0] >= 'A' && line[0] <= 'Z'))
                longest = MAX(longest, length);
            line += length + (line[length] == '\n');
        }
        cr_expect_gt(longest, 0);
        cr_expect_leq(longest, widths[i], "%zu columns: %s", longest, r.out_text.ptr);
        run_free(&r);
    }
}
