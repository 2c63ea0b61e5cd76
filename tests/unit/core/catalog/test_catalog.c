/* Reading catalogs: what becomes of good ones, and each mistake of bad ones, with its place. */

#include "core/base/util.h"

#include <criterion/criterion.h>
#include <gloss/buf.h>
#include <gloss/catalog.h>
#include <stdio.h>

#define HEAD "catalog: own\ncodes:\n"
#define BODY "    cause: c\n    solution: s\n"

static struct gloss_catalogs *set_new(void)
{
    struct gloss_catalogs *set = NULL;

    cr_assert_eq(gloss_catalogs_new(&set), 0);
    return set;
}

static void add(struct gloss_catalogs *set, const char *file, const char *yaml)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};

    cr_assert_eq(gloss_catalogs_read(set, file, gloss_span_str(yaml), &d), 0, "%s: %s", file,
                 d.n > 0 ? d.items[0].text : "");
    cr_assert_eq(d.n, 0);
}

/* The mistakes of a text as lines "LINE:COLUMN: TEXT". */
static void mistakes(struct gloss_catalogs *set, const char *yaml, struct gloss_buf *out)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
    size_t before = gloss_catalogs_n_entries(set);
    int r = gloss_catalogs_read(set, "own.yaml", gloss_span_str(yaml), &d);

    cr_expect_eq(r, d.errors > 0 ? GLOSS_CATALOG_E_INVALID : 0);
    cr_expect(r == 0 || gloss_catalogs_n_entries(set) == before, "a bad catalog adds nothing");
    for (size_t i = 0; i < d.n; i++) {
        cr_expect_str_eq(d.items[i].file, "own.yaml");
        gloss_buf_printf(out, "%s%u:%u: %s", i > 0 ? "\n" : "", d.items[i].line, d.items[i].column,
                         d.items[i].text);
    }
    gloss_buf_char(out, '\0');
}

struct row {
    const char *yaml, *expected;
};

static void expect_mistakes(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = set_new();
        CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};

        mistakes(set, rows[i].yaml, &out);
        cr_expect_str_eq(out.ptr, rows[i].expected, "%s\nsays\n%s\nand not\n%s", rows[i].yaml,
                         out.ptr, rows[i].expected);
    }
}

Test(catalog, what_is_no_catalog_is_one_clear_line)
{
    static const struct row rows[] = {
        {"", "0:0: the file is empty"},
        {"# nothing yet\n", "0:0: not a catalog: the file holds only blanks and comments"},
        {"---\n", "0:0: not a catalog: the file holds only blanks and comments"},
        {"hello\n", "1:1: not a catalog: it must begin with keys such as 'catalog' and 'codes', "
                    "not with text"},
        {"- a\n", "1:1: not a catalog: it must begin with keys such as 'catalog' and 'codes', not "
                  "with a list"},
        {"a: b\nc: d\n",
         "1:1: not a catalog: it has neither the key 'catalog' nor the key 'codes'"},
        {"format: 2\nkodes: 1\n",
         "1:9: the catalog has format 2, and this glossd reads format 1; use a newer glossd"},
        {"format: x\n" HEAD "  A:\n" BODY, "1:9: 'format' must be a number from 1 on"},
        {"format: 0\n" HEAD "  A:\n" BODY, "1:9: 'format' must be a number from 1 on"},
        {"format: 99999999999999999999\n" HEAD,
         "1:9: the catalog has format 99999999999999999999, and this glossd reads format 1; use a "
         "newer glossd"},
    };

    expect_mistakes(rows, ARRAY_SIZE(rows));
}

