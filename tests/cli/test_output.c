/* Where output goes, and what happens when it cannot be written. */

#include "core/base/util.h"
#include "helpers/run.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(output, .fini = scratch_remove);

static struct gloss_buf file_text(const char *path)
{
    struct gloss_buf text = {0};
    FILE *file = fopen(path, "rb");
    char piece[4096];
    size_t n;

    cr_assert_not_null(file, "%s opens", path);
    while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
        gloss_buf_append(&text, piece, n);
    fclose(file);
    gloss_buf_char(&text, '\0');
    return text;
}

static void expect_file(const char *path, const char *wanted)
{
    struct gloss_buf text = file_text(path);

    cr_expect_str_eq(text.ptr, wanted);
    gloss_buf_deinit(&text);
}

Test(output, a_full_disk_ends_with_2_and_is_named)
{
    const struct run_options full = {.stdout_path = "/dev/full"};
    static const char *const cases[][4] = {
        {"annotate"}, {"summary"}, {"annotate", "--output", "/dev/full"}, {"--help"}};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *thing = i == 2 ? "/dev/full: " : "standard output: ";
        struct run r;

        cr_expect_eq(run_all(&r, &full, "BIZ_NO_MESSAGE\n", 15, cases[i]), 2, "case %zu", i);
        cr_expect(strstr(r.err_text.ptr, thing), "case %zu: %s", i, r.err_text.ptr);
        run_free(&r);
    }
}

Test(output, a_file_at_its_limit_ends_with_2_and_is_named)
{
    const struct run_options small = {.max_file_bytes = 10};
    struct run r;

    cr_expect_eq(RUN(&r, &small, "a line of more than ten bytes\n", "annotate", "-o",
                     scratch_path("limited")),
                 2);
    cr_expect(strstr(r.err_text.ptr, "limited: "), "%s", r.err_text.ptr);
    run_free(&r);
    expect_file(scratch_path("limited"), "a line of ");
}

Test(output, a_reader_that_leaves_ends_it_quietly)
{
    struct run r;

    run_start(&r, NULL, "annotate", "--summary", NULL);
    run_send(&r, "one\n", 4);
    cr_assert(run_hears(&r, "one\n"));
    close(r.out);
    r.out = -1;
    while (run_send(&r, "BIZ_NO_MESSAGE\n", 15))
        ;
    cr_expect_eq(run_end(&r), 0, "status %d", r.status);
    cr_expect_eq(r.err_text.len, 0, "%s", r.err_text.ptr);
    run_free(&r);
}

Test(output, a_file_is_replaced_only_when_it_is_no_input)
{
    const char *log = scratch_file("log", "ONE\n", 4);
    const char *out = scratch_file("out", "older and longer than what comes\n", 33);
    const char *link = scratch_path("link");
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "annotate", "--output", out, log), 0);
    cr_expect_eq(r.out_text.len, 0);
    run_free(&r);
    expect_file(out, "ONE\n");

    cr_assert_eq(symlink(log, link), 0);
    cr_expect_eq(RUN(&r, NULL, "", "annotate", "-o", link, out, log), 2);
    cr_expect(strstr(r.err_text.ptr, "is also an input"), "%s", r.err_text.ptr);
    run_free(&r);
    expect_file(log, "ONE\n");

    cr_expect_eq(RUN(&r, (&(struct run_options){.stdin_path = log}), "", "annotate", "-o", log), 2);
    run_free(&r);
    expect_file(log, "ONE\n");
}

