/* From YAML to a catalog. The reader does not stop at a mistake: it reports the mistake and goes on
 * with the next key, so that one run shows everything that has to be mended.
 *
 *     bytes ──► yaml.c ──► tree ──► reader: keys, types, codes, patterns ──► draft ──► the set
 *
 * Whether there were mistakes is seen by one number, the errors that the list has more than before.
 * Only without any does the draft become part of the set. Patterns are compiled to learn whether
 * PCRE2 takes them, and freed: the matcher compiles the patterns it needs when it needs them. */

#include "core/base/name_distance.h"
#include "core/base/name_index.h"
#include "core/base/util.h"
#include "core/catalog/builtin.h"
#include "core/catalog/catalog_set.h"
#include "core/catalog/common_words.h"
#include "core/catalog/yaml.h"
#include "core/catalog/yaml_keys.h"
#include "core/regex/pattern_lint.h"
#include "core/regex/regex.h"

#include <stdio.h>

/* The newest format of catalogs that is understood (the key "format"). */
#define FORMAT_OURS 1

static const char *const top_keys[] = {"format", "catalog", "title", "reference",
                                       "family", "success", "codes"};
static const char *const entry_keys[] = {"pattern", "cause", "solution", "severity"};

struct reader {
    const struct gloss_catalogs *set;
    struct yaml *y;
    struct gloss_diags *diags;
    struct catalog_draft draft;
    struct name_index codes;               /* from a code to the index of its entry in the draft */
    const struct gloss_catalog *same_name; /* of the set; NULL: none has the name */
    struct regex_env *env;
};

static void reader_deinit(struct reader *r)
{
    regex_env_free(r->env);
    name_index_deinit(&r->codes);
    catalog_draft_deinit(&r->draft);
    yaml_free(r->y);
}

/* ---- texts ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct gloss_span trimmed(struct gloss_span s)
{
    while (s.len > 0 && is_blank(s.ptr[0]))
        s = gloss_span(s.ptr + 1, s.len - 1);
    while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* Whether a value is a text that is not empty; what keeps it from that is reported. */
static bool is_text(const struct reader *r, const struct yaml_node *n, const char *key)
{
    struct gloss_span text = trimmed(n->text);

    if (n->kind == YAML_BAD)
        return false;
    if (n->kind != YAML_SCALAR) {
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' must be text, not %s; quotes make it text", key,
                  yaml_kind_name(n));
        return false;
    }
    if (text.len == 0 || yaml_is_null(n)) {
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' is empty; give it a text", key);
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if ((c < 0x20 && !is_blank((char)c)) || c == 0x7f) {
            yaml_diag_at(r->y, n, (size_t)(text.ptr - n->text.ptr) + i, GLOSS_DIAG_ERROR,
                         "'%s' holds the control character 0x%02X; leave it out", key, c);
            return false;
        }
    }
    return true;
}

/* A copy on one line: each line end, with the blanks around it, becomes one blank. Returns 0 or
 * -ENOMEM. */
static int one_line(struct reader *r, struct gloss_span s, const char **ret)
{
    char *copy;
    size_t n = 0;

    s = trimmed(s);
    copy = arena_copy(&r->draft.arena, s);
    if (!copy)
        return -ENOMEM;
    for (size_t i = 0; i < s.len; i++) {
        bool fold = s.ptr[i] == '\n' || s.ptr[i] == '\r';

        while (fold && n > 0 && copy[n - 1] == ' ')
            n--;
        copy[n] = s.ptr[i];
        if (is_blank(s.ptr[i]))
            copy[n] = ' ';
        n++;
        while (fold && is_blank(s.ptr[i + 1]))
            i++;
    }
    copy[n] = '\0';
    *ret = copy;
    return 0;
}

/* Reads the value of a key as a text on one line; *ret stays as it is where there is none or it is
 * wrong. */
static int read_text(struct reader *r, const struct yaml_node *mapping, const char *key,
                     const char **ret)
{
    const struct yaml_node *n = yaml_get(mapping, key);

    return n && is_text(r, n, key) ? one_line(r, n->text, ret) : 0;
}

/* ---- patterns ---- */

/* Whether the part of a pattern that stands behind a \K can match without taking a byte. `depth`
 * groups are open there. A part that does not compile by itself, since it refers to a group before
 * it, counts as one that cannot. Returns 1, 0 or -ENOMEM. */
