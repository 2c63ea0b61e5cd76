/* glossd explain, as a person and as a script uses it. */

#include "core/base/util.h"
#include "helpers/json.h"
#include "helpers/run.h"

#include <criterion/criterion.h>
#include <gloss/catalog.h>

static const char own[] = "catalog: own\nreference: https://example.org/codes\ncodes:\n"
                          "  ORA-NNNNN:\n    pattern: 'ORA-(?<number>\\d{5})'\n"
                          "    cause: error {number}\n    solution: look it up\n"
                          "  错误-1:\n    cause: \"原因 \\\"x\\\"\"\n    solution: s\n"
                          "    severity: info\n";

static const char *own_file(void)
{
    return scratch_file("own.yaml", own, strlen(own));
}

Test(explain, a_code_is_explained_whole, .fini = scratch_remove)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "explain", "EMPOWER_EXIST_ERROR"), 0);
    cr_expect_str_eq(r.out_text.ptr,
                     "EMPOWER_EXIST_ERROR\n"
                     "  severity   warning\n"
                     "  cause      This authorization has already been granted.\n"
                     "  solution   Verify the parameters of the request and repeat it, or query "
                     "the authorization.\n"
                     "  catalog    aliyun-mqtt\n"
                     "  reference  concept_109365\n");
    cr_expect_eq(r.err_text.len, 0);
    run_free(&r);
}

Test(explain, each_of_the_fifteen_codes_is_known)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = NULL;

    cr_assert_eq(gloss_catalogs_new(&set), 0);
    cr_assert_eq(gloss_catalogs_read_builtin(set), 0);
    cr_assert_eq(gloss_catalogs_n_entries(set), 15);
    for (uint32_t id = 0; id < 15; id++) {
        const struct gloss_entry *entry = gloss_catalogs_entry(set, id);
        struct run r;

        cr_expect_eq(RUN(&r, NULL, "", "explain", entry->code), 0);
        cr_expect(strstr(r.out_text.ptr, entry->cause), "%s", entry->code);
        cr_expect(strstr(r.out_text.ptr, entry->solution), "%s", entry->code);
        run_free(&r);
    }
}

Test(explain, any_case_a_prefix_and_a_pasted_line_find_the_code)
{
    static const char *const words[] = {
        "biz_no_message",
        "BIZ_NO",
        "biz_n",
        " BIZ_NO_MESSAGE ",
        "2026-11-23 08:00:01 WARN [x] query: BIZ_NO_MESSAGE, retry",
        "{\"msg\":\"failed\\nBIZ_NO_MESSAGE\"}",
    };

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        struct run r;

        cr_expect_eq(RUN(&r, NULL, "", "explain", words[i]), 0, "%s", words[i]);
        cr_expect_eq(strncmp(r.out_text.ptr, "BIZ_NO_MESSAGE\n", 15), 0, "%s", words[i]);
        run_free(&r);
    }
}

Test(explain, several_codes_are_explained_in_their_order)
{
    struct run r;
    const char *first, *second;

    cr_expect_eq(RUN(&r, NULL, "", "explain", "ONS_INVOKE_ERROR", "BIZ_NO_MESSAGE"), 0);
    first = strstr(r.out_text.ptr, "ONS_INVOKE_ERROR\n");
    second = strstr(r.out_text.ptr, "\n\nBIZ_NO_MESSAGE\n");
    cr_expect(first && second && first < second);
    run_free(&r);
}

Test(explain, a_prefix_of_many_lists_them)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "explain", "biz_"), 0);
    cr_expect_eq(strncmp(r.out_text.ptr, "10 codes begin with biz_:\n", 26), 0);
    cr_expect(strstr(r.out_text.ptr, "\n  BIZ_NO_MESSAGE              info      The filter"));
    run_free(&r);
}

Test(explain, an_unknown_code_is_status_1_with_the_nearest_names)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "explain", "BIZ_TOPIC_NOT_FOUNDS", "BIZ_NO_MESSAGE"), 1);
    cr_expect_str_eq(r.err_text.ptr, "glossd: BIZ_TOPIC_NOT_FOUNDS: unknown code; did you mean "
                                     "BIZ_TOPIC_NOT_FOUND or BIZ_REGION_NOT_FOUND?\n");
    cr_expect_eq(strncmp(r.out_text.ptr, "BIZ_NO_MESSAGE\n", 15), 0, "the others are explained");
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "explain", "zzz"), 1);
    cr_expect_eq(r.out_text.len, 0);
    run_free(&r);
}