Test(catalog, mistakes_at_the_top_are_named)
{
    static const struct row rows[] = {
        {"codes:\n  A:\n" BODY, "1:1: the key 'catalog' is missing: give the catalog a name"},
        {"catalog: own\n", "1:1: the key 'codes' is missing: a catalog lists its codes there"},
        {"catalog: own\ncodes:\n", "2:1: 'codes' is empty; write each code as a key below it"},
        {"catalog: own\ncodes: {}\n", "2:8: 'codes' is empty; write each code as a key below it"},
        {"catalog: own\ncodes: [a]\n",
         "2:8: 'codes' must be a mapping, each code a key, not a list"},
        {"catalog: my own\ncodes:\n  A:\n" BODY,
         "1:10: the name of a catalog consists of letters, digits, '.', '_' and '-'"},
        {"catalog: [own]\ncodes:\n  A:\n" BODY,
         "1:10: 'catalog' must be text, not a list; quotes make it text"},
        {"catalog: own\ntitel: x\ncodes:\n  A:\n" BODY,
         "2:1: unknown key 'titel', did you mean 'title'?"},
        {"catalog: own\nreference: {}\ncodes:\n  A:\n" BODY,
         "2:12: 'reference' must be text, not a mapping; quotes make it text"},
        {"catalog: own\nfamily: 'A(B'\nsuccess: 'x*'\ncodes:\n  A:\n" BODY,
         "2:13: 'family' does not compile: missing closing parenthesis\n"
         "3:10: 'success' can match the empty text; ask for at least one character"},
        {"catalog: own\nfamily: '(?x)A # b'\nsuccess: '(?x)C # d'\ncodes:\n  A:\n" BODY,
         "2:9: 'family' does not compile inside a group: missing closing parenthesis\n"
         "3:10: 'success' does not compile inside a group: missing closing parenthesis"},
        {"catalog: own\nsuccess: ok\\n\ncodes:\n  A:\n" BODY,
         "2:12: 'success' asks for a line end, but a pattern is tried inside one line only"},
    };

    expect_mistakes(rows, ARRAY_SIZE(rows));
}

Test(catalog, mistakes_of_codes_are_named)
{
    static const struct row rows[] = {
        {HEAD "  A:\n    solution: s\n", "3:3: code 'A' has no 'cause'"},
        {HEAD "  A:\n    cause: c\n", "3:3: code 'A' has no 'solution'"},
        {HEAD "  A:\n    cause:\n    solution: '  '\n",
         "4:5: 'cause' is empty; give it a text\n5:15: 'solution' is empty; give it a text"},
        {HEAD "  A:\n    cause: [c]\n    solution: {}\n",
         "4:12: 'cause' must be text, not a list; quotes make it text\n5:15: 'solution' must be "
         "text, not a mapping; quotes make it text"},
        {HEAD "  A:\n" BODY "    sevrity: error\n",
         "6:5: unknown key 'sevrity', did you mean 'severity'?"},
        {HEAD "  A:\n" BODY "    colour: red\n",
         "6:5: unknown key 'colour'; the keys are pattern, cause, solution, severity"},
        {HEAD "  A:\n" BODY "    severity: eror\n",
         "6:15: unknown severity 'eror', did you mean 'error'?"},
        {HEAD "  A:\n" BODY "    severity: bad\n",
         "6:15: unknown severity 'bad'; use info, warning, error or critical"},
        {HEAD "  A:\n" BODY "    cause: d\n", "6:5: key 'cause' is already given at 4:5"},
        {HEAD "  A:\n" BODY "  B:\n" BODY "  A:\n" BODY, "9:3: code 'A' is already given at 3:3"},
        {HEAD "  A: text\n",
         "3:6: code 'A' needs 'cause' and 'solution' below it, each on a line of its own"},
        {HEAD "  A:\n",
         "3:3: code 'A' needs 'cause' and 'solution' below it, each on a line of its own"},
        {HEAD "  'A B':\n" BODY,
         "3:5: code 'A B' holds a blank or a control character; write a 'pattern' that finds it"},
        {HEAD "  '':\n" BODY, "3:3: a code without a name; give it one"},
        {HEAD "  Timeout:\n" BODY,
         "3:3: 'Timeout' is an everyday word; give it a 'pattern' with some context"},
        {HEAD "  A:\n    cause: \"a\\x1b[1m\"\n    solution: s\n",
         "4:14: 'cause' holds the control character 0x1B; leave it out"},
    };

    expect_mistakes(rows, ARRAY_SIZE(rows));
}

