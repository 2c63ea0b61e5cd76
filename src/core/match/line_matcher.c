/* What a line has, by the rule of the catalogs: of all entries that could match from here on, the
 * one that begins first; where several begin there, the longest, then a name before a pattern, then
 * the order of the catalogs; and again from where that match ended.
 *
 * There are three ways to know an entry's next match:
 *   names     a candidate says where; the name that stands there has its borders confirmed by PCRE2
 *   anchored  patterns whose matches all start with a literal: tried where a candidate says that it
 *             stands
 *   searched  all other patterns: their next match is kept until a hit overlaps it
 *
 * Names and anchored patterns are met in the order of the candidates. Searched patterns stand in a
 * heap, ordered by the place before which they cannot match; only what is at the top is worked on.
 * So a hit costs the patterns that could have had its place, not all that the line has.
 *
 * Unknown codes and success markers do not compete: they are looked for beside the hits. */

#include "core/match/line_matcher.h"

#include "core/base/util.h"
#include "core/match/line_matcher_parts.h"
#include "core/regex/escape_boundary.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PROBES 4 /* see rule_search.c */

static inline int new_search(struct line_matcher *l, uint32_t index)
{
    struct rule *rule = &l->matcher->rules[index];

    if (l->n_searches == l->searches_made) {
        if (GROW(&l->searches, &l->searches_size, l->n_searches + 1) < 0)
            return -ENOMEM;
        l->searches[l->searches_made++] = (struct rule_search){0};
    }
    l->searches[l->n_searches].rule = rule;
    l->searches[l->n_searches].index = index;
    l->search_of[index] = (uint32_t)++l->n_searches;
    l->n_searched += !rule->anchored;
    return 0;
}

/* Rules without a literal are of every line. */
static int add_unfiltered(struct line_matcher *l)
{
    int r = 0;

    for (size_t i = 0; i < l->matcher->n_unfiltered && r == 0; i++)
        r = new_search(l, l->matcher->unfiltered[i]);
    return r;
}

int line_matcher_new(struct line_matcher **ret_matcher, struct gloss_matcher *matcher)
{
    CLEANUP(line_matcher_freep) struct line_matcher *l = calloc(1, sizeof(*l));

    if (!l)
        return -ENOMEM;
    l->matcher = matcher;
    l->search_of = calloc(matcher->n_rules + 1, sizeof(*l->search_of));
    l->search.probes = malloc(matcher->n_rules + 1);
    l->places = calloc(matcher->n_literals + 1, sizeof(*l->places));
    l->is_here = calloc(matcher->n_literals + 1, sizeof(*l->is_here));
    l->literals_here = calloc(matcher->n_literals + 1, sizeof(*l->literals_here));
    l->limit_hits = calloc(gloss_catalogs_n_entries(matcher->set) + 1, sizeof(*l->limit_hits));
    if (!l->search_of || !l->search.probes || !l->places || !l->is_here || !l->literals_here ||
        !l->limit_hits)
        return -ENOMEM;
    memset(l->search.probes, PROBES, matcher->n_rules + 1);
    l->search.matcher = matcher;
    l->search.places = l->places;
    if (add_unfiltered(l) < 0)
        return -ENOMEM;
    *ret_matcher = TAKE_PTR(l);
    return 0;
}

struct line_matcher *line_matcher_free(struct line_matcher *l)
{
    if (!l)
        return NULL;
    for (size_t i = 0; i < l->searches_made; i++)
        rule_search_deinit(&l->searches[i]);
    free(l->searches);
    free(l->search_of);
    free(l->search.probes);
    free(l->places);
    free(l->place_store);
    free(l->is_here);
    free(l->literals_here);
    free(l->heap);
    free(l->resetting);
    free(l->beside);
    free(l->limit_hits);
    free(l->taken);
    free(l->hits);
    free(l->captures);
    free(l->unknown);
    free(l);
    return NULL;
}

/* ---- borders ---- */

/* A run of a pattern between borders; search is NULL for a name. */
static int run_bordered(struct line_matcher *l, struct rule_search *search, struct regex *regex,
                        const struct regex_subject *subject, size_t start, size_t at,
                        struct text_range *ret)
{
    int found;

    if (search)
        return rule_search_try(&l->search, search, regex, start, at, ret);
    found = regex_exec(regex, subject, start, ret);
    assert(found != REGEX_E_LIMIT); /* such patterns take each byte once */
    return found;
}

int line_matcher_try_bordered(struct line_matcher *l, const struct bordered *bordered,
                              struct rule_search *search, size_t at, size_t from, size_t end,
                              size_t *ret_start, struct text_range *ret)
{
    const struct regex_subject *subject = &l->line->subject;
    /* A sequence may have two ends ("\u001b[0m": a letter, and an ANSI sequence). Only one leaves
     * just the name's length. */
    struct regex_subject to_end = {.ptr = subject->ptr,
                                   .len = end,
                                   .begins_line = subject->begins_line,
                                   .ends_line = subject->ends_line && end == subject->len};
    size_t begins[ESCAPE_MAX], n;
    int found = run_bordered(l, search, bordered->behind_border, subject, at, at, ret);

    *ret_start = at;
    if (found != 0)
        return found;
    n = escape_boundary_begins(subject->ptr, from, at, begins);
    for (size_t i = 0; i < n; i++) {
        found = run_bordered(l, search, bordered->behind_escape, &to_end, begins[i], at, ret);
        *ret_start = begins[i];
        if (found < 0 || (found == 1 && ret->begin == at))
            return found;
    }
    return 0;
}

/* ---- a line ---- */

