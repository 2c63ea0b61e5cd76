/* glossd catalog, and where it finds catalogs. */

#include "core/base/util.h"
#include "helpers/run.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define BODY "    cause: c\n    solution: s\n"

static const char good[] = "catalog: own\ncodes:\n  MY_CODE:\n" BODY;
static const char bad[] = "catalog: other\ncodes:\n  MY_CODE:\n    cause: c\n    solutoin: s\n";

static const char *file(const char *name, const char *text)
{
    return scratch_file(name, text, strlen(text));
}

Test(catalog, list_shows_what_is_shipped)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "catalog", "list"), 0);
    cr_expect(strstr(r.out_text.ptr, "\naliyun-mqtt     15  aliyun-mqtt.yaml (built in)  Alibaba "
                                     "Cloud MQ for MQTT\n"));
    run_free(&r);
}

Test(catalog, show_tells_all_of_a_catalog_or_one_code)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "catalog", "show", "aliyun-mqtt"), 0);
    cr_expect(strstr(r.out_text.ptr, "  success    ResponseCode=200\n"));
    cr_expect(strstr(r.out_text.ptr, "\nEMPOWER_OWNER_CHECK_ERROR\n"));
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "catalog", "show"), 0);
    cr_expect(strstr(r.out_text.ptr, "  catalog    aliyun-mqtt\n"));
    cr_expect(strstr(r.out_text.ptr, "\nEMPOWER_OWNER_CHECK_ERROR\n"));
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "catalog", "show", "biz_no_message"), 0);
    cr_expect_eq(strncmp(r.out_text.ptr, "BIZ_NO_MESSAGE\n", 15), 0);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "catalog", "show", "nonsense"), 2);
    cr_expect_str_eq(r.err_text.ptr,
                     "glossd: nonsense: neither a catalog nor a code; 'glossd catalog list' lists "
                     "catalogs, --catalog FILE adds a catalog\n");
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "catalog", "show", "BIZ_NO_MESSAGES"), 2);
    cr_expect_str_eq(r.err_text.ptr, "glossd: BIZ_NO_MESSAGES: neither a catalog nor a code; did "
                                     "you mean BIZ_NO_MESSAGE?\n");
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "catalog", "show", "BIZ_NO_MESSAGE", "ONS_SYS", "nonsense"), 2);
    cr_expect(strstr(r.out_text.ptr, "concept_109365\n\nONS_SYSTEM_ERROR\n"), "%s", r.out_text.ptr);
    cr_expect_str_eq(r.out_text.ptr + r.out_text.len - 15, "concept_109365\n",
                     "no blank line for what is not shown");
    run_free(&r);
}

Test(catalog, check_of_a_good_file_says_so, .fini = scratch_remove)
{
    const char *path = file("own.yaml", good);
    char expected[512];
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "catalog", "check", path), 0);
    snprintf(expected, sizeof(expected), "%s: good: catalog own, 1 code\n", path);
    cr_expect_str_eq(r.out_text.ptr, expected);
    cr_expect_eq(r.err_text.len, 0);
    run_free(&r);
}

Test(catalog, check_names_the_mistakes_of_all_files, .fini = scratch_remove)
{
    const char *first = file("a.yaml", good), *second = file("b.yaml", bad);
    char expected[2048];
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "catalog", "check", first, second, "/nonexistent"), 2);
    snprintf(expected, sizeof(expected),
             "%s:3:3: error: code 'MY_CODE' is already given at %s:3:3\n    MY_CODE:\n    ^\n"
             "%s:3:3: error: code 'MY_CODE' has no 'solution'\n    MY_CODE:\n    ^\n"
             "%s:5:5: error: unknown key 'solutoin', did you mean 'solution'?\n"
             "      solutoin: s\n      ^\n"
             "/nonexistent: error: no such file or folder\n",
             second, first, second, second);
    cr_expect_str_eq(r.err_text.ptr, expected);
    run_free(&r);
}

Test(catalog, check_without_files_checks_the_built_in_one)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "catalog", "check"), 0);
    cr_expect_str_eq(r.out_text.ptr, "aliyun-mqtt.yaml (built in): good: catalog aliyun-mqtt, 15 "
                                     "codes\n");
    run_free(&r);
}

