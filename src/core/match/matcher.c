/* From catalogs to what finds them.
 *
 * Names share one pattern for each length (see matcher_border()). Entries with a pattern, families
 * and success markers are rules. What a rule requires becomes literals for the filter; when each
 * match begins with one of them, the rule is tried at the candidate itself and never searches. */

#include "core/match/matcher_rules.h"

#include "core/base/util.h"
#include "core/regex/required_literals.h"

#include <errno.h>
#include <gloss/buf.h>
#include <stdlib.h>
#include <string.h>

static int bordered_init(struct gloss_matcher *m, struct bordered *b, struct gloss_span pattern)
{
    struct regex_error error;
    int r = regex_compile(&b->behind_border, m->env, pattern, REGEX_BEHIND_BORDER | REGEX_ANCHORED,
                          &error);

    if (r == 0)
        r = regex_compile(&b->behind_escape, m->env, pattern, REGEX_BEHIND_ESCAPE | REGEX_ANCHORED,
                          &error);
    return r;
}

static void bordered_deinit(struct bordered *b)
{
    regex_free(b->behind_border);
    regex_free(b->behind_escape);
}

int matcher_border(struct gloss_matcher *m, size_t len, const struct bordered **ret_bordered)
{
    struct bordered made = {0};
    struct gloss_buf pattern = {0};
    int r = 0;

    if (!m->borders[len].behind_border) {
        gloss_buf_str(&pattern, "[\\x00-\\xff]{");
        gloss_buf_u64(&pattern, len);
        gloss_buf_str(&pattern, "}");
        r = pattern.failed ? -ENOMEM : bordered_init(m, &made, gloss_buf_view(&pattern));
        gloss_buf_deinit(&pattern);
        if (r != 0) {
            bordered_deinit(&made);
            return r > 0 ? -EINVAL : r; /* it is ours, and it compiles */
        }
        m->borders[len] = made;
    }
    *ret_bordered = &m->borders[len];
    return 0;
}

/* What is gathered for the filter. */
struct gathered {
    struct literal *literals;
    size_t n, size;
    struct gloss_buf text; /* bytes of the literals; */
    struct gloss_span *names;
    size_t n_names;
    struct literal_census census;
};

/* How many rules there will be, and what their patterns offer. Returns 0 or -ENOMEM. */
static int count_rules(const struct gloss_catalogs *set, struct literal_census *census,
                       size_t *ret_n)
{
    size_t n = 0;
    int r = 0;

    for (size_t i = 0; i < gloss_catalogs_count(set); i++) {
        const struct gloss_catalog *c = gloss_catalogs_get(set, i);

        n += (size_t)(c->family != NULL) + (size_t)(c->success != NULL);
        for (size_t k = 0; k < c->n_entries; k++) {
            if (!c->entries[k].pattern)
                continue;
            r = required_literals_count(gloss_span_str(c->entries[k].pattern), census);
            if (r < 0)
                return r;
            n++;
        }
    }
    *ret_n = n;
    return 0;
}

/* The text grows and moves, so spans hold offsets until all is there. */
static int gather_literals(struct gathered *g, const struct required_literals *required,
                           uint32_t tag)
{
    if (GROW(&g->literals, &g->size, g->n + required->n) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < required->n; i++) {
        const struct required_literal *l = &required->items[i];

        g->literals[g->n++] = (struct literal){
            .bytes = {.ptr = (const char *)(uintptr_t)g->text.len, .len = l->len},
            .tag = tag,
        };
        gloss_buf_append(&g->text, l->bytes, l->len);
    }
    return g->text.failed ? -ENOMEM : 0;
}

static int rule_init(struct gloss_matcher *m, struct gathered *g, struct rule *rule,
                     const char *pattern)
{
    struct gloss_span text = gloss_span_str(pattern);
    struct required_literals required;
    struct regex_error error;
    int r;

    r = required_literals_of(text, &g->census, &required);
    if (r < 0)
        return r;
    rule->filtered = required.n > 0;
    rule->anchored = required.prefix;
    m->n_unfiltered += !rule->filtered;
    m->n_literals += required.n;
    r = gather_literals(g, &required, (uint32_t)(rule - m->rules));
    if (r < 0)
        return r;
    if (rule->kind == RULE_PATTERN)
        r = regex_compile(&rule->regex, m->env, text, rule->anchored ? REGEX_ANCHORED : 0u, &error);
    else if (rule->anchored)
        r = bordered_init(m, &rule->bordered, text);
    else
        r = regex_compile(&rule->regex, m->env, text, REGEX_BORDERED, &error);
    return r > 0 ? -EINVAL : r; /* the reader of catalogs let nothing in that does not compile */
}

static void rule_deinit(struct rule *rule)
{
    regex_free(rule->regex);
    bordered_deinit(&rule->bordered);
}