/* Puts a rule where it belongs among those beside. */
static int add_beside(struct line_matcher *l, uint32_t rule)
{
    size_t i = l->n_beside;

    if (GROW(&l->beside, &l->beside_size, l->n_beside + 1) < 0)
        return -ENOMEM;
    for (l->n_beside++; i > 0 && l->beside[i - 1] > rule; i--)
        l->beside[i] = l->beside[i - 1];
    l->beside[i] = rule;
    return 0;
}

/* The line has to do with a rule that has literals. */
static int add_rule(struct line_matcher *l, uint32_t index)
{
    if (l->search_of[index])
        return 0;
    if (new_search(l, index) < 0)
        return -ENOMEM;
    rule_search_init(&l->searches[l->n_searches - 1], l->line->from);
    return l->matcher->rules[index].kind == RULE_PATTERN ? 0 : add_beside(l, index);
}

/* The line has a literal. */
static int add_literal(struct line_matcher *l, uint32_t literal)
{
    const struct gloss_matcher *m = l->matcher;
    int r = 0;

    if (l->is_here[literal])
        return 0;
    l->is_here[literal] = true;
    l->literals_here[l->n_literals_here++] = literal;
    for (uint32_t i = m->users_of[literal]; i < m->users_of[literal + 1] && r == 0; i++)
        r = add_rule(l, m->users[i]);
    return r;
}

/* Sorts the places of literals by literal. */
static int sort_places(struct line_matcher *l)
{
    const struct candidate *c = l->line->candidates, *end = c + l->line->n_candidates;
    uint32_t *store;

    if (GROW(&l->place_store, &l->place_store_size, l->line->n_candidates) < 0)
        return -ENOMEM;
    for (const struct candidate *k = c; k < end; k++)
        if (candidate_is_literal(k))
            l->places[k->tag].n++;
    store = l->place_store;
    for (size_t i = 0; i < l->n_literals_here; i++) {
        struct literal_places *places = &l->places[l->literals_here[i]];

        places->at = store;
        store += places->n;
        places->n = 0;
    }
    for (; c < end; c++) {
        struct literal_places *places = candidate_is_literal(c) ? &l->places[c->tag] : NULL;

        if (places)
            l->place_store[(size_t)(places->at - l->place_store) + places->n++] = c->at;
    }
    return 0;
}

static void forget_line(struct line_matcher *l)
{
    size_t n_unfiltered = l->matcher->n_unfiltered;

    for (; l->n_searches > n_unfiltered; l->n_searches--)
        l->search_of[l->searches[l->n_searches - 1].index] = 0;
    for (size_t i = 0; i < l->n_literals_here; i++) {
        l->is_here[l->literals_here[i]] = false;
        l->places[l->literals_here[i]] = (struct literal_places){0};
    }
    l->n_searched = n_unfiltered;
    l->n_literals_here = l->n_heap = l->n_resetting = l->n_beside = 0;
    l->n_hits = l->n_captures = l->n_unknown = l->n_taken = 0;
    l->next_candidate = 0;
    l->candidate = (struct contender){0};
}

/* Which rules this line has to do with. */
static int begin_line(struct line_matcher *l, const struct line_matcher_view *line)
{
    struct gloss_matcher *m = l->matcher;
    int r = 0;

    forget_line(l);
    matcher_bound_memory(m);
    l->line = line;
    l->search.subject = &line->subject;
    l->search.low = line->look_from;
    l->search.left = m->bounds.line_work;
    l->search.met_limit = false;
    for (size_t i = 0; i < m->n_unfiltered && r == 0; i++) {
        rule_search_init(&l->searches[i], line->from);
        if (l->searches[i].rule->kind != RULE_PATTERN)
            r = add_beside(l, m->unfiltered[i]);
    }
    for (size_t i = 0; i < line->n_candidates && r == 0; i++)
        if (candidate_is_literal(&line->candidates[i]))
            r = add_literal(l, line->candidates[i].tag);
    l->search.is_crowded = l->n_searched * line->subject.len > m->bounds.crowd;
    l->search.is_direct = !l->search.is_crowded && line->subject.len < m->bounds.direct_bytes;
    if (r == 0 && l->n_searched && !l->search.is_direct)
        r = sort_places(l);
    return r;
}

static size_t limit_index(const struct line_matcher *l, const struct gloss_entry *entry)
{
    return entry ? entry->id : gloss_catalogs_n_entries(l->matcher->set);
}

static void count_limits(struct line_matcher *l)
{
    for (size_t i = 0; i < l->n_searches; i++)
        if (l->searches[i].met_limit)
            l->limit_hits[limit_index(l, l->searches[i].rule->entry)]++;
}

int line_matcher_line(struct line_matcher *l, const struct line_matcher_view *line,
                      struct line_findings *ret_findings)
{
    bool success = false;
    int r = begin_line(l, line);

    if (r == 0)
        r = line_matcher_find_hits(l);
    if (r == 0)
        r = line_matcher_find_beside(l, &success);
    if (r < 0)
        return r;
    if (l->search.met_limit)
        count_limits(l);
    *ret_findings = (struct line_findings){
        .hits = l->hits,
        .n_hits = l->n_hits,
        .unknown = l->unknown,
        .n_unknown = l->n_unknown,
        .success = success,
    };
    return 0;
}

uint64_t line_matcher_limit_hits(const struct line_matcher *l, const struct gloss_entry *entry)
{
    return l->limit_hits[limit_index(l, entry)];
}

struct line_matcher_work line_matcher_work(const struct line_matcher *l)
{
    return (struct line_matcher_work){.runs = l->search.runs, .work = l->search.work};
}