Test(catalog, mistakes_of_patterns_are_named)
{
    static const struct row rows[] = {
        {HEAD "  A:\n    pattern: 'a(b'\n" BODY,
         "4:18: 'pattern' does not compile: missing closing parenthesis"},
        {HEAD "  A:\n    pattern: \"\\\\d+[z-a]\"\n" BODY,
         "4:22: 'pattern' does not compile: range out of order in character class"},
        {HEAD "  A:\n    pattern: a*\n" BODY,
         "4:14: 'pattern' can match the empty text; ask for at least one character"},
        {HEAD "  A:\n    pattern: 'ABC\\K'\n" BODY,
         "4:14: 'pattern' can match the empty text; ask for at least one character"},
        {HEAD "  A:\n    pattern: 'x(?:A\\Kb|(C\\K))'\n" BODY,
         "4:14: 'pattern' can match the empty text; ask for at least one character"},
        {HEAD "  A:\n    pattern: 'a\\K(?=b)'\n" BODY,
         "4:14: 'pattern' can match the empty text; ask for at least one character"},
        {HEAD "  A:\n    pattern: 'ab\\R'\n" BODY,
         "4:17: 'pattern' asks for a line end, but a pattern is tried inside one line only"},
        {HEAD "  A:\n    pattern: |\n      abc\n" BODY,
         "5:1: 'pattern' asks for a line end, but a pattern is tried inside one line only"},
        {HEAD "  A:\n    pattern: [a]\n" BODY,
         "4:14: 'pattern' must be text, not a list; quotes make it text"},
        {HEAD "  A:\n    pattern:\n" BODY, "4:5: 'pattern' is empty; give it a text"},
        {HEAD "  A:\n    pattern: 'x(?<n>\\d)'\n    cause: 'see {n}, {m}'\n    solution: '{n'\n",
         "5:22: {m} is not a named group of the pattern; write (?<m>…) in the pattern"},
        {HEAD "  A:\n    pattern: 'x(?<n>\\d)'\n    cause: c\n    solution: 'é''s {o}'\n",
         "6:21: {o} is not a named group of the pattern; write (?<o>…) in the pattern"},
    };

    expect_mistakes(rows, ARRAY_SIZE(rows));
}

Test(catalog, all_mistakes_are_told_in_the_order_of_lines)
{
    static const struct row rows[] = {
        {"catalog: o w n\ncodes:\n  A:\n    cause: c\n  ok:\n" BODY "  B:\n    pattern: '('\n" BODY
         "nonsense: 1\n",
         "1:10: the name of a catalog consists of letters, digits, '.', '_' and '-'\n"
         "3:3: code 'A' has no 'solution'\n"
         "5:3: 'ok' is an everyday word; give it a 'pattern' with some context\n"
         "9:16: 'pattern' does not compile: missing closing parenthesis\n"
         "12:1: unknown key 'nonsense'; the keys are format, catalog, title, reference, family, "
         "success, codes"},
        {"titel: x\ncatalog: own\ncodes:\n  A:\n    sevrity: x\n    cause: [\n",
         "1:1: unknown key 'titel', did you mean 'title'?\n"
         "5:5: unknown key 'sevrity', did you mean 'severity'?\n"
         "6:12: 'cause' must be text, not a list; quotes make it text\n"
         "7:1: not YAML: flow sequence without a closing bracket"},
    };

    expect_mistakes(rows, ARRAY_SIZE(rows));
}

Test(catalog, a_code_of_another_file_is_named_with_that_place)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = set_new();
    CLEANUP(gloss_buf_deinit) struct gloss_buf codes = {0}, name = {0};

    add(set, "first.yaml", "catalog: first\ncodes:\n  A:\n" BODY "  B:\n" BODY);
    mistakes(set, HEAD "  C:\n" BODY "  B:\n" BODY, &codes);
    cr_expect_str_eq(codes.ptr, "6:3: code 'B' is already given at first.yaml:6:3");
    mistakes(set, "catalog: first\ncodes:\n  A:\n" BODY, &name);
    cr_expect_str_eq(name.ptr, "1:10: a catalog named 'first' is already read from first.yaml");
    add(set, "own.yaml", HEAD "  C:\n" BODY);
    cr_expect_eq(gloss_catalogs_n_entries(set), 3);
}

