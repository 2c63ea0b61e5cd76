/* From what a person types to entries. */

#include "core/base/util.h"

#include <criterion/criterion.h>
#include <gloss/buf.h>
#include <gloss/lookup.h>

#define BODY "    cause: c\n    solution: s\n"

static const char own[] =
    "catalog: own\ncodes:\n"
    "  Forbidden:\n" BODY "  Forbidden.RAM:\n" BODY "  MixedCase:\n" BODY "  MIXEDCASE:\n" BODY;

static struct gloss_catalogs *set_new(void)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
    struct gloss_catalogs *set = NULL;

    cr_assert_eq(gloss_catalogs_new(&set), 0);
    cr_assert_eq(gloss_catalogs_read_builtin(set), 0);
    cr_assert_eq(gloss_catalogs_read(set, "own.yaml", gloss_span_str(own), &d), 0);
    return set;
}

/* Writes a letter for the kind, then the codes that were found. */
static void outcome(const struct gloss_catalogs *set, struct gloss_scanner *scanner,
                    const char *word, struct gloss_buf *out)
{
    static const char letters[] = {[GLOSS_LOOKUP_NONE] = '-',
                                   [GLOSS_LOOKUP_NAME] = '=',
                                   [GLOSS_LOOKUP_LINE] = '/',
                                   [GLOSS_LOOKUP_PREFIX] = '^',
                                   [GLOSS_LOOKUP_NEAR] = '~'};
    CLEANUP(gloss_lookup_deinit) struct gloss_lookup found = {.kind = GLOSS_LOOKUP_NONE};

    cr_assert_eq(gloss_lookup(set, scanner, gloss_span_str(word), &found), 0);
    gloss_buf_char(out, letters[found.kind]);
    for (size_t i = 0; i < found.n; i++)
        gloss_buf_printf(out, " %s", found.entries[i]->code);
    gloss_buf_char(out, '\0');
}

Test(lookup, a_word_finds_what_a_person_means)
{
    static const struct {
        const char *word, *expected;
    } rows[] = {
        {"BIZ_NO_MESSAGE", "= BIZ_NO_MESSAGE"},
        {"  BIZ_NO_MESSAGE\t", "= BIZ_NO_MESSAGE"},
        {"biz_no_message", "= BIZ_NO_MESSAGE"},
        {"Forbidden", "= Forbidden"},
        {"mixedcase", "= MixedCase MIXEDCASE"},
        {"MIXEDCASE", "= MIXEDCASE"},
        {"ons_", "^ ONS_SYSTEM_ERROR ONS_SERVICE_UNSUPPORTED ONS_INVOKE_ERROR"},
        {"BIZ_NO", "^ BIZ_NO_MESSAGE"},
        {"forbidden.", "^ Forbidden.RAM"},
        {"BIZ_TOPIC_NOT_FOUNDS", "~ BIZ_TOPIC_NOT_FOUND BIZ_REGION_NOT_FOUND"},
        {"biz_topc_existd", "~ BIZ_TOPIC_EXISTED"},
        {"no_message", "~ BIZ_NO_MESSAGE"},
        {"OWNER", "~ EMPOWER_OWNER_CHECK_ERROR"},
        {"zzzz", "-"},
        {"", "-"},
        {"   ", "-"},
    };
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = set_new();

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};

        outcome(set, NULL, rows[i].word, &out);
        cr_expect_str_eq(out.ptr, rows[i].expected, "'%s': %s", rows[i].word, out.ptr);
    }
}

Test(lookup, a_line_of_a_log_finds_the_codes_on_it)
{
    static const struct {
        const char *word, *expected;
    } rows[] = {
        {"08:00:01 ERROR send failed: BIZ_TOPIC_NOT_FOUND (x)", "/ BIZ_TOPIC_NOT_FOUND"},
        {"Forbidden.RAM BIZ_NO_MESSAGE Forbidden.RAM", "/ Forbidden.RAM BIZ_NO_MESSAGE"},
        {"{\"m\":\"a\\nBIZ_NO_MESSAGE\"}", "/ BIZ_NO_MESSAGE"},
        {"Forbidden.", "/ Forbidden"},
        {"\x1b[31mBIZ_NO_MESSAGE\x1b[0m publish failed", "/ BIZ_NO_MESSAGE"},
        {"x\x1b[31mBIZ_NO_MESSAGE\x1b[0m publish failed", "/ BIZ_NO_MESSAGE"},
        {"failed: BIZ_TOPIC_NOT_FOUNDS", "~ BIZ_TOPIC_NOT_FOUND BIZ_REGION_NOT_FOUND"},
        {"nothing of interest here", "-"},
        {"biz_no", "^ BIZ_NO_MESSAGE"},
        {"Forbidden", "= Forbidden"},
    };
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = set_new();
    CLEANUP(gloss_matcher_freep) struct gloss_matcher *matcher = NULL;
    CLEANUP(gloss_scanner_freep) struct gloss_scanner *scanner = NULL;

    cr_assert_eq(gloss_matcher_new(&matcher, set, NULL), 0);
    cr_assert_eq(gloss_scanner_new(&scanner, matcher), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};

        outcome(set, scanner, rows[i].word, &out);
        cr_expect_str_eq(out.ptr, rows[i].expected, "'%s': %s", rows[i].word, out.ptr);
    }
}

Test(lookup, at_most_five_names_are_near_and_the_nearest_comes_first)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = set_new();
    CLEANUP(gloss_lookup_deinit) struct gloss_lookup found = {.kind = GLOSS_LOOKUP_NONE};

    cr_assert_eq(gloss_lookup(set, NULL, gloss_span_str("ERROR"), &found), 0);
    cr_expect_eq(found.kind, GLOSS_LOOKUP_NEAR);
    cr_assert_eq(found.n, 4);
    for (size_t i = 0; i < found.n; i++)
        cr_expect(strstr(found.entries[i]->code, "ERROR"));
    gloss_lookup_deinit(&found);
    cr_assert_eq(gloss_lookup(set, NULL, gloss_span_str("XBIZ_TOPIC_NOT_FOUND"), &found), 0);
    cr_expect_leq(found.n, GLOSS_LOOKUP_NEAREST);
    cr_assert_gt(found.n, 0);
    cr_expect_str_eq(found.entries[0]->code, "BIZ_TOPIC_NOT_FOUND");
}

Test(lookup, a_word_of_any_length_is_answered)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = set_new();
    static char word[100000];

    for (size_t n = 1; n <= sizeof(word); n *= 10) {
        CLEANUP(gloss_lookup_deinit) struct gloss_lookup found = {.kind = GLOSS_LOOKUP_NONE};

        memset(word, 'Q', n);
        cr_expect_eq(gloss_lookup(set, NULL, gloss_span(word, n), &found), 0);
        cr_expect_eq(found.n, 0);
    }
}
