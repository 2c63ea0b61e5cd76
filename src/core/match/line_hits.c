/* The hits of a line, one after the other: names and anchored patterns where candidates stand,
 * searched patterns by the heap of their next matches. */

#include "core/match/line_matcher.h"
#include "core/match/line_matcher_parts.h"

#include "core/base/util.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* Does a precede b? */
static bool precedes(const struct contender *a, const struct contender *b)
{
    if (!b->entry)
        return true;
    if (a->range.begin != b->range.begin)
        return a->range.begin < b->range.begin;
    if (a->range.end != b->range.end)
        return a->range.end > b->range.end;
    if (!a->rule != !b->rule)
        return !a->rule;
    return a->entry->id < b->entry->id;
}

/* ---- candidates ---- */

static int try_name(struct line_matcher *l, const struct candidate *c, size_t from)
{
    uint32_t id = c->tag & ~CANDIDATE_ENTRY;
    struct contender name = {.entry = gloss_catalogs_entry(l->matcher->set, id)};
    const struct bordered *border;
    size_t len = strlen(name.entry->code);
    int found = matcher_border(l->matcher, len, &border);

    if (found == 0)
        found = line_matcher_try_bordered(l, border, NULL, c->at, from, c->at + len, &name.start,
                                          &name.range);
    if (found == 1 && precedes(&name, &l->candidate))
        l->candidate = name;
    return MIN(found, 0);
}

static int try_anchored(struct line_matcher *l, struct rule *rule, size_t at)
{
    struct contender match = {.entry = rule->entry, .rule = rule, .start = at};
    int found = rule_search_try(&l->search, line_matcher_search(l, rule), rule->regex, at, at,
                                &match.range);

    if (found == 1 && match.range.end > match.range.begin && precedes(&match, &l->candidate))
        l->candidate = match;
    return MIN(found, 0);
}

static int try_literal(struct line_matcher *l, const struct candidate *c)
{
    const struct gloss_matcher *m = l->matcher;
    int r = 0;

    if (c->at < l->line->begin || c->at >= l->line->end)
        return 0;
    for (uint32_t i = m->users_of[c->tag], end = m->users_of[c->tag + 1]; i < end && r == 0; i++) {
        struct rule *rule = &m->rules[m->users[i]];

        if (rule->kind == RULE_PATTERN && rule->anchored)
            r = try_anchored(l, rule, c->at);
    }
    return r;
}

/* Where the next candidate that was not tried stands; SIZE_MAX: there is none. */
static size_t candidate_at(const struct line_matcher *l)
{
    const struct line_matcher_view *line = l->line;

    return l->next_candidate < line->n_candidates ? line->candidates[l->next_candidate].at
                                                  : SIZE_MAX;
}

/* All candidates at one place compete. */
static int try_place(struct line_matcher *l, size_t from)
{
    size_t at = candidate_at(l);
    int r = 0;

    l->candidate = (struct contender){0};
    for (; candidate_at(l) == at && r == 0; l->next_candidate++) {
        const struct candidate *c = &l->line->candidates[l->next_candidate];

        r = candidate_is_literal(c) ? try_literal(l, c) : try_name(l, c, from);
    }
    return r;
}

/* Skips what begins before from. The match at hand may have looked at more than that: then its
 * place has to be tried again. */
static void pass_candidates(struct line_matcher *l, size_t from)
{
    size_t at = l->candidate.range.begin;

    if (l->candidate.entry && l->candidate.start < from) {
        while (at >= from && l->next_candidate > 0 &&
               l->line->candidates[l->next_candidate - 1].at == at)
            l->next_candidate--;
        l->candidate = (struct contender){0};
    }
    while (candidate_at(l) < from)
        l->next_candidate++;
}

/* ---- searched patterns ---- */

static struct contender contender_of(const struct rule_search *s)
{
    return (struct contender){
        .entry = s->rule->entry, .rule = s->rule, .start = s->start, .range = s->match};
}