static int rest_matches_empty(struct reader *r, struct gloss_span rest, size_t depth)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf pattern = {0};
    CLEANUP(regex_freep) struct regex *re = NULL;
    struct regex_error error;
    int result;

    if (rest.len == 0)
        return 1;
    while (depth-- > 0)
        gloss_buf_str(&pattern, "(?:");
    gloss_buf_span(&pattern, rest);
    if (pattern.failed)
        return -ENOMEM;
    result = regex_compile(&re, r->env, gloss_buf_view(&pattern), 0, &error);
    if (result == 0)
        return regex_matches_empty(re);
    return MIN(result, 0);
}

/* Whether a match of a pattern can be empty. PCRE2 knows whether a pattern can match without taking
 * a byte, but not whether a \K can leave nothing of what was taken. Returns 1, 0 or -ENOMEM. */
static int matches_empty(struct reader *r, const struct regex *re, struct gloss_span pattern)
{
    int result = regex_matches_empty(re);
    size_t at = 0, depth;

    while (result == 0 && pattern_lint_reset(pattern, at, &at, &depth))
        result = rest_matches_empty(r, gloss_span(pattern.ptr + at, pattern.len - at), depth);
    return result;
}

/* Reads the value of a key as a pattern. *ret_regex is NULL where there is none or it is wrong;
 * *ret then stays as it is. Returns 0 or -ENOMEM. */
static int read_pattern(struct reader *r, const struct yaml_node *n, const char *key,
                        const char **ret, struct regex **ret_regex)
{
    CLEANUP(regex_freep) struct regex *re = NULL;
    struct regex_error error;
    size_t at;
    int result;

    *ret_regex = NULL;
    if (!n || !is_text(r, n, key))
        return 0;
    result = regex_compile(&re, r->env, n->text, 0, &error);
    if (result < 0)
        return result;
    if (result == REGEX_E_SYNTAX) {
        yaml_diag_at(r->y, n, error.offset, GLOSS_DIAG_ERROR, "'%s' does not compile: %s", key,
                     error.text);
        return 0;
    }
    if (pattern_lint_line_end(n->text, &at)) {
        yaml_diag_at(r->y, n, at, GLOSS_DIAG_ERROR,
                     "'%s' asks for a line end, but a pattern is tried inside one line only", key);
        return 0;
    }
    result = matches_empty(r, re, n->text);
    if (result < 0)
        return result;
    if (result > 0) {
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR,
                  "'%s' can match the empty text; ask for at least one character", key);
        return 0;
    }
    *ret = arena_copy(&r->draft.arena, n->text);
    if (!*ret)
        return -ENOMEM;
    *ret_regex = TAKE_PTR(re);
    return 0;
}

/* Families and success markers are compiled between the borders of a name. A comment of "(?x)" at
 * their end would swallow the right border, so this is tried here. */
static int check_bordered(struct reader *r, const struct yaml_node *n, const char *key)
{
    CLEANUP(regex_freep) struct regex *re = NULL;
    struct regex_error error;
    int result = regex_compile(&re, r->env, n->text, REGEX_BORDERED, &error);

    if (result == REGEX_E_SYNTAX)
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' does not compile inside a group: %s", key,
                  error.text);
    return MIN(result, 0);
}

static int read_top_pattern(struct reader *r, const struct yaml_node *top, const char *key,
                            const char **ret)
{
    CLEANUP(regex_freep) struct regex *re = NULL;
    const struct yaml_node *n = yaml_get(top, key);
    int result = read_pattern(r, n, key, ret, &re);

    return result == 0 && *ret ? check_bordered(r, n, key) : result;
}

/* The length of the identifier at an offset; 0 where there is none. */
static size_t identifier_length(struct gloss_span s, size_t at)
{
    size_t n = 0;

    while (at + n < s.len) {
        char c = s.ptr[at + n];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';

        if (!letter && (n == 0 || c < '0' || c > '9'))
            break;
        n++;
    }
    return n;
}