Test(catalog, what_a_file_says_is_what_is_read)
{
    static const char yaml[] = "format: 1\ncatalog: db.x_1-a\ntitle: A title\nreference: 42\n"
                               "family: 'ORA-\\d+'\nsuccess: done\ncodes:\n"
                               "  ORA-NNNNN:\n    pattern: 'ORA-(?<number>\\d{5})'\n"
                               "    cause: |\n      One {number}\n        two\n\n      three\n"
                               "    solution: \" a\\tb \"\n    severity: critical\n"
                               "  404:\n" BODY "    severity: info\n"
                               "  错误:\n    cause: '{plain} text'\n    solution: s\n";
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = set_new();
    const struct gloss_catalog *c;

    add(set, "x.yaml", yaml);
    c = gloss_catalogs_get(set, 0);
    cr_expect_str_eq(c->name, "db.x_1-a");
    cr_expect_str_eq(c->file, "x.yaml");
    cr_expect_str_eq(c->title, "A title");
    cr_expect_str_eq(c->reference, "42");
    cr_expect_str_eq(c->family, "ORA-\\d+");
    cr_expect_str_eq(c->success, "done");
    cr_assert_eq(c->n_entries, 3);
    cr_expect_str_eq(c->entries[0].code, "ORA-NNNNN");
    cr_expect_str_eq(c->entries[0].pattern, "ORA-(?<number>\\d{5})");
    cr_expect_str_eq(c->entries[0].cause, "One {number} two three");
    cr_expect_str_eq(c->entries[0].solution, "a b");
    cr_expect_eq(c->entries[0].severity, GLOSS_SEVERITY_CRITICAL);
    cr_expect_eq(c->entries[0].line, 8);
    cr_expect_eq(c->entries[0].column, 3);
    cr_expect_str_eq(c->entries[1].code, "404");
    cr_expect_null(c->entries[1].pattern);
    cr_expect_eq(c->entries[1].severity, GLOSS_SEVERITY_INFO);
    cr_expect_str_eq(c->entries[2].code, "错误");
    cr_expect_str_eq(c->entries[2].cause, "{plain} text");
    cr_expect_eq(c->entries[2].severity, GLOSS_SEVERITY_ERROR);
    cr_expect_eq(c->entries[2].catalog, c);
}

Test(catalog, names_that_only_look_like_mistakes_are_taken)
{
    static const char *const good[] = {
        "Forbidden", "RAM", "Throttling", "NotFound", "InternalError", "Forbidden.RAM",
        "ORA-00600", "a",   "0x80070005", "C#7",      "E:4",           "errors.none",
    };

    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = set_new();
        char yaml[256];

        snprintf(yaml, sizeof(yaml), HEAD "  '%s':\n" BODY, good[i]);
        add(set, "own.yaml", yaml);
        cr_expect_str_eq(gloss_catalogs_entry(set, 0)->code, good[i]);
    }
}

Test(catalog, everyday_words_need_a_pattern_in_any_case)
{
    static const char *const words[] = {
        "ok",   "OK",     "None",    "error", "WARNING", "info",    "true",    "success",
        "null", "failed", "timeout", "down",  "Unknown", "warning", "FAILURE", "critical"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = set_new();
        CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};
        char yaml[256];

        snprintf(yaml, sizeof(yaml), HEAD "  '%s':\n" BODY, words[i]);
        mistakes(set, yaml, &out);
        cr_expect(strstr(out.ptr, "everyday word"), "%s: %s", words[i], out.ptr);
        snprintf(yaml, sizeof(yaml), HEAD "  '%s':\n    pattern: 'x%s'\n" BODY, words[i], words[i]);
        add(set, "own.yaml", yaml);
    }
}

