/* The words on the command line: what they choose, and the messages when they are wrong. */

#include "core/base/util.h"
#include "helpers/run.h"

#include <criterion/criterion.h>
#include <unistd.h>

TestSuite(cmd, .fini = scratch_remove);

static void expect_one_line(const char *text)
{
    const char *end = strchr(text, '\n');

    cr_expect(strncmp(text, "glossd: ", 8) == 0, "begins with the name: %s", text);
    cr_expect(end && end[1] == '\0', "is one line: %s", text);
}

Test(cmd, wrong_words_are_named_with_their_mend)
{
    static const struct {
        const char *words[4];
        const char *thing, *mend;
    } cases[] = {
        {{"sumary"}, "sumary", "'glossd summary'"},
        {{"frobnicate"}, "frobnicate", "--help"},
        {{"annotate", "--colour", "never"}, "--colour", "--color"},
        {{"annotate", "--frobnicate"}, "--frobnicate", "glossd annotate --help"},
        {{"--format"}, "--format", "--format FORMAT"},
        {{"-f"}, "-f", "-f FORMAT"},
        {{"--no-summary=3"}, "--no-summary=3", "no value"},
        {{"-Z"}, "-Z", "glossd annotate --help"},
        {{"-sZ"}, "-Z", "glossd annotate --help"},
        {{"--format", "xml"}, "--format", "text, note, json, logfmt"},
        {{"--emit=some"}, "--emit", "all, matched"},
        {{"--color", "blue"}, "--color", "auto, always, never"},
        {{"--min-severity", "bad"}, "--min-severity", "info, warning, error, critical"},
        {{"-A", "x"}, "--after-context", "0 to 1000000"},
        {{"-C", ""}, "--context", "0 to 1000000"},
        {{"-B", "99999999999"}, "--before-context", "0 to 1000000"},
        {{"--only", "BIZ_TOPIC_NOT_FOUNT"}, "BIZ_TOPIC_NOT_FOUNT", "BIZ_TOPIC_NOT_FOUND"},
        {{"--only", "NOTHING_LIKE_IT*"}, "NOTHING_LIKE_IT*", "catalog show"},
        {{"--only", "ons_*"}, "'ons_*'", "as in ONS_SYSTEM_ERROR"},
        {{"-o", "/nowhere/at/all"}, "/nowhere/at/all", "its folder does not exist; make it"},
        {{"run", "-c", "x"}, "--catalog", "put the catalog there"},
        {{"run", "x"}, "x: ", "--config FILE"},
        {{"--encoding", "klingon"}, "'klingon'", "iconv -l"},
        {{"summary", "--encoding="}, "--encoding: unknown encoding ''", "iconv -l"},
        {{"summary", "--encoding=klingon", "nowhere"}, "'klingon'", "iconv -l"},
        {{"annotate", "--", ""}, "'': no such file", "check the name"},
        {{"annotate", "-o", ""}, "'': no such file", "check the name"},
        {{"explain", ""}, "'': unknown code", "catalog list"},
        {{"explain", " "}, "' ': unknown code", "catalog list"},
        {{"--e"}, "--e", "several"},
        {{"summary", "--format", "text"}, "--format", "table, json, csv, prometheus"},
        {{"summary", "--by", "day"}, "--by", "code, source"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct run r;

        run_all(&r, NULL, "", 0, cases[i].words);
        cr_expect_eq(r.status, STREQ(cases[i].words[0], "explain") ? 1 : 2, "case %zu: status %d",
                     i, r.status);
        expect_one_line(r.err_text.ptr);
        cr_expect(strstr(r.err_text.ptr, cases[i].thing), "names %s: %s", cases[i].thing,
                  r.err_text.ptr);
        cr_expect(strstr(r.err_text.ptr, cases[i].mend), "offers %s: %s", cases[i].mend,
                  r.err_text.ptr);
        cr_expect_eq(r.out_text.len, 0, "nothing on standard output: %s", r.out_text.ptr);
        run_free(&r);
    }
}

Test(cmd, each_help_teaches_its_options)
{
    static const struct {
        const char *words[3];
        const char *wanted;
    } cases[] = {
        {{"--help"}, "summary"},
        {{"-h"}, "Exit status"},
        {{"annotate", "--help"}, "--min-severity"},
        {{"annotate", "--help"}, "glossd -C 3 app.log"},
        {{"run", "--help"}, "Usage: glossd run [OPTION...]\n"},
        {{"run", "--help"}, "\nlines and counters to its sinks. Its state remembers"},
        {{"annotate", "-h"}, "--catalog"},
        {{"summary", "--help"}, "--by"},
        {{"summary", "--help"}, "Examples:"},
        {{"catalog", "--help"}, "Usage: glossd catalog [OPTION...] list\n  or:  glossd catalog "},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct run r;

        cr_expect_eq(run_all(&r, NULL, "", 0, cases[i].words), 0, "case %zu", i);
        cr_expect(strstr(r.out_text.ptr, cases[i].wanted), "case %zu: %s", i, r.out_text.ptr);
        cr_expect_null(strstr(r.out_text.ptr, "Mandatory or optional"), "says what all can see");
        cr_expect_eq(r.err_text.len, 0, "case %zu: %s", i, r.err_text.ptr);
        run_free(&r);
    }
}

Test(cmd, the_version_says_how_this_machine_searches)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "--version"), 0);
    cr_expect(strncmp(r.out_text.ptr, "glossd 0.", 9) == 0, "%s", r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "kernels"), "%s", r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "PCRE2 JIT"), "%s", r.out_text.ptr);
    run_free(&r);
}