/* Reports each {NAME} in a text that is no named group of the entry's pattern. */
static void check_captures(const struct reader *r, const struct yaml_node *n,
                           const struct regex *re)
{
    for (size_t i = 0; n && n->kind == YAML_SCALAR && i < n->text.len; i++) {
        size_t length = n->text.ptr[i] == '{' ? identifier_length(n->text, i + 1) : 0;
        struct gloss_span name = gloss_span(n->text.ptr + i + 1, length);

        if (length == 0 || i + 1 + length >= n->text.len || n->text.ptr[i + 1 + length] != '}')
            continue;
        if (!regex_has_name(re, name))
            yaml_diag_at(
                r->y, n, i, GLOSS_DIAG_ERROR,
                "{%.*s} is not a named group of the pattern; write (?<%.*s>…) in the pattern",
                (int)MIN(length, (size_t)64), name.ptr, (int)MIN(length, (size_t)64), name.ptr);
    }
}

/* ---- codes ---- */

/* Whether a key can be a code; what keeps it from that is reported. */
static bool is_code(const struct reader *r, const struct yaml_node *key, bool has_pattern)
{
    int shown = (int)MIN(key->text.len, (size_t)64);

    if (key->text.len == 0) {
        yaml_diag(r->y, key, GLOSS_DIAG_ERROR, "a code without a name; give it one");
        return false;
    }
    if (key->text.len > GLOSS_CODE_MAX) {
        yaml_diag(r->y, key, GLOSS_DIAG_ERROR, "the code has %zu bytes; at most %d are allowed",
                  key->text.len, GLOSS_CODE_MAX);
        return false;
    }
    for (size_t i = 0; i < key->text.len; i++) {
        unsigned char c = (unsigned char)key->text.ptr[i];

        if (c <= 0x20 || c == 0x7f) {
            yaml_diag_at(
                r->y, key, i, GLOSS_DIAG_ERROR,
                "code '%.*s' holds a blank or a control character; write a 'pattern' that finds it",
                shown, key->text.ptr);
            return false;
        }
    }
    if (!has_pattern && common_words_has(key->text)) {
        yaml_diag(r->y, key, GLOSS_DIAG_ERROR,
                  "'%.*s' is an everyday word; give it a 'pattern' with some context", shown,
                  key->text.ptr);
        return false;
    }
    return true;
}

/* Whether a code is in neither the draft nor the set; else it is reported, with the place of the
 * other. */
static bool is_new(const struct reader *r, const struct yaml_node *key)
{
    const struct gloss_entry *other = NULL;
    int length = (int)MIN(key->text.len, (size_t)GLOSS_CODE_MAX);
    uint32_t index;

    if (name_index_get(&r->codes, key->text, &index)) {
        other = &r->draft.entries[index];
        yaml_diag(r->y, key, GLOSS_DIAG_ERROR, "code '%.*s' is already given at %u:%u", length,
                  key->text.ptr, other->line, other->column);
        return false;
    }
    other = gloss_catalogs_find(r->set, key->text);
    if (!other || other->catalog == r->same_name)
        return true;
    yaml_diag(r->y, key, GLOSS_DIAG_ERROR, "code '%.*s' is already given at %s:%u:%u", length,
              key->text.ptr, other->catalog->file, other->line, other->column);
    return false;
}

static void read_severity(const struct reader *r, const struct yaml_node *mapping,
                          enum gloss_severity *ret)
{
    static const char *const words[] = {"info", "warning", "error", "critical"};
    const struct yaml_node *n = yaml_get(mapping, "severity");
    const char *guess;

    *ret = GLOSS_SEVERITY_ERROR;
    if (!n || !is_text(r, n, "severity") || gloss_severity_parse(trimmed(n->text), ret) == 0)
        return;
    guess = name_guess(words, ARRAY_SIZE(words), n->text);
    if (guess)
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "unknown severity '%.*s', did you mean '%s'?",
                  (int)MIN(n->text.len, (size_t)64), n->text.ptr, guess);
    else
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR,
                  "unknown severity '%.*s'; use info, warning, error or critical",
                  (int)MIN(n->text.len, (size_t)64), n->text.ptr);
}

/* Reports that an entry lacks a key that it must have. */
static void demand(const struct reader *r, const struct yaml_node *key, const char *wanted)
{
    if (!key->value->open && !yaml_get(key->value, wanted))
        yaml_diag(r->y, key, GLOSS_DIAG_ERROR, "code '%.*s' has no '%s'",
                  (int)MIN(key->text.len, (size_t)GLOSS_CODE_MAX), key->text.ptr, wanted);
}