Test(catalog, a_pattern_may_hold_a_class_that_holds_a_line_end)
{
    static const struct {
        const char *pattern;
        bool names;
    } rows[] = {
        {"a\\sb", false},     {"a[^\"]b", false},     {"a[^\\n]b", false},
        {"a\\\\nb", false},   {"a\\Q\\n\\Eb", false}, {"a[[:space:]x]b", false},
        {"a\\x0bb", false},   {"a\\x{a0}b", false},   {"a.b$", false},
        {"\\Aa\\Z", false},   {"(?x)a # b", false},   {"a\\rb", false},
        {"[]\\\\n]b", false}, {"a\\nb", true},        {"a\\R", true},
        {"a\\x0a", true},     {"a\\x0Ab", true},      {"a\\xa", true},
        {"a\\x{a}", true},    {"a\\x{000A}", true},   {"a\\012", true},
        {"a\\o{12}", true},   {"a\\cJ", true},        {"a[\\n]", true},
        {"a[x\\n]b", true},   {"a\\Qb\\E\\n", true},  {"[^x]\\n", true},
        {"a(?=\\n)", true},   {"a\\\\\\n", true},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = set_new();
        CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};
        char yaml[256];

        snprintf(yaml, sizeof(yaml), HEAD "  A:\n    pattern: '%s'\n" BODY, rows[i].pattern);
        mistakes(set, yaml, &out);
        cr_expect_eq(strstr(out.ptr, "asks for a line end") != NULL, rows[i].names, "%s: %s",
                     rows[i].pattern, out.ptr);
        cr_expect(rows[i].names || out.len == 1, "%s: %s", rows[i].pattern, out.ptr);
    }
}

Test(catalog, a_code_has_at_most_255_bytes)
{
    char name[GLOSS_CODE_MAX + 2], yaml[1024];
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = set_new();
    CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};

    memset(name, 'A', sizeof(name));
    snprintf(yaml, sizeof(yaml), "catalog: x\ncodes:\n  %.*s:\n" BODY, GLOSS_CODE_MAX, name);
    add(set, "x.yaml", yaml);
    snprintf(yaml, sizeof(yaml), HEAD "  %.*s:\n" BODY, GLOSS_CODE_MAX + 1, name);
    mistakes(set, yaml, &out);
    cr_expect_str_eq(out.ptr, "3:3: the code has 256 bytes; at most 255 are allowed");
}

Test(catalog, the_builtin_holds_the_fifteen_codes)
{
    static const char *const codes[] = {
        "ONS_SYSTEM_ERROR",           "ONS_SERVICE_UNSUPPORTED",
        "ONS_INVOKE_ERROR",           "BIZ_FIELD_CHECK_INVALID",
        "BIZ_TOPIC_NOT_FOUND",        "BIZ_SUBSCRIPTION_NOT_FOUND",
        "BIZ_PUBLISHER_EXISTED",      "BIZ_SUBSCRIPTION_EXISTED",
        "BIZ_CONSUMER_NOT_ONLINE",    "BIZ_NO_MESSAGE",
        "BIZ_REGION_NOT_FOUND",       "BIZ_TOPIC_EXISTED",
        "BIZ_PUBLISH_INFO_NOT_FOUND", "EMPOWER_EXIST_ERROR",
        "EMPOWER_OWNER_CHECK_ERROR",
    };
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = set_new();

    cr_assert_eq(gloss_catalogs_read_builtin(set), 0);
    cr_expect_eq(gloss_catalogs_n_entries(set), ARRAY_SIZE(codes));
    for (uint32_t i = 0; i < ARRAY_SIZE(codes); i++) {
        cr_expect_str_eq(gloss_catalogs_entry(set, i)->code, codes[i]);
        cr_expect_eq(gloss_catalogs_find(set, gloss_span_str(codes[i])),
                     gloss_catalogs_entry(set, i));
    }
    cr_expect_str_eq(gloss_catalogs_get(set, 0)->name, "aliyun-mqtt");
    cr_expect_str_eq(gloss_catalogs_get(set, 0)->success, "ResponseCode=200");
    cr_expect_eq(gloss_catalogs_read_builtin(set), GLOSS_CATALOG_E_INVALID, "once is enough");
}

