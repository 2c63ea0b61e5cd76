/* Each option of annotate does what its help says. How a line looks in each format is tested with
 * the annotator. */

#include "core/base/util.h"
#include "helpers/run.h"

#include <criterion/criterion.h>

#define LOG                                                                                      \
    "1 one\n2 BIZ_NO_MESSAGE\n3 three\n4 four\n5 five\n6 ONS_SYSTEM_ERROR BIZ_TOPIC_NOT_FOUND\n" \
    "7 seven\n8 BIZ_NO_MESSAGES\n"

TestSuite(annotate, .fini = scratch_remove);

/* The numbers of the lines that come out, in one string. */
static void line_numbers(const char *text, char *ret_numbers, size_t size)
{
    size_t n = 0;

    for (const char *line = text; line && *line && n + 1 < size; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (*line)
            ret_numbers[n++] = *line;
    }
    ret_numbers[n] = '\0';
}

Test(annotate, options_choose_the_lines)
{
    static const struct {
        const char *words[8];
        const char *lines;
    } cases[] = {
        {{"annotate"}, "12345678"},
        {{"annotate", "--emit=all", "-C2"}, "12345678"},
        {{"annotate", "--emit=matched"}, "26"},
        {{"annotate", "-ematched", "-A1"}, "23-67"},
        {{"annotate", "-ematched", "-B1"}, "12-56"},
        {{"annotate", "-ematched", "-C1"}, "123-567"},
        {{"annotate", "-ematched", "-C2"}, "12345678"},
        {{"annotate", "-ematched", "-C1", "-A0"}, "12-56"},
        {{"annotate", "-ematched", "-A0", "-C1"}, "12-56"},
        {{"annotate", "-ematched", "-B0", "-C1"}, "23-67"},
        {{"annotate", "-ematched", "-A0"}, "2-6"},
        {{"annotate", "-ematched", "-C0"}, "2-6"},
        {{"annotate", "-C1"}, "123-567"},
        {{"annotate", "-C1", "--emit=all"}, "12345678"},
        {{"annotate", "-ematched", "--only=BIZ_NO_MESSAGE"}, "2"},
        {{"annotate", "-ematched", "--only=ONS_*"}, "6"},
        {{"annotate", "-ematched", "--only=ONS_*", "--only", "BIZ_NO_*"}, "26"},
        {{"annotate", "-ematched", "--min-severity=info"}, "26"},
        {{"annotate", "-ematched", "--min-severity=warning"}, "6"},
        {{"annotate", "-ematched", "-m", "critical", "--only=BIZ_*"}, ""},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char numbers[64];
        struct run r;

        cr_expect_eq(run_all(&r, NULL, LOG, strlen(LOG), cases[i].words), 0, "case %zu", i);
        line_numbers(r.out_text.ptr, numbers, sizeof(numbers));
        cr_expect_str_eq(numbers, cases[i].lines, "case %zu: %s", i, r.out_text.ptr);
        run_free(&r);
    }
}

Test(annotate, before_context_that_is_too_much_is_said)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0};
    struct run r;

    for (int i = 0; i < 20000; i++)
        gloss_buf_printf(&log, "%-1023d\n", i);
    gloss_buf_str(&log, "BIZ_NO_MESSAGE\n");
    cr_assert_not(log.failed);
    cr_expect_eq(run_all(&r, NULL, log.ptr, log.len,
                         (const char *const[]){"annotate", "-B", "1000000", NULL}),
                 0);
    cr_expect_str_eq(r.err_text.ptr,
                     "glossd: standard input: warning: at most 8 MiB of lines are shown before a "
                     "match, and there were more; give -B fewer lines\n");
    cr_expect(strncmp(r.out_text.ptr, "11808 ", 6) == 0, "%.6s", r.out_text.ptr);
    if (!run_is_sanitized())
        cr_expect_lt(r.max_rss_kib, 64 * 1024, "%ld KiB", r.max_rss_kib);
    run_free(&r);
}