static int read_entry_fields(struct reader *r, const struct yaml_node *key,
                             struct gloss_entry *entry)
{
    CLEANUP(regex_freep) struct regex *re = NULL;
    const struct yaml_node *mapping = key->value;

    yaml_check_keys(r->y, mapping, entry_keys, ARRAY_SIZE(entry_keys));
    demand(r, key, "cause");
    demand(r, key, "solution");
    read_severity(r, mapping, &entry->severity);
    if (read_pattern(r, yaml_get(mapping, "pattern"), "pattern", &entry->pattern, &re) < 0 ||
        read_text(r, mapping, "cause", &entry->cause) < 0 ||
        read_text(r, mapping, "solution", &entry->solution) < 0)
        return -ENOMEM;
    if (re) {
        check_captures(r, yaml_get(mapping, "cause"), re);
        check_captures(r, yaml_get(mapping, "solution"), re);
    }
    return 0;
}

static int read_entry(struct reader *r, const struct yaml_node *key)
{
    struct gloss_entry entry = {.line = key->line, .column = key->column};
    const struct yaml_node *value = key->value;
    bool good;

    if (key->kind == YAML_BAD || value->kind == YAML_BAD)
        return 0;
    good = is_code(r, key, value->kind == YAML_MAPPING && yaml_get(value, "pattern")) &&
           is_new(r, key);
    if (value->kind != YAML_MAPPING) {
        yaml_diag(r->y, value, GLOSS_DIAG_ERROR,
                  "code '%.*s' needs 'cause' and 'solution' below it, each on a line of its own",
                  (int)MIN(key->text.len, (size_t)GLOSS_CODE_MAX), key->text.ptr);
        return 0;
    }
    if (read_entry_fields(r, key, &entry) < 0)
        return -ENOMEM;
    if (!good)
        return 0;
    entry.code = arena_copy(&r->draft.arena, key->text);
    if (!entry.code || GROW(&r->draft.entries, &r->draft.size, r->draft.n + 1) < 0 ||
        name_index_put(&r->codes, gloss_span_str(entry.code), (uint32_t)r->draft.n) < 0)
        return -ENOMEM;
    r->draft.entries[r->draft.n++] = entry;
    return 0;
}

static int read_codes(struct reader *r, const struct yaml_node *top)
{
    const struct yaml_node *codes = yaml_get(top, "codes");
    int result = 0;

    if (!codes && !top->open)
        yaml_diag(r->y, top, GLOSS_DIAG_ERROR,
                  "the key 'codes' is missing: a catalog lists its codes there");
    if (!codes || codes->kind == YAML_BAD)
        return 0;
    if (codes->kind != YAML_MAPPING && !yaml_is_null(codes))
        yaml_diag(r->y, codes, GLOSS_DIAG_ERROR,
                  "'codes' must be a mapping, each code a key, not %s", yaml_kind_name(codes));
    else if (!codes->first && !codes->open)
        yaml_diag(r->y, codes, GLOSS_DIAG_ERROR,
                  "'codes' is empty; write each code as a key below it");
    for (const struct yaml_node *k = codes->kind == YAML_MAPPING ? codes->first : NULL;
         k && result == 0; k = k->next)
        result = read_entry(r, k);
    return result;
}

/* ---- the top ---- */

/* Whether the catalog has a format that is understood. A newer format ends the reading, since its
 * keys may mean something else. */
static bool read_format(const struct reader *r, const struct yaml_node *top)
{
    const struct yaml_node *n = yaml_get(top, "format");
    unsigned long format = 0;

    if (!n || n->kind == YAML_BAD)
        return true;
    for (size_t i = 0; n->kind == YAML_SCALAR && i < n->text.len && format < 1000000; i++) {
        char c = n->text.ptr[i];

        if (c < '0' || c > '9') {
            format = 0;
            break;
        }
        format = format * 10 + (unsigned long)(c - '0');
    }
    if (format == 0)
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'format' must be a number from 1 on");
    if (format > FORMAT_OURS)
        yaml_diag(
            r->y, n, GLOSS_DIAG_ERROR,
            "the catalog has format %.*s, and this glossd reads format %d; use a newer glossd",
            (int)MIN(n->text.len, (size_t)20), n->text.ptr, FORMAT_OURS);
    return format <= FORMAT_OURS;
}