Test(catalog, ten_thousand_codes_are_found_by_name_and_id)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = set_new();
    CLEANUP(gloss_buf_deinit) struct gloss_buf yaml = {0};
    char name[32];

    gloss_buf_str(&yaml, HEAD);
    for (unsigned i = 0; i < 10000; i++)
        gloss_buf_printf(&yaml, "  CODE_%u:\n" BODY, i);
    gloss_buf_char(&yaml, '\0');
    add(set, "own.yaml", yaml.ptr);
    for (uint32_t i = 0; i < 10000; i++) {
        const struct gloss_entry *entry;

        snprintf(name, sizeof(name), "CODE_%u", i);
        entry = gloss_catalogs_find(set, gloss_span_str(name));
        cr_assert_not_null(entry);
        cr_expect_eq(entry->id, i);
        cr_expect_eq(gloss_catalogs_entry(set, i), entry);
    }
    cr_expect_null(gloss_catalogs_find(set, gloss_span_str("CODE_10000")));
    cr_expect_null(gloss_catalogs_find(set, gloss_span_str("")));
}

Test(catalog, the_nearest_name_is_at_most_two_edits_and_a_quarter_away)
{
    static const struct {
        const char *word, *nearest;
    } rows[] = {
        {"BIZ_TOPIC_NOT_FOUNDS", "BIZ_TOPIC_NOT_FOUND"},
        {"BIZ_TOPIC_NOT_FOUN", "BIZ_TOPIC_NOT_FOUND"},
        {"BIZ_TOPC_NOT_FUND", "BIZ_TOPIC_NOT_FOUND"},
        {"BIZ_TOPC_NOT_FUN", NULL},
        {"biz_topic_not_found", NULL},
        {"BIZ_TOPIC_EXISTED", "BIZ_TOPIC_EXISTED"},
        {"ABXX", "ABCX"},
        {"ABCDXX", NULL},
        {"ABX", NULL},
        {"ZZZZZZZZ", NULL},
        {"", NULL},
        {"NEAR_AAA_C", "NEAR_AAA_A"},
    };
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = set_new();

    cr_assert_eq(gloss_catalogs_read_builtin(set), 0);
    add(set, "own.yaml",
        HEAD "  NEAR_AAA_B:\n" BODY "  NEAR_AAA_A:\n" BODY "  ABCX:\n" BODY "  ABCDEF:\n" BODY);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct gloss_entry *near =
            gloss_catalogs_nearest(set, NULL, gloss_span_str(rows[i].word));

        if (rows[i].nearest)
            cr_expect(near && STREQ(near->code, rows[i].nearest), "%s: %s", rows[i].word,
                      near ? near->code : "none");
        else
            cr_expect_null(near, "%s: %s", rows[i].word, near ? near->code : "");
    }
    cr_expect_null(gloss_catalogs_nearest(set, gloss_catalogs_get(set, 1),
                                          gloss_span_str("BIZ_TOPIC_NOT_FOUNDS")));
}

Test(catalog, severities_have_names_both_ways)
{
    for (int i = GLOSS_SEVERITY_INFO; i <= GLOSS_SEVERITY_CRITICAL; i++) {
        enum gloss_severity severity = GLOSS_SEVERITY_INFO;
        const char *name = gloss_severity_name((enum gloss_severity)i);

        cr_expect_eq(gloss_severity_parse(gloss_span_str(name), &severity), 0);
        cr_expect_eq((int)severity, i);
    }
    enum gloss_severity untouched = GLOSS_SEVERITY_WARNING;
    cr_expect_eq(gloss_severity_parse(gloss_span_str("Error"), &untouched), -EINVAL);
    cr_expect_eq(untouched, GLOSS_SEVERITY_WARNING);
}