/* The range of a search's match, or the best one that it could still become. */
static inline size_t prospect_begin(const struct rule_search *s)
{
    return s->state == RULE_SEARCH_MATCH ? s->match.begin : s->start;
}

static inline size_t prospect_end(const struct line_matcher *l, const struct rule_search *s)
{
    return s->state == RULE_SEARCH_MATCH ? s->match.end : l->line->subject.len;
}

/* precedes() for what a search could become. */
static bool could_precede(const struct line_matcher *l, const struct rule_search *s,
                          const struct contender *other)
{
    size_t begin = prospect_begin(s), end;

    if (!other->entry || begin != other->range.begin)
        return !other->entry || begin < other->range.begin;
    end = prospect_end(l, s);
    if (end != other->range.end || !other->rule)
        return end > other->range.end;
    return s->rule->entry->id < other->entry->id;
}

static bool heap_precedes(const struct heap_item *a, const struct heap_item *b)
{
    if (a->begin != b->begin)
        return a->begin < b->begin;
    return a->end != b->end ? a->end > b->end : a->id < b->id;
}

static struct heap_item heap_item(const struct line_matcher *l, uint32_t search)
{
    const struct rule_search *s = &l->searches[search];

    return (struct heap_item){
        .begin = prospect_begin(s),
        .end = prospect_end(l, s),
        .id = s->rule->entry->id,
        .search = search,
    };
}

static void heap_sink(struct line_matcher *l, size_t i)
{
    for (size_t child; (child = 2 * i + 1) < l->n_heap; i = child) {
        struct heap_item item = l->heap[i];

        if (child + 1 < l->n_heap && heap_precedes(&l->heap[child + 1], &l->heap[child]))
            child++;
        if (heap_precedes(&item, &l->heap[child]))
            return;
        l->heap[i] = l->heap[child];
        l->heap[child] = item;
    }
}

/* Takes the top away where it has no match any more, else puts it where it belongs. */
static void heap_settle(struct line_matcher *l)
{
    uint32_t search = l->heap[0].search;

    if (l->searches[search].state == RULE_SEARCH_DONE)
        l->heap[0] = l->heap[--l->n_heap];
    else
        l->heap[0] = heap_item(l, search);
    heap_sink(l, 0);
}

/* Whether the search knows its first match at or behind from. Takes one step towards it where not:
 * drops a match that a hit overlaps, or one outside the line's range, or has more searched. */
static int search_settle(struct line_matcher *l, struct rule_search *s, size_t from,
                         bool *ret_knows)
{
    const struct line_matcher_view *line = l->line;

    *ret_knows = false;
    if (s->start < from) {
        s->state = RULE_SEARCH_AHEAD;
        s->start = from;
    }
    if (s->start < line->end && s->state != RULE_SEARCH_MATCH)
        return rule_search_step(&l->search, s);
    if (s->start >= line->end || s->match.begin >= line->end) {
        s->state = RULE_SEARCH_DONE;
    } else if (s->match.begin < line->begin || s->match.end <= s->match.begin) {
        s->state = RULE_SEARCH_AHEAD;
        s->start = MAX(s->match.end, s->match.begin + 1);
    } else {
        *ret_knows = true;
    }
    return 0;
}

/* ---- hits ---- */

/* The captures of a match are those of the last run of its pattern: a pattern is not run again
 * before its match is a hit or is dropped. */
static int add_captures(struct line_matcher *l, struct regex *regex, struct gloss_hit *hit)
{
    size_t n = regex_n_names(regex);
    struct text_range range;
    uint32_t group;

    if (GROW(&l->captures, &l->captures_size, l->n_captures + n) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const char *name = regex_name(regex, i, &group);

        if (!regex_group(regex, group, &range))
            continue;
        l->captures[l->n_captures++] =
            (struct gloss_capture){.name = name, .value = line_matcher_span(l, range)};
        hit->n_captures++;
    }
    return 0;
}