Test(output, a_file_that_cannot_be_made_is_named)
{
    const char *path = scratch_path("no/such/folder");
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "annotate", "--output", path), 2);
    cr_expect(strstr(r.err_text.ptr, path), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(output, what_is_appended_to_is_not_read)
{
    const char *log = scratch_file("log", "ONE\n", 4);
    const struct run_options append = {.stdout_path = log};
    struct run r;

    cr_expect_eq(RUN(&r, &append, "", "annotate", log), 2);
    cr_expect(strstr(r.err_text.ptr, "is also the output"), "%s", r.err_text.ptr);
    run_free(&r);
    expect_file(log, "ONE\n");
}

/* The first file that is opened would get the number of the closed descriptor. */
Test(output, closed_descriptors_do_not_let_messages_into_files)
{
    static const struct run_options closed[] = {
        {.err_closed = true},
        {.out_closed = true},
        {.in_closed = true, .out_closed = true, .err_closed = true},
    };

    for (size_t i = 0; i < ARRAY_SIZE(closed); i++) {
        const char *log = scratch_file("log", "x BIZ_NO_MESSAGE\n", 17);
        const char *out = scratch_path("out");
        struct run r;

        RUN(&r, &closed[i], "", "annotate", "--summary", "-femit", log);
        cr_expect_eq(r.status, 2, "case %zu", i);
        run_free(&r);
        cr_expect_eq(RUN(&r, &closed[i], "", "annotate", "--summary", "--format=text", "--only",
                         "ONS_SYSTEM_ERROR", "--output", out, log),
                     0, "case %zu", i);
        run_free(&r);
        expect_file(out, "x BIZ_NO_MESSAGE\n");
        expect_file(log, "x BIZ_NO_MESSAGE\n");
    }
}

Test(output, a_terminal_gets_notes_in_colour_and_a_pipe_gets_text)
{
    static const char *const no_color[] = {"NO_COLOR=1", NULL}, *const dumb[] = {"TERM=dumb", NULL};
    static const struct {
        bool terminal;
        const char *const *env;
        const char *words[4];
        bool color, note;
    } cases[] = {
        {false, NULL, {"annotate"}, false, false},
        {true, NULL, {"annotate"}, true, true},
        {true, no_color, {"annotate"}, false, true},
        {true, dumb, {"annotate"}, false, true},
        {true, no_color, {"annotate", "--color=always"}, true, true},
        {true, NULL, {"annotate", "--color=never"}, false, true},
        {true, NULL, {"annotate", "--format=text", "--color=never"}, false, false},
        {false, NULL, {"annotate", "--color=always"}, true, false},
        {false, NULL, {"annotate", "--format=note"}, false, true},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct run_options options = {.out_terminal = cases[i].terminal, .env = cases[i].env};
        struct run r;

        cr_expect_eq(run_all(&r, &options, "BIZ_NO_MESSAGE x\n", 17, cases[i].words), 0);
        cr_expect_eq(strstr(r.out_text.ptr, "\033[") != NULL, cases[i].color, "case %zu: %s", i,
                     r.out_text.ptr);
        cr_expect_eq(strstr(r.out_text.ptr, " x\n") != NULL, cases[i].note, "case %zu: %s", i,
                     r.out_text.ptr);
        run_free(&r);
    }
}

Test(output, control_characters_do_not_reach_a_terminal)
{
    const struct run_options terminal = {.out_terminal = true};
    static const char log[] = "\033]0;owned\007 BIZ_NO_MESSAGE\n";
    struct run r;

    cr_expect_eq(RUN(&r, &terminal, log, "annotate", "--color=never"), 0);
    cr_expect_null(strchr(r.out_text.ptr, '\033'));
    cr_expect(strstr(r.out_text.ptr, "^[]0;owned^G"), "%s", r.out_text.ptr);
    run_free(&r);
}

Test(output, a_summary_stands_on_standard_error_where_that_is_a_terminal_or_asked_for)
{
    static const struct {
        bool terminal;
        const char *option;
        bool wanted;
    } cases[] = {{true, NULL, true},
                 {false, NULL, false},
                 {false, "--summary", true},
                 {true, "--no-summary", false},
                 {true, "--summary", true}};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct run_options options = {.err_terminal = cases[i].terminal};
        struct run r;

        cr_expect_eq(RUN(&r, &options, "BIZ_NO_MESSAGE\n", "annotate", cases[i].option), 0);
        cr_expect_eq(strstr(r.err_text.ptr, "BIZ_NO_MESSAGE") != NULL, cases[i].wanted,
                     "case %zu: %s", i, r.err_text.ptr);
        cr_expect_null(strstr(r.out_text.ptr, "1 hit"));
        run_free(&r);
    }
}

Test(output, a_blank_line_parts_lines_from_counters_where_both_are_on_a_terminal)
{
    const struct run_options both = {.out_terminal = true, .err_terminal = true};
    const struct run_options one = {.err_terminal = true};
    struct run r;

    cr_expect_eq(RUN(&r, &both, "BIZ_NO_MESSAGE\n", "annotate", "--color=never"), 0);
    cr_expect_eq(strncmp(r.err_text.ptr, "\nCODE ", 6), 0, "%s", r.err_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, &one, "BIZ_NO_MESSAGE\n", "annotate", "--color=never"), 0);
    cr_expect_eq(strncmp(r.err_text.ptr, "CODE ", 5), 0, "%s", r.err_text.ptr);
    run_free(&r);
}

Test(output, a_severity_has_one_colour_in_notes_tables_and_explanations)
{
    static const char *const commands[] = {"annotate", "summary", "explain"};
    static const struct {
        const char *code, *colour;
    } rows[] = {{"BIZ_NO_MESSAGE", "\x1b[36m"},
                {"BIZ_TOPIC_EXISTED", "\x1b[33m"},
                {"BIZ_TOPIC_NOT_FOUND", "\x1b[31m"},
                {"ONS_SYSTEM_ERROR", "\x1b[1;31m"}};

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        for (size_t k = 0; k < ARRAY_SIZE(commands); k++) {
            const char *word = k == 2 ? rows[i].code : "-";
            struct run r;

            cr_expect_eq(RUN(&r, NULL, rows[i].code, commands[k], "--color=always", word), 0);
            cr_expect(strstr(r.out_text.ptr, rows[i].colour), "%s: %s", commands[k],
                      r.out_text.ptr);
            run_free(&r);
        }
}

Test(output, what_is_closed_is_neither_an_empty_log_nor_a_place_for_an_answer)
{
    static const struct run_options no_input = {.in_closed = true};
    static const struct run_options no_output = {.out_closed = true};
    static const char *const commands[] = {"annotate", "summary"};

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        struct run r;

        cr_expect_eq(RUN(&r, &no_input, "", commands[i]), 2);
        cr_expect(strstr(r.err_text.ptr, "standard input: is closed; "), "%s", r.err_text.ptr);
        run_free(&r);
        cr_expect_eq(RUN(&r, &no_output, "BIZ_NO_MESSAGE\n", commands[i]), 2);
        cr_expect(strstr(r.err_text.ptr, "standard output: is closed; "), "%s", r.err_text.ptr);
        run_free(&r);
    }
}

Test(output, a_dash_is_standard_output)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "one\n", "annotate", "-o", "-"), 0);
    cr_expect_str_eq(r.out_text.ptr, "one\n");
    run_free(&r);
}
