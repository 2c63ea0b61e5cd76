/* The tree that a text becomes, the places of its nodes, and what is refused. */

#include "core/base/util.h"
#include "core/catalog/yaml_keys.h"

#include <criterion/criterion.h>
#include <gloss/buf.h>
#include <stdio.h>

/* Writes a tree out, each node with its place, so that one string says all of it. */
static void dump(const struct yaml_node *n, struct gloss_buf *out)
{
    gloss_buf_printf(out, "%u:%u", n->line, n->column);
    switch (n->kind) {
    case YAML_SCALAR:
        gloss_buf_printf(out, "'%.*s'", (int)n->text.len, n->text.ptr);
        break;
    case YAML_BAD:
        gloss_buf_str(out, "bad");
        break;
    case YAML_MAPPING:
        gloss_buf_str(out, n->open ? "{..." : "{");
        for (const struct yaml_node *k = n->first; k; k = k->next) {
            dump(k, out);
            gloss_buf_char(out, '=');
            dump(k->value, out);
            gloss_buf_str(out, k->next ? " " : "");
        }
        gloss_buf_char(out, '}');
        break;
    case YAML_SEQUENCE:
        gloss_buf_str(out, n->open ? "[..." : "[");
        for (const struct yaml_node *i = n->first; i; i = i->next) {
            dump(i, out);
            gloss_buf_str(out, i->next ? " " : "");
        }
        gloss_buf_char(out, ']');
        break;
    }
}

/* What becomes of a text: its tree, then its mistakes, each on a line. */
static char *outcome(struct gloss_span text, struct gloss_buf *out)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
    CLEANUP(yaml_freep) struct yaml *y = NULL;
    int r = yaml_read(&y, "f", text, &d);

    cr_assert_geq(r, 0);
    cr_expect_eq(r == YAML_E_BROKEN, d.errors > 0);
    if (yaml_root(y))
        dump(yaml_root(y), out);
    for (size_t i = 0; i < d.n; i++)
        gloss_buf_printf(out, "\n%u:%u: %s", d.items[i].line, d.items[i].column, d.items[i].text);
    gloss_buf_char(out, '\0');
    return out->ptr;
}

struct row {
    const char *yaml, *expected;
};

static void expect_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};

        cr_expect_str_eq(outcome(gloss_span_str(rows[i].yaml), &out), rows[i].expected,
                         "%s\nbecame\n%s", rows[i].yaml, out.ptr);
    }
}

Test(yaml, a_text_becomes_a_tree_with_places)
{
    static const struct row rows[] = {
        {"", ""},
        {"# only\n", ""},
        {"---\n", ""},
        {"a", "1:1'a'"},
        {"a: b\n", "1:1{1:1'a'=1:4'b'}"},
        {"a: 'it''s'\nb: \"x\\ty\"\n", "1:1{1:1'a'=1:4'it's' 2:1'b'=2:4'x\ty'}"},
        {"a:\n- 1\n- x: y\n", "1:1{1:1'a'=2:1[2:3'1' 3:3{3:3'x'=3:6'y'}]}"},
        {"é: [a, {b: ü}]\n", "1:1{1:1'é'=1:4[1:5'a' 1:8{1:9'b'=1:12'ü'}]}"},
        {"a:\nb:\n", "1:1{1:1'a'=1:1'' 2:1'b'=2:1''}"},
        {"a: one\n  two\n", "1:1{1:1'a'=1:4'one two'}"},
        {"a: |\n  one\n  two\n", "1:1{1:1'a'=2:1'one\ntwo\n'}"},
        {"a: >\n  one\n  two\n", "1:1{1:1'a'=2:1'one two\n'}"},
        {"a: 1\r\nb: 2\r\n", "1:1{1:1'a'=1:4'1' 2:1'b'=2:4'2'}"},
        {"\xef\xbb\xbf"
         "a: b",
         "1:1{1:1'a'=1:4'b'}"},
        {"a: 1\na: 2\n", "1:1{1:1'a'=1:4'1' 2:1'a'=2:4'2'}"},
    };

    expect_rows(rows, ARRAY_SIZE(rows));
}