Test(cmd, without_words_it_annotates_what_is_piped_in)
{
    static const char noted[] = "x BIZ_TOPIC_NOT_FOUND y  # BIZ_TOPIC_NOT_FOUND: ";
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "x BIZ_TOPIC_NOT_FOUND y\n"), 0);
    cr_expect(strncmp(r.out_text.ptr, noted, strlen(noted)) == 0, "%s", r.out_text.ptr);
    run_free(&r);
}

Test(cmd, without_words_at_a_terminal_it_helps)
{
    const struct run_options terminal = {.in_terminal = true};
    struct run r;

    cr_expect_eq(RUN(&r, &terminal, ""), 0);
    cr_expect(strstr(r.out_text.ptr, "Usage:"), "%s", r.out_text.ptr);
    run_free(&r);
}

Test(cmd, summary_at_a_terminal_asks_the_service_and_tells_where_there_is_none)
{
    const struct run_options terminal = {.in_terminal = true};
    struct run r;

    if (access("/etc/glossd/glossd.yaml", F_OK) == 0 ||
        access("/var/lib/glossd/state.db", F_OK) == 0)
        cr_skip("a service is set up on this machine");
    cr_expect_eq(RUN(&r, &terminal, "", "summary"), 2);
    expect_one_line(r.err_text.ptr);
    cr_expect(strstr(r.err_text.ptr, "/var/lib/glossd/state.db: there is no state of a service"),
              "%s", r.err_text.ptr);
    cr_expect(strstr(r.err_text.ptr, "--state FILE"), "%s", r.err_text.ptr);
    cr_expect(strstr(r.err_text.ptr, "'glossd summary FILE'"), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(cmd, a_first_word_that_is_a_file_is_annotated)
{
    const char *path = scratch_file("some.log", "BIZ_NO_MESSAGE\n", 15);
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", path), 0);
    cr_expect(strstr(r.out_text.ptr, "# BIZ_NO_MESSAGE: "), "%s", r.out_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "BIZ_NO_MESSAGE\n", "-"), 0);
    cr_expect(strstr(r.out_text.ptr, "# BIZ_NO_MESSAGE: "), "%s", r.out_text.ptr);
    run_free(&r);
}

Test(cmd, a_first_word_that_looks_like_a_path_is_a_file_even_if_it_is_gone, .fini = scratch_remove)
{
    const char *path = scratch_file("some.log", "BIZ_NO_MESSAGE\n", 15);
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "gone.log", path), 2);
    cr_expect(strstr(r.out_text.ptr, "# BIZ_NO_MESSAGE: "), "%s", r.out_text.ptr);
    cr_expect_str_eq(r.err_text.ptr, "glossd: gone.log: no such file; check the name\n");
    run_free(&r);
}

Test(cmd, options_may_stand_behind_files_and_be_cut_short)
{
    const char *path = scratch_file("some.log", "one\nBIZ_NO_MESSAGE\n", 19);
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "annotate", path, "--em=matched", "-fjson"), 0);
    cr_expect_eq(r.out_text.ptr[0], '{', "%s", r.out_text.ptr);
    cr_expect_eq(strchr(r.out_text.ptr, '\n'), r.out_text.ptr + r.out_text.len - 1);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "annotate", "--", "--emit"), 2);
    cr_expect(strstr(r.err_text.ptr, "--emit: no such file"), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(cmd, a_subcommand_behind_options_is_told_its_place)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "--color=never", "summary", "--no-summary"), 2);
    expect_one_line(r.err_text.ptr);
    cr_expect(strstr(r.err_text.ptr, "summary: no such file; write a subcommand"), "%s",
              r.err_text.ptr);
    run_free(&r);
}

Test(cmd, a_name_full_of_control_characters_makes_one_harmless_line)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "annotate", "a\nb\033[31m.log"), 2);
    expect_one_line(r.err_text.ptr);
    cr_expect_null(strchr(r.err_text.ptr, '\033'));
    run_free(&r);
}