Test(catalog, check_verbose_names_patterns_that_cost, .fini = scratch_remove)
{
    const char *path =
        file("own.yaml", "catalog: own\ncodes:\n  ANY:\n    pattern: '\\d{5}'\n" BODY);
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "catalog", "check", "--verbose", path), 0);
    cr_expect(strstr(r.out_text.ptr, "  patterns tried on every line: 1\n"));
    cr_expect(strstr(r.out_text.ptr, "  own: ANY has no text that each match must contain"));
    run_free(&r);
}

Test(catalog, a_folder_is_read_in_the_order_of_names, .fini = scratch_remove)
{
    struct run r;

    file("b.yaml", "catalog: two\ncodes:\n  B_CODE:\n" BODY);
    file("a.yaml", "catalog: one\ncodes:\n  A_CODE:\n" BODY);
    file("c.txt", "no catalog");
    file(".d.yaml", "no catalog");
    cr_expect_eq(RUN(&r, NULL, "", "catalog", "list", "--catalog", scratch()), 0);
    cr_expect(strstr(r.out_text.ptr, "one") < strstr(r.out_text.ptr, "two"));
    cr_expect_eq(r.err_text.len, 0);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "explain", "--catalog", scratch(), "A_CODE", "B_CODE"), 0);
    run_free(&r);
}

/* The check must fail with one line, which ends with this text. */
static void expect_one_line(const char *place, const char *end)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "catalog", "check", place), 2);
    cr_expect_eq(r.out_text.len, 0);
    cr_assert_geq(r.err_text.len, strlen(end));
    cr_expect_eq(strncmp(r.err_text.ptr, place, strlen(place)), 0, "%s", r.err_text.ptr);
    cr_expect_str_eq(r.err_text.ptr + r.err_text.len - strlen(end), end);
    cr_expect_eq(strchr(r.err_text.ptr, '\n'), r.err_text.ptr + r.err_text.len - 1, "one line: %s",
                 r.err_text.ptr);
    run_free(&r);
}

Test(catalog, what_cannot_be_read_is_one_clear_line, .fini = scratch_remove)
{
    const char *folder = scratch_path("folder.yaml");
    char inside[512];

    cr_assert_eq(mkdir(folder, 0755), 0);
    snprintf(inside, sizeof(inside), "%s/x.yaml", folder);
    expect_one_line("/nonexistent/x.yaml", ": error: no such file or folder\n");
    expect_one_line("", "'': error: no such file or folder, and no shipped catalog of that name; "
                        "shipped are: aliyun-mqtt\n");
    expect_one_line(folder,
                    ": error: the folder holds no catalog: there is no *.yaml file in it\n");
    expect_one_line(file("empty.yaml", ""), ": error: the file is empty\n");
    expect_one_line(file("blank.yaml", "# x\n\n"),
                    ": error: not a catalog: the file holds only blanks and comments\n");
    cr_assert_eq(mkdir(inside, 0755), 0);
    struct run r;
    cr_expect_eq(RUN(&r, NULL, "", "catalog", "check", folder), 2);
    cr_expect(strstr(r.err_text.ptr, "x.yaml: error: is a folder, not a catalog\n"));
    run_free(&r);
}

Test(catalog, a_file_without_permission_is_named, .fini = scratch_remove)
{
    struct run_options nobody = {.user = 65534};
    const char *path = file("own.yaml", good);
    struct run r;

    if (geteuid() != 0)
        cr_skip_test("needs root, to become somebody who may not");
    cr_assert_eq(chmod(scratch(), 0755), 0);
    cr_assert_eq(chmod(path, 0600), 0);
    cr_expect_eq(RUN(&r, &nobody, "", "catalog", "check", path), 2);
    cr_expect(strstr(r.err_text.ptr, "own.yaml: error: permission denied; the account that runs "
                                     "glossd must be allowed to read it\n"),
              "%s", r.err_text.ptr);
    run_free(&r);
}