Test(yaml, what_is_not_taken_is_named_with_its_place)
{
    static const struct row rows[] = {
        {"a: [1\n", "1:1{...1:1'a'=1:4[...1:5'1']}\n2:1: not YAML: flow sequence without a closing "
                    "bracket"},
        {"a: b: c\n", "1:1{...1:1'a'=1:4'b'}\n1:5: not YAML: invalid nested block mapping on the "
                      "same line; quote a text that holds ': '"},
        {"a: &x 1\nb: *x\n",
         "1:1{1:1'a'=1:7'1' 2:1'b'=2:5bad}\n"
         "1:4: anchors are not allowed here; leave it out (or quote the '&')\n"
         "2:4: aliases are not allowed here; write the value itself (or quote the '*')"},
        {"a: !x 1\n", "1:1{1:1'a'=1:7'1'}\n"
                      "1:4: tags are not allowed here; leave it out (or quote the '!')"},
        {"a: 1\n---\nb: 2\n", "1:1{1:1'a'=1:4'1'}\n"
                              "2:1: a second document begins; a file holds one document"},
        {"? [a]\n: b\n", "1:1{...}\n1:3: a key must be text, not a list"},
        {"a: \xff\n", "\n1:4: byte 0xFF is not UTF-8; save the file as UTF-8"},
        {"é: \x01\n", "\n"
                      "1:4: byte 0x01 must not be in a text; remove it"},
        {"\xff\xfe"
         "a",
         "\n0:0: this is utf-16le; save it as UTF-8"},
    };

    expect_rows(rows, ARRAY_SIZE(rows));
}

/* When the parser finds that c stands in no level, it has ended the mapping of b. */
Test(yaml, what_ended_by_a_wrong_indentation_may_go_on_in_the_rest)
{
    static const struct row rows[] = {
        {"a:\n   b: 1\n  c: 2\n", "1:1{...1:1'a'=2:4{...2:4'b'=2:7'1'}}\n"
                                  "3:3: not YAML: invalid indentation in mapping; begin keys of "
                                  "one level in the same column"},
    };

    expect_rows(rows, ARRAY_SIZE(rows));
}

Test(yaml, each_mistake_of_syntax_comes_with_its_mend)
{
    static const struct {
        const char *text, *mend;
    } rows[] = {
        {"a: b:\n", "quote a text that holds ': '"},
        {"a: 'don't'\n", "write '' for a quote"},
        {"a: \"b\" c\n", "quote all of the text"},
        {"a: \"\\d\"\n", "a backslash is a backslash"},
        {"a: @b\n", "quote the text"},
        {"a: , b\n", "quote the text"},
        {"a: ? b\n", "begins with '? '"},
        {"a: - b\n", "begins with '- '"},
        {"a: > 5\n", "begins with '|' or '>'"},
        {"a b\nc: d\n", "write 'key: text'"},
        {"a:\n\tb: 1\n", "use blanks"},
        {"a:\n  b: 'c\nd: 1\n", "closing quote"},
        {"a:\n  b: \"c\nd: 1\n", "closing quote"},
        {"a: {b: c\nd: e}\n", "closing bracket"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};
        const char *said = outcome(gloss_span_str(rows[i].text), &out);

        cr_expect(strstr(said, "not YAML: ") && strstr(said, rows[i].mend), "%s says %s",
                  rows[i].text, said);
    }
}

Test(yaml, a_nul_byte_does_not_end_the_text_silently)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};

    cr_expect_str_eq(outcome(gloss_span("a: b\n\0c: d\n", 11), &out),
                     "\n"
                     "2:1: byte 0x00 must not be in a text; remove it");
}

/* libfyaml 0.7.12 crashes on these texts. */
Test(yaml, a_tab_behind_a_key_with_a_question_mark_is_refused)
{
    static const char *const texts[] = {"? a: \t? b: c\n", "x:\n  ? a:\t- b\n", "? a: \t?"};

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};
        const char *said = outcome(gloss_span_str(texts[i]), &out);

        cr_expect(strstr(said, "a tab behind '?' is not allowed; write KEY: VALUE"), "%s says %s",
                  texts[i], said);
    }
}

/* Reads a text that repeats a part n times, and expects one mistake. */
static void expect_repeated(const char *part, size_t n, const char *expected)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0}, out = {0};
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
    CLEANUP(yaml_freep) struct yaml *y = NULL;

    for (size_t i = 0; i < n; i++)
        gloss_buf_str(&text, part);
    cr_expect_eq(yaml_read(&y, "f", gloss_buf_view(&text), &d), YAML_E_BROKEN);
    cr_assert_eq(d.n, 1, "'%s' has %zu mistakes", part, d.n);
    gloss_buf_printf(&out, "%u:%u: %s", d.items[0].line, d.items[0].column, d.items[0].text);
    gloss_buf_char(&out, '\0');
    cr_expect_str_eq(out.ptr, expected);
}

