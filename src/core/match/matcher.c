/* From catalogs to what finds their codes.
 *
 * Names share one pattern for each length (see matcher_border()). Entries with a pattern, families
 * and success markers are rules. The text that a rule requires becomes literals for the prefilter;
 * where each match starts with one of them, the rule is tried at the places of its literals and
 * never searches. A literal that several rules require is looked for once. */

#include "core/match/matcher_rules.h"

#include "core/base/util.h"
#include "core/regex/required_literals.h"
#include "core/regex/syntax.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AUTOMATA_BYTES_MAX ((size_t)16 << 20)

static const struct search_bounds default_bounds = {
    .direct_bytes = 256,
    .crowd = 65536,
    .measured_bytes = 1024,
    .trust = (uint64_t)1 << 14,
    .trust_direct = (uint64_t)1 << 17,
    .trust_unfiltered = (uint64_t)1 << 20,
    .trust_of_byte = 4,
    .trust_of_byte_bounded = 64,
    .line_work = (uint64_t)3 << 28,
};

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

/* What is ours compiles, and what compiled between other borders. */
static int bordered_make(struct gloss_matcher *m, struct bordered *b, struct gloss_span pattern)
{
    struct bordered made = {0};
    int r = bordered_init(m, &made, pattern);

    if (r == 0)
        *b = made;
    else
        bordered_deinit(&made);
    return r > 0 ? -EINVAL : r;
}

int matcher_make_border(struct gloss_matcher *m, size_t len)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf pattern = {0};

    gloss_buf_str(&pattern, "[\\x00-\\xff]{");
    gloss_buf_u64(&pattern, len);
    gloss_buf_str(&pattern, "}");
    return pattern.failed ? -ENOMEM : bordered_make(m, &m->borders[len], gloss_buf_view(&pattern));
}

int matcher_make_bordered(struct gloss_matcher *m, struct rule *rule)
{
    return bordered_make(m, &rule->bordered, gloss_span_str(rule->pattern));
}

/* What is gathered for the prefilter. */
struct gathered {
    struct literal *literals; /* with the number of the rule that requires it as tag */
    size_t n, size;
    struct gloss_buf text; /* bytes of the literals */
    struct gloss_span *names;
    size_t n_names;
    struct literal_census census;
};