Test(annotate, notes_of_codes_not_selected_are_left_out)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, LOG, "annotate", "--only", "ONS_SYSTEM_ERROR", "--summary"), 0);
    cr_expect(strstr(r.out_text.ptr, "# ONS_SYSTEM_ERROR: "), "%s", r.out_text.ptr);
    cr_expect_null(strstr(r.out_text.ptr, "# BIZ_NO_MESSAGE: "), "%s", r.out_text.ptr);
    cr_expect(strstr(r.err_text.ptr, "ONS_SYSTEM_ERROR"), "%s", r.err_text.ptr);
    cr_expect_null(strstr(r.err_text.ptr, "BIZ_TOPIC_NOT_FOUND"), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(annotate, the_exit_code_tells_whether_a_selected_code_was_seen)
{
    static const struct {
        const char *words[4];
        const char *log;
        int status;
    } cases[] = {
        {{"annotate", "--exit-code"}, LOG, 1},
        {{"annotate", "--exit-code"}, "nothing\nBIZ_NO_MESSAGES\n", 0},
        {{"annotate", "--exit-code"}, "", 0},
        {{"annotate", "--exit-code", "--only=BIZ_SUBSCRIPTION_*"}, LOG, 0},
        {{"annotate", "--exit-code", "--only=ONS_SYS*"}, LOG, 1},
        {{"annotate", "--exit-code", "/nonexistent.log"}, "", 2},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct run r;

        cr_expect_eq(run_all(&r, NULL, cases[i].log, strlen(cases[i].log), cases[i].words),
                     cases[i].status, "case %zu: status %d, %s", i, r.status, r.err_text.ptr);
        run_free(&r);
    }
}

Test(annotate, each_format_is_its_own)
{
    static const struct {
        const char *format, *begin;
    } cases[] = {
        {"text", "2026-11-23 08:00:01 BIZ_NO_MESSAGE  # BIZ_NO_MESSAGE: "},
        {"note", "2026-11-23 08:00:01 BIZ_NO_MESSAGE\n"},
        {"json", "{\"time\":\"2026-11-23T08:00:01Z\",\"time_source\":\"line\","},
        {"logfmt", "time=2026-11-23T08:00:01Z time_source=line source=stdin line=1 "},
    };
    static const char *const utc[] = {"TZ=UTC", NULL};
    static const char log[] = "2026-11-23 08:00:01 BIZ_NO_MESSAGE\n";

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *const words[] = {"annotate", "--format", cases[i].format, NULL};
        struct run r;

        cr_expect_eq(run_all(&r, &(struct run_options){.env = utc}, log, strlen(log), words), 0);
        cr_expect(strncmp(r.out_text.ptr, cases[i].begin, strlen(cases[i].begin)) == 0, "%s",
                  r.out_text.ptr);
        run_free(&r);
    }
}

Test(annotate, local_times_are_taken_in_the_local_zone)
{
    static const char *const zone[] = {"TZ=CST-8", NULL};
    static const char log[] =
        "2026-11-23 08:00:01 x\n2026-11-23 08:59:59 y\n2026-11-23 09:00:00 z\n";
    struct run r;

    cr_expect_eq(RUN(&r, (&(struct run_options){.env = zone}), log, "annotate", "-fjson"), 0);
    cr_expect(strstr(r.out_text.ptr, "\"2026-11-23T00:00:01Z\""), "%s", r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "\"2026-11-23T00:59:59Z\""), "%s", r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "\"2026-11-23T01:00:00Z\""), "%s", r.out_text.ptr);
    run_free(&r);
}