Test(catalog, a_hundred_megabytes_of_noise_are_one_line_and_little_memory, .fini = scratch_remove)
{
    const char *path = file("noise.yaml", "x");
    char expected[512];
    struct run r;

    cr_assert_eq(truncate(path, 100 << 20), 0);
    cr_expect_eq(RUN(&r, NULL, "", "catalog", "check", path), 2);
    snprintf(expected, sizeof(expected), "%s: error: too large to be a catalog: more than 64 MiB\n",
             path);
    cr_expect_str_eq(r.err_text.ptr, expected);
    if (!run_is_sanitized())
        cr_expect_lt(r.max_rss_kib, 16 * 1024);
    run_free(&r);
}

Test(catalog, ten_thousand_codes_fit_in_little_memory, .fini = scratch_remove)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf yaml = {0};
    const char *path;
    struct run r;

    gloss_buf_str(&yaml, "catalog: big\ncodes:\n");
    for (unsigned i = 0; i < 10000; i++)
        gloss_buf_printf(
            &yaml,
            "  BIG_CODE_NUMBER_%u:\n    cause: The thing number %u was not found where "
            "it was looked for, which is bad for everybody.\n    solution: Look for "
            "the thing %u somewhere else and try again after a while.\n",
            i, i, i);
    path = scratch_file("big.yaml", yaml.ptr, yaml.len);
    cr_expect_eq(RUN(&r, NULL, "", "catalog", "check", path), 0);
    cr_expect(strstr(r.out_text.ptr, "good: catalog big, 10000 codes\n"));
    if (!run_is_sanitized())
        cr_expect_lt(r.max_rss_kib, 24 * 1024, "%ld KiB", r.max_rss_kib);
    run_free(&r);
}

Test(catalog, a_wrong_verb_is_answered_with_the_right_ones)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "catalog", "chekc"), 2);
    cr_expect_str_eq(
        r.err_text.ptr,
        "glossd: chekc: unknown verb of 'catalog'; the verbs are list, show, check and export\n");
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "catalog"), 2);
    cr_expect_str_eq(
        r.err_text.ptr,
        "glossd: catalog: list, show, check or export? 'glossd catalog --help' says more\n");
    run_free(&r);
}

Test(catalog, an_option_of_another_verb_is_refused)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "catalog", "check", "-f", "names"), 2);
    cr_expect_str_eq(r.err_text.ptr,
                     "glossd: --format: is only for 'glossd catalog export'; leave it out\n");
    cr_expect_eq(r.out_text.len, 0);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "catalog", "-v", "list"), 2);
    cr_expect_str_eq(r.err_text.ptr,
                     "glossd: --verbose: is only for 'glossd catalog check'; leave it out\n");
    run_free(&r);
}

Test(catalog, export_writes_the_names_of_all_codes, .fini = scratch_remove)
{
    struct run r;

    cr_expect_eq(
        RUN(&r, NULL, "", "catalog", "export", "--format", "names", "-c", file("own.yaml", good)),
        0);
    cr_expect_str_eq(r.out_text.ptr, "MY_CODE\n");
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "catalog", "export", "own"), 2);
    cr_expect(strstr(r.err_text.ptr, "--catalog FILE"));
    run_free(&r);
}

/* How systemd reads this text is tested in a booted machine. */
Test(catalog, export_writes_a_stanza_for_the_journal, .fini = scratch_remove)
{
    static const char own[] = "catalog: payments\ncodes:\n  PAY_BANK:\n    cause: The bank did not "
                              "answer within the time "
                              "that was agreed upon for calls of that kind.\n    solution: Wait.\n "
                              "   severity: warning\n";
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "catalog", "export", "-c", file("own.yaml", own)), 0);
    cr_expect_str_eq(
        r.out_text.ptr,
        "-- 190ba8a5d7d581a9826f19f0e5a0a8db\n"
        "Subject: Error code PAY_BANK (warning)\n"
        "Defined-By: glossd, catalog payments\n\n"
        "Cause: The bank did not answer within the time that was agreed upon for calls\n"
        "of that kind.\n\n"
        "Solution: Wait.\n\n");
    run_free(&r);
}