/* How many rules there will be, and what their patterns offer. Returns 0 or -ENOMEM. */
static int count_rules(const struct gloss_catalogs *set, struct literal_census *census, size_t *n)
{
    int r = 0;

    *n = 0;
    for (size_t i = 0; i < gloss_catalogs_count(set); i++) {
        const struct gloss_catalog *c = gloss_catalogs_get(set, i);

        *n += (size_t)(c->family != NULL) + (size_t)(c->success != NULL);
        for (size_t k = 0; k < c->n_entries && r == 0; k++) {
            if (!c->entries[k].pattern)
                continue;
            r = required_literals_count(gloss_span_str(c->entries[k].pattern), census);
            (*n)++;
        }
    }
    return r;
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

/* Reads what a pattern tells by its spelling. Returns 0 or -ENOMEM. */
static int rule_read(struct rule *rule, const struct required_literals *required)
{
    CLEANUP(arena_deinit) struct arena arena = {0};
    struct syntax_node *root;
    int r = syntax_read(&root, gloss_span_str(rule->pattern), &arena);

    if (r < 0)
        return r;
    rule->anchored = required->prefix;
    rule->reach = r == 0 ? syntax_reach(root) : SIZE_MAX;
    rule->look_reach = r == 0 ? syntax_look_reach(root) : SIZE_MAX;
    rule->resets = r != 0 || syntax_resets(root);
    rule->literals = calloc(required->n + 1, sizeof(*rule->literals));
    return rule->literals ? 0 : -ENOMEM;
}

static int rule_init(struct gloss_matcher *m, struct gathered *g, struct rule *rule)
{
    struct required_literals required;
    int r = required_literals_of(gloss_span_str(rule->pattern), &g->census, &required);

    if (r == 0)
        r = rule_read(rule, &required);
    return r < 0 ? r : gather_literals(g, &required, (uint32_t)(rule - m->rules));
}

static void rule_deinit(struct rule *rule)
{
    regex_free(rule->regex);
    bordered_deinit(&rule->bordered);
    automaton_free(rule->automaton);
    free(rule->literals);
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
    rule->pattern = pattern;
    return rule_init(m, g, rule);
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

static int compare_literals(const void *a, const void *b)
{
    const struct literal *x = a, *y = b;
    int order = memcmp(x->bytes.ptr, y->bytes.ptr, MIN(x->bytes.len, y->bytes.len));

    if (order == 0)
        order = (x->bytes.len > y->bytes.len) - (x->bytes.len < y->bytes.len);
    return order ? order : (x->tag > y->tag) - (x->tag < y->tag);
}

static int alloc_literals(struct gloss_matcher *m, size_t n_users)
{
    m->literals = calloc(n_users + 1, sizeof(*m->literals));
    m->users = calloc(n_users + 1, sizeof(*m->users));
    m->users_of = calloc(n_users + 1, sizeof(*m->users_of));
    m->unfiltered = calloc(m->n_rules + 1, sizeof(*m->unfiltered));
    return m->literals && m->users && m->users_of && m->unfiltered ? 0 : -ENOMEM;
}

/* Gives each literal a number, and each rule the numbers of its literals. In g each is left once,
 * with its number as tag. */
static int number_literals(struct gloss_matcher *m, struct gathered *g)
{
    if (alloc_literals(m, g->n) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < g->n; i++)
        g->literals[i].bytes.ptr = g->text.ptr + (uintptr_t)g->literals[i].bytes.ptr;
    if (g->n)
        qsort(g->literals, g->n, sizeof(*g->literals), compare_literals);
    for (size_t i = 0; i < g->n; i++) {
        struct literal l = g->literals[i];
        struct rule *rule = &m->rules[l.tag];

        if (m->n_literals == 0 || !gloss_span_equal(l.bytes, m->literals[m->n_literals - 1])) {
            m->users_of[m->n_literals] = (uint32_t)i;
            l.tag = (uint32_t)m->n_literals;
            g->literals[m->n_literals] = l;
            m->literals[m->n_literals++] = l.bytes;
        }
        m->users[i] = (uint32_t)(rule - m->rules);
        rule->literals[rule->n_literals++].id = (uint32_t)(m->n_literals - 1);
    }
    m->n_required = g->n;
    m->users_of[m->n_literals] = (uint32_t)g->n;
    for (size_t i = 0; i < m->n_rules; i++)
        if (m->rules[i].n_literals == 0)
            m->unfiltered[m->n_unfiltered++] = (uint32_t)i;
    return 0;
}

static int rule_compile(struct gloss_matcher *m, struct rule *rule)
{
    struct gloss_span text;
    struct regex_error error;
    int r;

    assert(rule->pattern);
    text = gloss_span_str(rule->pattern);
    if (rule->kind == RULE_PATTERN)
        r = regex_compile(&rule->regex, m->env, text, rule->anchored ? REGEX_ANCHORED : 0u, &error);
    else if (rule->anchored)
        r = bordered_init(m, &rule->bordered, text);
    else
        r = regex_compile(&rule->regex, m->env, text, REGEX_BORDERED, &error);
    return r > 0 ? -EINVAL : r; /* the reader of catalogs let nothing in that does not compile */
}

static int compile_rules(struct gloss_matcher *m)
{
    int r = 0;

    for (size_t i = 0; i < m->n_rules && r == 0; i++)
        r = rule_compile(m, &m->rules[i]);
    return r;
}

static int make_filter(struct gloss_matcher *m, const struct gathered *g, const char *method)
{
    struct prefilter_input input = {
        .names = g->names,
        .n_names = g->n_names,
        .literals = g->literals,
        .n_literals = m->n_literals,
        .method = method,
    };

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
    m->bounds = default_bounds;
    if (options->line_work)
        m->bounds.line_work = options->line_work;
    m->kernel = kernel_select(options->variant);
    if (!m->kernel)
        return -EINVAL;
    r = regex_env_new(&m->env, options->match_limit, options->heap_limit_kib);
    if (r == 0)
        r = name_lookup_new(&m->names, set);
    if (r == 0)
        r = gather(m, &g);
    if (r == 0)
        r = number_literals(m, &g);
    if (r == 0)
        r = compile_rules(m);
    if (r == 0)
        r = make_filter(m, &g, options->method);
    m->text = g.text;
    free(g.literals);
    free(g.names);
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
    free(m->literals);
    free(m->users);
    free(m->users_of);
    free(m->unfiltered);
    gloss_buf_deinit(&m->text);
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
        .n_literals = m->n_required,
        .n_unfiltered = m->n_unfiltered,
    };
}

bool gloss_matcher_unfiltered(const struct gloss_matcher *m, size_t i, struct gloss_unfiltered *ret)
{
    const struct rule *rule;

    if (i >= m->n_unfiltered)
        return false;
    rule = &m->rules[m->unfiltered[i]];
    *ret = (struct gloss_unfiltered){.catalog = rule->catalog, .entry = rule->entry};
    return true;
}

/* ---- automata ---- */

int matcher_automaton(struct gloss_matcher *m, struct rule *rule)
{
    CLEANUP(arena_deinit) struct arena arena = {0};
    struct syntax_node *root;
    int r;

    if (rule->automaton_tried)
        return 0;
    r = syntax_read(&root, gloss_span_str(rule->pattern), &arena);
    if (r == 0)
        r = automaton_new(&rule->automaton, root, &m->automata_bytes);
    if (r < 0)
        return r;
    rule->automaton_tried = true;
    for (size_t i = 0; rule->automaton && i < rule->n_literals; i++)
        automaton_literal(rule->automaton, m->literals[rule->literals[i].id],
                          &rule->literals[i].meaning);
    return 0;
}

void matcher_bound_memory(struct gloss_matcher *m)
{
    if (m->automata_bytes <= AUTOMATA_BYTES_MAX)
        return;
    for (size_t i = 0; i < m->n_rules; i++)
        if (m->rules[i].automaton)
            automaton_forget(m->rules[i].automaton);
}
