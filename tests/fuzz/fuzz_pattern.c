/* What is told from the spelling of a pattern, against PCRE2 tried at each place of a text: a place
 * where a match starts is named by the automaton, the match is no longer than its reach and holds a
 * required literal. The input is a pattern, a line feed, and the text, which is a line. */

#define PCRE2_CODE_UNIT_WIDTH 8

#include "core/base/util.h"
#include "core/regex/automaton.h"
#include "core/regex/required_literals.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 64
#define PATTERN_MAX 256

struct subject {
    struct gloss_span pattern, text;
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    struct automaton *automaton; /* NULL: of no use */
    struct required_literals required;
    size_t reach, memory;
};

static void die(const struct subject *s, const char *what, size_t at)
{
    fprintf(stderr, "pattern '%.*s', text '%.*s': %s at %zu\n", (int)s->pattern.len, s->pattern.ptr,
            (int)s->text.len, s->text.ptr, what, at);
    abort();
}

/* False: PCRE2 does not compile the pattern, or it is not understood. */
static bool subject_init(struct subject *s)
{
    CLEANUP(arena_deinit) struct arena arena = {0};
    struct syntax_node *root;
    size_t at;
    int error;

    s->code = pcre2_compile((PCRE2_SPTR)s->pattern.ptr, s->pattern.len,
                            PCRE2_NEVER_UTF | PCRE2_NEVER_UCP, &error, &at, NULL);
    if (!s->code || syntax_read(&root, s->pattern, &arena) != 0)
        return false;
    s->reach = syntax_reach(root);
    s->data = pcre2_match_data_create_from_pattern(s->code, NULL);
    s->context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(s->context, 10000);
    if (automaton_new(&s->automaton, root, &s->memory) < 0 ||
        required_literals_of(s->pattern, NULL, &s->required) < 0)
        die(s, "no memory", 0);
    return true;
}

static void subject_deinit(struct subject *s)
{
    automaton_free(s->automaton);
    pcre2_match_context_free(s->context);
    pcre2_match_data_free(s->data);
    pcre2_code_free(s->code);
}

static uint64_t starts(const struct subject *s)
{
    uint64_t marks = 0;
    struct automaton_walk w = {.automaton = s->automaton,
                               .text = s->text.ptr,
                               .at = s->text.len,
                               .whole = true,
                               .marks = &marks};

    if (!s->automaton)
        return UINT64_MAX;
    automaton_start(&w, true);
    if (automaton_read(&w, 0) < 0)
        die(s, "no memory", 0);
    return marks;
}

static bool holds_literal(const struct subject *s, struct gloss_span match)
{
    for (size_t i = 0; i < s->required.n; i++) {
        const struct required_literal *l = &s->required.items[i];
        const char *at = memmem(match.ptr, match.len, l->bytes, l->len);

        if (at && (!s->required.prefix || at == match.ptr))
            return true;
    }
    return s->required.n == 0;
}

static void check_place(const struct subject *s, uint64_t marks, size_t at)
{
    const size_t *pairs = pcre2_get_ovector_pointer(s->data);

    if (pcre2_match(s->code, (PCRE2_SPTR)s->text.ptr, s->text.len, at, PCRE2_ANCHORED, s->data,
                    s->context) < 0)
        return;
    if (at < TEXT_MAX && !(marks >> at & 1))
        die(s, "a start is not named", at);
    if (pairs[1] >= at && pairs[1] - at > s->reach)
        die(s, "beyond its reach", at);
    if (pairs[1] >= at && !holds_literal(s, gloss_span(s->text.ptr + at, pairs[1] - at)))
        die(s, "no literal", at);
}

static struct gloss_span first_line(struct gloss_span text)
{
    const char *nl = text.len ? memchr(text.ptr, '\n', text.len) : NULL;

    return nl ? gloss_span(text.ptr, (size_t)(nl - text.ptr)) : text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *input = (const char *)data, *nl = size ? memchr(input, '\n', size) : NULL;
    struct subject s = {0};

    if (!nl || (size_t)(nl - input) > PATTERN_MAX)
        return 0;
    s.pattern = gloss_span(input, (size_t)(nl - input));
    s.text = first_line(gloss_span(nl + 1, MIN(size - s.pattern.len - 1, (size_t)TEXT_MAX)));
    if (subject_init(&s)) {
        uint64_t marks = starts(&s);

        for (size_t at = 0; at < s.text.len; at++)
            check_place(&s, marks, at);
    }
    subject_deinit(&s);
    return 0;
}