Test(yaml, what_would_grow_without_end_is_refused)
{
    expect_repeated("[", 60000, "1:33: nested more than 32 levels deep");
    expect_repeated("[[[[[[[[[[\n", 10001, "10001:0: more than 100000 brackets are open");
    expect_repeated("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n", 3000,
                    "2:1: nested more than 32 levels deep");
    expect_repeated("[\n", 99999, "33:1: nested more than 32 levels deep");
    expect_repeated("- ", 30000, "1:65: nested more than 32 levels deep");
    expect_repeated("{", 100000, "1:0: too long: a line of more than 65536 bytes");
    expect_repeated("- a\n", 1000001, "0:0: too large: more than 1000000 keys and values");
    expect_repeated("word\n", 300000,
                    "1:1: too long: the text has 1499999 bytes, at most 1048576 are allowed");
    expect_repeated("0123456789abcdef", 4194305,
                    "0:0: too large: the file has 67108880 bytes, at most 67108864 are allowed");
}

/* The column at which a mistake in a byte of a scalar's text is reported. */
static unsigned column_of(const char *yaml, size_t at)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
    CLEANUP(yaml_freep) struct yaml *y = NULL;

    cr_assert_eq(yaml_read(&y, "f", gloss_span_str(yaml), &d), 0);
    yaml_diag_at(y, yaml_root(y)->first->value, at, GLOSS_DIAG_ERROR, "x");
    return d.items[0].column;
}

Test(yaml, a_byte_of_a_text_has_its_place_behind_quotes_and_escapes)
{
    static const struct {
        const char *yaml;
        size_t at;
        unsigned column;
    } rows[] = {
        {"a: bcd", 2, 6},        {"a: 'bcd'", 2, 7},      {"a: 'b''d'", 2, 8},
        {"a: \"bcd\"", 2, 7},    {"a: \"\\\\d(\"", 2, 8}, {"a: \"\\x41b\"", 1, 9},
        {"a: \"\\xe9b\"", 2, 9}, {"a: éb", 2, 5},         {"a: \"\\u00e9b\"", 2, 4},
        {"a: |\n  bcd\n", 2, 1}, {"a: 'b\n  cd'", 3, 4},  {"a: 'bcd'", 3, 8},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        cr_expect_eq(column_of(rows[i].yaml, rows[i].at), rows[i].column, "row %zu: %u", i,
                     column_of(rows[i].yaml, rows[i].at));
}

Test(yaml, keys_are_held_to_a_table)
{
    static const char *const keys[] = {"cause", "solution"};
    static const char *const expected[] = {
        "2:1: unknown key 'casue', did you mean 'cause'?",
        "3:1: unknown key 'Solution', did you mean 'solution'?",
        "4:1: unknown key 'zebra'; the keys are cause, solution",
        "5:1: key 'cause' is already given at 1:1",
    };
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
    CLEANUP(yaml_freep) struct yaml *y = NULL;

    cr_assert_eq(yaml_read(&y, "f",
                           gloss_span_str("cause: a\ncasue: b\nSolution: c\nzebra: d\ncause: e\n"),
                           &d),
                 0);
    yaml_check_keys(y, yaml_root(y), keys, ARRAY_SIZE(keys));
    cr_assert_eq(d.n, ARRAY_SIZE(expected));
    for (size_t i = 0; i < d.n; i++) {
        char text[256];

        snprintf(text, sizeof(text), "%u:%u: %s", d.items[i].line, d.items[i].column,
                 d.items[i].text);
        cr_expect_str_eq(text, expected[i]);
    }
    cr_expect_str_eq(d.items[0].excerpt, "casue: b");
}

Test(yaml, only_an_unquoted_empty_value_is_null)
{
    static const struct {
        const char *yaml;
        bool null;
    } rows[] = {{"a:", true},         {"a: ~", true},  {"a: null", true}, {"a: ''", false},
                {"a: 'null'", false}, {"a: x", false}, {"a: []", false}};

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
        CLEANUP(yaml_freep) struct yaml *y = NULL;

        cr_assert_eq(yaml_read(&y, "f", gloss_span_str(rows[i].yaml), &d), 0);
        cr_expect_eq(yaml_is_null(yaml_get(yaml_root(y), "a")), rows[i].null, "%s", rows[i].yaml);
    }
}