Test(annotate, several_files_carry_their_names)
{
    static const char *const formats[] = {"note", "json", "logfmt"};
    const char *a = scratch_file("a.log", "BIZ_NO_MESSAGE\n", 15);
    const char *b = scratch_file("b.log", "ONS_SYSTEM_ERROR", 16);

    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        struct run r;

        cr_expect_eq(RUN(&r, NULL, "", "annotate", "-f", formats[i], a, b), 0);
        cr_expect(strstr(r.out_text.ptr, "a.log"), "%s: %s", formats[i], r.out_text.ptr);
        cr_expect(strstr(r.out_text.ptr, "b.log"), "%s: %s", formats[i], r.out_text.ptr);
        run_free(&r);
    }
}

Test(annotate, a_last_line_without_newline_does_not_swallow_the_next_files_first)
{
    const char *half = scratch_file("half.log", "one", 3),
               *whole = scratch_file("w.log", "two\n", 4);
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "annotate", half, whole), 0);
    cr_expect_str_eq(r.out_text.ptr, "one\ntwo\n");
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "annotate", whole, half), 0);
    cr_expect_str_eq(r.out_text.ptr, "two\none");
    run_free(&r);
}

/* As in grep. */
Test(annotate, groups_of_different_files_are_separated)
{
    static const char hit[] = "BIZ_NO_MESSAGE\n";
    const char *one = scratch_file("one.log", hit, sizeof(hit) - 1);
    const char *two = scratch_file("two.log", hit, sizeof(hit) - 1);
    const char *none = scratch_file("none.log", "nothing\n", 8);
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "annotate", "-e", "matched", "-C0", one, none, two), 0);
    cr_expect(strstr(r.out_text.ptr, "query.\n--\nBIZ_"), "%s", r.out_text.ptr);
    cr_expect_eq(r.out_text.ptr[0], 'B');
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "annotate", "-e", "matched", one, two), 0);
    cr_expect_null(strstr(r.out_text.ptr, "--\n"), "%s", r.out_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "annotate", "-e", "matched", "-C0", "-f", "note", one, two), 0);
    cr_expect_null(strstr(r.out_text.ptr, "--\n"), "%s", r.out_text.ptr);
    run_free(&r);
}

Test(annotate, a_catalog_given_takes_the_place_of_the_built_in_one)
{
    static const char yaml[] = "catalog: mine\ncodes:\n  MY_OWN_CODE:\n    cause: This.\n"
                               "    solution: That.\n";
    const char *catalog = scratch_file("mine.yaml", yaml, strlen(yaml));
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "MY_OWN_CODE BIZ_NO_MESSAGE\n", "annotate", "-c", catalog), 0);
    cr_expect_str_eq(r.out_text.ptr,
                     "MY_OWN_CODE BIZ_NO_MESSAGE  # MY_OWN_CODE: This. Fix: That.\n");
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "MY_OWN_CODE BIZ_NO_MESSAGE\n", "annotate", "-c", catalog,
                     "--catalog=aliyun-mqtt"),
                 0);
    cr_expect(strstr(r.out_text.ptr, "MY_OWN_CODE: ") && strstr(r.out_text.ptr, "BIZ_NO_MESSAGE: "),
              "%s", r.out_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "annotate", "-c", "/nonexistent/c.yaml"), 2);
    cr_expect(strstr(r.err_text.ptr, "/nonexistent/c.yaml"), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(annotate, a_pattern_that_works_too_hard_is_named)
{
    static const char yaml[] = "catalog: mine\ncodes:\n  SLOW:\n    pattern: 'x(a+)+(a+)+(a+)+y'\n"
                               "    cause: This.\n    solution: That.\n";
    const char *catalog = scratch_file("slow.yaml", yaml, strlen(yaml));
    struct run r;

    cr_expect_eq(RUN(&r, NULL,
                     "xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaz y\nxaaay\n",
                     "annotate", "-c", catalog),
                 0);
    cr_expect(strstr(r.err_text.ptr, "SLOW: warning: "), "%s", r.err_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "xaaay  # SLOW: "), "%s", r.out_text.ptr);
    run_free(&r);
}