/* The value at a path of keys, unquoted. */
static void expect_json(struct gloss_span object, const char *key, const char *expected)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};

    json_unquote(json_get(object, key), &text);
    gloss_buf_char(&text, '\0');
    cr_expect_str_eq(text.ptr, expected);
}

Test(explain, json_says_the_same_to_programs, .fini = scratch_remove)
{
    struct run r;
    struct gloss_span object, codes;

    cr_expect_eq(RUN(&r, NULL, "", "explain", "--catalog", own_file(), "--format", "json", "错误"),
                 0);
    cr_assert_eq(r.out_text.ptr[r.out_text.len - 1], '\n');
    object = gloss_span(r.out_text.ptr, r.out_text.len - 1);
    cr_assert_null(json_error(object), "%s", json_error(object));
    expect_json(object, "query", "错误");
    expect_json(object, "match", "prefix");
    codes = json_get(json_get(object, "codes"), "0");
    expect_json(codes, "code", "错误-1");
    expect_json(codes, "catalog", "own");
    expect_json(codes, "severity", "info");
    expect_json(codes, "cause", "原因 \"x\"");
    expect_json(codes, "reference", "https://example.org/codes");
    run_free(&r);
}

Test(explain, json_of_an_unknown_code_holds_the_nearest)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "explain", "--format=json", "BIZ_NO_MESAGE", "\xff\""), 1);
    cr_expect_str_eq(r.out_text.ptr,
                     "{\"query\":\"BIZ_NO_MESAGE\",\"match\":\"none\",\"codes\":[],\"nearest\":"
                     "[\"BIZ_NO_MESSAGE\"]}\n"
                     "{\"query\":\"\xef\xbf\xbd\\\"\",\"match\":\"none\",\"codes\":[],\"nearest\":"
                     "[]}\n");
    run_free(&r);
}

Test(explain, a_pattern_explains_what_it_matches, .fini = scratch_remove)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "explain", "--catalog", own_file(), "ORA-00600"), 0);
    cr_expect(strstr(r.out_text.ptr, "ORA-NNNNN\n"));
    cr_expect(strstr(r.out_text.ptr, "  pattern    ORA-(?<number>\\d{5})\n"));
    run_free(&r);
}

Test(explain, text_is_wrapped_to_the_terminal)
{
    static const char *const narrow[] = {"COLUMNS=50", "NO_COLOR=1", NULL};
    struct run_options options = {.env = narrow, .out_terminal = true};
    struct run r;

    cr_expect_eq(RUN(&r, &options, "", "explain", "BIZ_FIELD_CHECK_INVALID"), 0);
    cr_expect(strstr(r.out_text.ptr, "\n  solution   Compare each parameter with the API\n"
                                     "             reference and correct those that are\n"
                                     "             not valid.\n"),
              "%s", r.out_text.ptr);
    run_free(&r);
}

Test(explain, no_word_and_a_bad_catalog_are_trouble)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "explain"), 2);
    cr_expect(strstr(r.err_text.ptr, "which code?"));
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "explain", "--catalog", "/nonexistent/x.yaml", "A"), 2);
    cr_expect_str_eq(r.err_text.ptr, "/nonexistent/x.yaml: error: no such file or folder\n");
    run_free(&r);
}

Test(explain, a_pasted_line_fills_in_what_it_names, .fini = scratch_remove)
{
    const char *path = own_file();
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "explain", "-c", path, "got ORA-12345 and ORA-54321"), 0);
    cr_expect(strstr(r.out_text.ptr, "  cause      error 12345\n"), "%s", r.out_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "explain", "-c", path, "--format=json", "got ORA-12345"), 0);
    cr_expect(strstr(r.out_text.ptr, "\"cause\":\"error 12345\""), "%s", r.out_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "explain", "-c", path, "ora"), 0);
    cr_expect(strstr(r.out_text.ptr, "  cause      error {number}\n"), "%s", r.out_text.ptr);
    run_free(&r);
}

Test(explain, each_code_of_a_pasted_line_is_explained_however_many)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "explain",
                     "BIZ_NO_MESSAGE BIZ_TOPIC_EXISTED BIZ_TOPIC_NOT_FOUND BIZ_REGION_NOT_FOUND "
                     "ONS_INVOKE_ERROR ONS_SYSTEM_ERROR"),
                 0);
    cr_expect_eq(strncmp(r.out_text.ptr, "BIZ_NO_MESSAGE\n  severity", 25), 0, "%s",
                 r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "\n\nONS_SYSTEM_ERROR\n  severity"), "%s", r.out_text.ptr);
    run_free(&r);
}