static int add_rule(struct gloss_matcher *m, struct gathered *g, enum rule_kind kind,
                    const struct gloss_catalog *catalog, const struct gloss_entry *entry,
                    const char *pattern)
{
    struct rule *rule = &m->rules[m->n_rules];

    if (!pattern)
        return 0;
    m->n_rules++;
    rule->kind = kind;
    rule->catalog = catalog;
    rule->entry = entry;
    return rule_init(m, g, rule, pattern);
}

static int gather(struct gloss_matcher *m, struct gathered *g)
{
    size_t n_rules;
    int r = count_rules(m->set, &g->census, &n_rules);

    if (r < 0)
        return r;
    g->names = calloc(gloss_catalogs_n_entries(m->set) + 1, sizeof(*g->names));
    m->rules = calloc(n_rules + 1, sizeof(*m->rules));
    if (!g->names || !m->rules)
        return -ENOMEM;
    for (size_t i = 0; i < gloss_catalogs_count(m->set) && r == 0; i++) {
        const struct gloss_catalog *c = gloss_catalogs_get(m->set, i);

        for (size_t k = 0; k < c->n_entries && r == 0; k++) {
            const struct gloss_entry *e = &c->entries[k];

            if (!e->pattern)
                g->names[g->n_names++] = gloss_span_str(e->code);
            r = add_rule(m, g, RULE_PATTERN, c, e, e->pattern);
        }
        if (r == 0)
            r = add_rule(m, g, RULE_FAMILY, c, NULL, c->family);
        if (r == 0)
            r = add_rule(m, g, RULE_SUCCESS, c, NULL, c->success);
    }
    return r;
}

static int make_filter(struct gloss_matcher *m, struct gathered *g, const char *method)
{
    struct prefilter_input input = {
        .names = g->names,
        .n_names = g->n_names,
        .literals = g->literals,
        .n_literals = g->n,
        .method = method,
    };

    for (size_t i = 0; i < g->n; i++)
        g->literals[i].bytes.ptr = g->text.ptr + (uintptr_t)g->literals[i].bytes.ptr;
    return prefilter_new(&m->filter, &input, m->kernel);
}

int gloss_matcher_new(struct gloss_matcher **ret_matcher, const struct gloss_catalogs *set,
                      const struct gloss_matcher_options *options)
{
    static const struct gloss_matcher_options defaults;
    CLEANUP(gloss_matcher_freep) struct gloss_matcher *m = calloc(1, sizeof(*m));
    struct gathered g = {0};
    int r;

    if (!m)
        return -ENOMEM;
    if (!options)
        options = &defaults;
    m->set = set;
    m->kernel = kernel_select(options->variant);
    if (!m->kernel)
        return -EINVAL;
    r = regex_env_new(&m->env, options->match_limit, options->heap_limit_kib);
    if (r == 0)
        r = name_lookup_new(&m->names, set);
    if (r == 0)
        r = gather(m, &g);
    if (r == 0)
        r = make_filter(m, &g, options->method);
    free(g.literals);
    free(g.names);
    gloss_buf_deinit(&g.text);
    if (r == 0)
        *ret_matcher = TAKE_PTR(m);
    return r;
}

struct gloss_matcher *gloss_matcher_free(struct gloss_matcher *m)
{
    if (!m)
        return NULL;
    for (size_t i = 0; i < m->n_rules; i++)
        rule_deinit(&m->rules[i]);
    for (size_t i = 0; i < ARRAY_SIZE(m->borders); i++)
        bordered_deinit(&m->borders[i]);
    free(m->rules);
    prefilter_free(m->filter);
    name_lookup_free(m->names);
    regex_env_free(m->env);
    free(m);
    return NULL;
}

const struct gloss_catalogs *gloss_matcher_catalogs(const struct gloss_matcher *m)
{
    return m->set;
}

void gloss_matcher_plan(const struct gloss_matcher *m, struct gloss_matcher_plan *ret_plan)
{
    size_t patterns = 0;

    for (size_t i = 0; i < m->n_rules; i++)
        patterns += m->rules[i].kind == RULE_PATTERN;
    *ret_plan = (struct gloss_matcher_plan){
        .variant = m->kernel->name,
        .jit = gloss_jit_available(),
        .names = prefilter_names_method(m->filter),
        .literals = prefilter_literals_method(m->filter),
        .n_names = gloss_catalogs_n_entries(m->set) - patterns,
        .n_literals = m->n_literals,
        .n_unfiltered = m->n_unfiltered,
    };
}

bool gloss_matcher_unfiltered(const struct gloss_matcher *m, size_t i, struct gloss_unfiltered *ret)
{
    for (size_t k = 0; k < m->n_rules; k++) {
        const struct rule *rule = &m->rules[k];

        if (rule->filtered || i-- > 0)
            continue;
        *ret = (struct gloss_unfiltered){.catalog = rule->catalog, .entry = rule->entry};
        return true;
    }
    return false;
}