static int add_hit(struct line_matcher *l, const struct contender *match)
{
    struct gloss_hit *hit;

    if (GROW(&l->hits, &l->hits_size, l->n_hits + 1) < 0)
        return -ENOMEM;
    hit = &l->hits[l->n_hits++];
    hit->entry = match->entry;
    hit->text = line_matcher_span(l, match->range);
    hit->n_captures = 0;
    if (match->rule && add_captures(l, match->rule->regex, hit) < 0)
        return -ENOMEM;
    return line_matcher_take(l, match->range);
}

/* The captures moved while they grew. */
static void link_captures(struct line_matcher *l)
{
    size_t at = 0;

    for (size_t i = 0; i < l->n_hits; i++) {
        l->hits[i].captures = l->captures ? l->captures + at : NULL;
        at += l->hits[i].n_captures;
    }
}

/* The first match of patterns with \K. A hit may overlap what such a match looked at, and the match
 * that takes its place may begin earlier; so each one is asked each time. */
static int first_resetting(struct line_matcher *l, size_t from, struct contender *best)
{
    for (size_t i = 0; i < l->n_resetting; i++) {
        struct rule_search *s = &l->searches[l->resetting[i]];
        struct contender match;
        bool knows = false;
        int r = 0;

        while (s->state != RULE_SEARCH_DONE && !knows && r == 0)
            r = search_settle(l, s, from, &knows);
        if (r < 0)
            return r;
        match = contender_of(s);
        if (knows && precedes(&match, best))
            *best = match;
    }
    return 0;
}

/* The first match of the others; its entry is NULL where there is none. It is kept here or in
 * *searched. */
static int first_ordinary(struct line_matcher *l, size_t from, struct contender *searched,
                          const struct contender **ret_best)
{
    int r = 0;

    pass_candidates(l, from);
    while (r == 0) {
        struct rule_search *top = l->n_heap ? &l->searches[l->heap[0].search] : NULL;
        size_t at = candidate_at(l);
        bool knows;

        if (!l->candidate.entry && at != SIZE_MAX && (!top || at <= l->heap[0].begin)) {
            r = try_place(l, from);
            continue;
        }
        if (!top || !could_precede(l, top, &l->candidate)) {
            *ret_best = &l->candidate;
            return 0;
        }
        r = search_settle(l, top, from, &knows);
        if (knows) {
            *searched = contender_of(top);
            *ret_best = searched;
            return r;
        }
        heap_settle(l);
    }
    return r;
}

/* Puts the searched patterns of the line where their next matches are waited for. On a short line
 * each is searched for at once, because most have no match. */
static int gather_searched(struct line_matcher *l)
{
    if (l->n_searched == 0)
        return 0;
    if (GROW(&l->heap, &l->heap_size, l->n_searches) < 0 ||
        GROW(&l->resetting, &l->resetting_size, l->n_searches) < 0)
        return -ENOMEM;
    for (uint32_t i = 0; i < l->n_searches; i++) {
        struct rule_search *s = &l->searches[i];

        if (s->rule->kind != RULE_PATTERN || s->rule->anchored)
            continue;
        if (l->search.is_direct && rule_search_step(&l->search, s) < 0)
            return -ENOMEM;
        if (s->state == RULE_SEARCH_DONE)
            continue;
        if (s->rule->resets)
            l->resetting[l->n_resetting++] = i;
        else
            l->heap[l->n_heap++] = heap_item(l, i);
    }
    for (size_t i = l->n_heap / 2; i-- > 0;)
        heap_sink(l, i);
    return 0;
}

int line_matcher_find_hits(struct line_matcher *l)
{
    size_t from = l->line->from;
    int r = gather_searched(l);

    if (r < 0)
        return r;
    for (;;) {
        const struct contender *best = NULL;
        struct contender searched;

        r = first_ordinary(l, from, &searched, &best);
        if (r == 0 && l->n_resetting) {
            searched = *best;
            best = &searched;
            r = first_resetting(l, from, &searched);
        }
        if (r == 0 && best->entry)
            r = add_hit(l, best);
        else if (r == 0)
            break;
        if (r < 0)
            return r;
        assert(best);
        from = best->range.end;
    }
    link_captures(l);
    return 0;
}