static bool is_catalog_name(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    return name[strspn(name, letters)] == '\0';
}

static int read_name(struct reader *r, const struct yaml_node *top)
{
    const struct yaml_node *n = yaml_get(top, "catalog");
    const char *name = NULL;

    if (!n && !top->open)
        yaml_diag(r->y, top, GLOSS_DIAG_ERROR,
                  "the key 'catalog' is missing: give the catalog a name");
    if (read_text(r, top, "catalog", &name) < 0)
        return -ENOMEM;
    if (!name)
        return 0;
    r->draft.fields.name = name;
    r->same_name = catalogs_by_name(r->set, name);
    if (!is_catalog_name(name))
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR,
                  "the name of a catalog consists of letters, digits, '.', '_' and '-'");
    else if (r->same_name)
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "a catalog named '%s' is already read from %s", name,
                  r->same_name->file);
    return 0;
}

static int read_top(struct reader *r, const struct yaml_node *top)
{
    struct gloss_catalog *f = &r->draft.fields;

    if (top->kind == YAML_BAD)
        return 0;
    if (top->kind != YAML_MAPPING) {
        yaml_diag(
            r->y, top, GLOSS_DIAG_ERROR,
            "not a catalog: it must begin with keys such as 'catalog' and 'codes', not with %s",
            yaml_kind_name(top));
        return 0;
    }
    if (!read_format(r, top))
        return 0;
    if (!top->open && !yaml_get(top, "catalog") && !yaml_get(top, "codes")) {
        yaml_diag(r->y, top, GLOSS_DIAG_ERROR,
                  "not a catalog: it has neither the key 'catalog' nor the key 'codes'");
        return 0;
    }
    yaml_check_keys(r->y, top, top_keys, ARRAY_SIZE(top_keys));
    if (read_name(r, top) < 0 || read_text(r, top, "title", &f->title) < 0 ||
        read_text(r, top, "reference", &f->reference) < 0 ||
        read_top_pattern(r, top, "family", &f->family) < 0 ||
        read_top_pattern(r, top, "success", &f->success) < 0)
        return -ENOMEM;
    return read_codes(r, top);
}

static int read_catalog(struct reader *r, const char *file, struct gloss_span yaml)
{
    const struct yaml_node *root;
    int result = yaml_read(&r->y, file, yaml, r->diags);

    if (result < 0)
        return result;
    root = yaml_root(r->y);
    if (!root && result == 0)
        gloss_diags_add(r->diags, GLOSS_DIAG_ERROR, file, 0, 0, gloss_span(NULL, 0), "%s",
                        yaml.len == 0 ? "the file is empty"
                                      : "not a catalog: the file holds only blanks and comments");
    if (!root)
        return 0;
    result = regex_env_new(&r->env, 0, 0);
    return result < 0 ? result : read_top(r, root);
}

int gloss_catalogs_read(struct gloss_catalogs *set, const char *file, struct gloss_span yaml,
                        struct gloss_diags *diags)
{
    CLEANUP(reader_deinit) struct reader r = {.set = set, .diags = diags};
    size_t errors = diags->errors, first = diags->n;
    int result = read_catalog(&r, file, yaml);

    gloss_diags_sort(diags, first, file);
    if (result < 0 || diags->failed)
        return -ENOMEM;
    if (diags->errors > errors)
        return GLOSS_CATALOG_E_INVALID;
    r.draft.fields.file = arena_copy(&r.draft.arena, gloss_span_str(file));
    if (!r.draft.fields.file)
        return -ENOMEM;
    return catalogs_add(set, &r.draft);
}

/* ---- the catalog that is compiled in ---- */

struct gloss_span gloss_builtin_yaml(void)
{
    return gloss_span(builtin_catalog, builtin_catalog_length);
}

const char *gloss_builtin_name(void)
{
    return builtin_catalog_name;
}

int catalogs_read_builtin(struct gloss_catalogs *set, struct gloss_diags *diags)
{
    char file[128];

    snprintf(file, sizeof(file), "%s.yaml (built in)", builtin_catalog_name);
    return gloss_catalogs_read(set, file, gloss_builtin_yaml(), diags);
}

int gloss_catalogs_read_builtin(struct gloss_catalogs *set)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};

    return catalogs_read_builtin(set, &diags);
}
