/* What a line has, by the rule of the catalogs: of all entries that could match from here on, the
 * one that begins first; where several begin there, the longest, then a name before a pattern, then
 * the order of the catalogs; and again from where it ended.
 *
 * A hit can come in three ways:
 *   names     a candidate says where; the longest name there, its borders confirmed by PCRE2
 *   anchored  patterns whose matches all begin with a literal: tried where it stands
 *   searched  patterns that must be looked for: their next match is kept until it is behind us
 *
 * Unknown codes and success markers do not compete with hits: they are looked for beside them. */

#include "core/match/line_matcher.h"

#include "core/base/util.h"
#include "core/regex/escape_boundary.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A pattern that must be searched for, on this line. */
struct searched {
    struct rule *rule;
    bool done;              /* no further match, or given up */
    bool known;             /* next is right as long as it began at or behind where we are */
    size_t began;           /* where next began; \K may have moved next.begin behind it */
    struct text_range next; /* its next match at or behind where we are */
};

/* What may become the next hit. */
struct contender {
    const struct gloss_entry *entry;
    struct rule *rule; /* NULL: a name */
    size_t began;      /* of a pattern: where to run it to find it again */
    struct text_range range;
};

struct line_matcher {
    struct gloss_matcher *matcher;
    const struct line_matcher_view *line;
    uint32_t *active; /* rules that this line has to do with, in their order */
    size_t n_active;
    bool *is_active; /* by rule */
    bool *given_up;  /* by rule: hit a limit on this line */
    struct searched *searched;
    size_t n_searched, searched_size;
    struct text_range *taken; /* places of hits and unknown codes, in order */
    size_t n_taken, taken_size;
    struct gloss_hit *hits;
    size_t n_hits, hits_size;
    struct gloss_capture *captures;
    size_t n_captures, captures_size;
    struct gloss_unknown *unknown;
    size_t n_unknown, unknown_size;
    uint64_t *limit_hits; /* by entry id; the last one: of what has no entry */
};

int line_matcher_new(struct line_matcher **ret_line_matcher, struct gloss_matcher *matcher)
{
    CLEANUP(line_matcher_freep) struct line_matcher *r = calloc(1, sizeof(*r));

    if (!r)
        return -ENOMEM;
    r->matcher = matcher;
    r->active = calloc(matcher->n_rules + 1, sizeof(*r->active));
    r->is_active = calloc(matcher->n_rules + 1, sizeof(*r->is_active));
    r->given_up = calloc(matcher->n_rules + 1, sizeof(*r->given_up));
    r->limit_hits = calloc(gloss_catalogs_n_entries(matcher->set) + 1, sizeof(*r->limit_hits));
    if (!r->active || !r->is_active || !r->given_up || !r->limit_hits)
        return -ENOMEM;
    *ret_line_matcher = TAKE_PTR(r);
    return 0;
}

struct line_matcher *line_matcher_free(struct line_matcher *r)
{
    if (!r)
        return NULL;
    free(r->searched);
    free(r->active);
    free(r->is_active);
    free(r->given_up);
    free(r->limit_hits);
    free(r->taken);
    free(r->hits);
    free(r->captures);
    free(r->unknown);
    free(r);
    return NULL;
}

static struct gloss_span span_of(const struct line_matcher *r, struct text_range range)
{
    return gloss_span(r->line->subject.ptr + range.begin, range.end - range.begin);
}

static size_t limit_index(const struct line_matcher *r, const struct gloss_entry *entry)
{
    return entry ? entry->id : gloss_catalogs_n_entries(r->matcher->set);
}

/* As regex_exec(), but a limit is counted and is no match, here and on the rest of the line.
 * rule is NULL for a name. */
static int exec(struct line_matcher *r, struct regex *regex, const struct rule *rule,
                const struct regex_subject *subject, size_t start, struct text_range *ret)
{
    size_t i = rule ? (size_t)(rule - r->matcher->rules) : r->matcher->n_rules;
    int found = r->given_up[i] ? 0 : regex_exec(regex, subject, start, ret);

    if (found != REGEX_E_LIMIT)
        return found;
    r->limit_hits[limit_index(r, rule ? rule->entry : NULL)]++;
    r->given_up[i] = rule != NULL;
    return 0;
}

/* Tries a pattern between borders at a place: from there, and from where an escape sequence begins
 * that ends there; nothing before from takes part. rule is NULL for a name: it ends at end then. */
static int try_bordered(struct line_matcher *r, const struct bordered *bordered,
                        const struct rule *rule, size_t at, size_t from, size_t end,
                        struct text_range *ret)
{
    const struct regex_subject *subject = &r->line->subject;
    /* A sequence may have two ends ("\u001b[0m": a letter, and an ANSI sequence). Only one leaves
     * just the name's length. */
    struct regex_subject to_end = {.ptr = subject->ptr,
                                   .len = end,
                                   .begins_line = subject->begins_line,
                                   .ends_line = subject->ends_line && end == subject->len};
    size_t begins[ESCAPE_MAX], n;
    int found = exec(r, bordered->behind_border, rule, subject, at, ret);

    if (found != 0)
        return found;
    n = escape_boundary_begins(r->line->subject.ptr, from, at, begins);
    for (size_t i = 0; i < n; i++) {
        found = exec(r, bordered->behind_escape, rule, &to_end, begins[i], ret);
        if (found != 0 && (found < 0 || ret->begin == at))
            return found;
    }
    return 0;
}

/* ---- contenders ---- */

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

static int name_at(struct line_matcher *r, const struct candidate *c, size_t from,
                   struct contender *best)
{
    struct contender contender = {.entry = c->entry};
    const struct bordered *border;
    size_t len = strlen(c->entry->code);
    int found = matcher_border(r->matcher, len, &border);

    if (found == 0)
        found = try_bordered(r, border, NULL, c->at, from, c->at + len, &contender.range);
    if (found == 1 && precedes(&contender, best))
        *best = contender;
    return found < 0 ? found : 0;
}

static int pattern_at(struct line_matcher *r, struct rule *rule, size_t at, struct contender *best)
{
    struct contender contender = {.entry = rule->entry, .rule = rule, .began = at};
    int found = exec(r, rule->regex, rule, &r->line->subject, at, &contender.range);

    if (found == 1 && contender.range.end > contender.range.begin && precedes(&contender, best))
        *best = contender;
    return found < 0 ? found : 0;
}

/* The first contender that a candidate brings, from *i on; *i stays at its place. */
static int next_by_candidate(struct line_matcher *r, size_t from, size_t *i, struct contender *best)
{
    const struct line_matcher_view *line = r->line;
    int e = 0;

    for (; *i < line->n_candidates && !best->entry; *i += !best->entry) {
        size_t at = line->candidates[*i].at;

        if (at < from)
            continue;
        /* All that stand at one place compete; the first of them stays *i. */
        for (size_t k = *i; k < line->n_candidates && line->candidates[k].at == at && e == 0; k++) {
            uint32_t tag = line->candidates[k].tag;
            struct rule *rule = tag == CANDIDATE_NAME ? NULL : &r->matcher->rules[tag];

            if (!rule)
                e = name_at(r, &line->candidates[k], from, best);
            else if (rule->kind == RULE_PATTERN && rule->anchored)
                e = pattern_at(r, rule, at, best);
        }
        if (e < 0)
            return e;
    }
    return 0;
}

/* Brings next up to date: the first match that begins at or behind from, and in the line's range.
 */
static int search(struct line_matcher *r, struct searched *s, size_t from)
{
    const struct line_matcher_view *line = r->line;
    int found;

    while (!s->done && !(s->known && s->began >= from)) {
        found = exec(r, s->rule->regex, s->rule, &line->subject, from, &s->next);
        if (found < 0)
            return found;
        s->began = found == 1 ? regex_began(s->rule->regex) : 0;
        s->known = found == 1 && s->next.begin >= line->begin && s->next.end > s->next.begin;
        s->done = found == 0 || s->next.begin >= line->end;
        if (!s->done && !s->known)
            from = MAX(s->next.end, s->next.begin + 1);
        if (from > line->subject.len)
            s->done = true;
    }
    return 0;
}

static int next_by_search(struct line_matcher *r, size_t from, struct contender *best)
{
    for (size_t i = 0; i < r->n_searched; i++) {
        struct searched *s = &r->searched[i];
        struct contender contender = {.entry = s->rule->entry, .rule = s->rule};
        int e = search(r, s, from);

        if (e < 0)
            return e;
        contender.range = s->next;
        contender.began = s->began;
        if (!s->done && precedes(&contender, best))
            *best = contender;
    }
    return 0;
}

/* ---- hits ---- */

static int take(struct line_matcher *r, struct text_range range)
{
    if (GROW(&r->taken, &r->taken_size, r->n_taken + 1) < 0)
        return -ENOMEM;
    r->taken[r->n_taken++] = range;
    return 0;
}

/* The captures of a match are those of the last run of its pattern, which may have been another
 * one: run it again from where this match was found. */
static int add_captures(struct line_matcher *r, const struct contender *contender,
                        struct gloss_hit *hit)
{
    struct regex *regex = contender->rule->regex;
    size_t n = regex_n_names(regex);
    struct text_range range;
    uint32_t group;
    int found;

    if (n == 0)
        return 0;
    found = exec(r, regex, contender->rule, &r->line->subject, contender->began, &range);
    if (found != 1)
        return found;
    if (GROW(&r->captures, &r->captures_size, r->n_captures + n) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const char *name = regex_name(regex, i, &group);

        if (!regex_group(regex, group, &range))
            continue;
        r->captures[r->n_captures++] =
            (struct gloss_capture){.name = name, .value = span_of(r, range)};
        hit->n_captures++;
    }
    return 0;
}

static int add_hit(struct line_matcher *r, const struct contender *contender)
{
    struct gloss_hit hit = {.entry = contender->entry, .text = span_of(r, contender->range)};
    int e = contender->rule ? add_captures(r, contender, &hit) : 0;

    if (e < 0)
        return e;
    if (GROW(&r->hits, &r->hits_size, r->n_hits + 1) < 0)
        return -ENOMEM;
    r->hits[r->n_hits++] = hit;
    return take(r, contender->range);
}

/* The captures moved while they grew. */
static void link_captures(struct line_matcher *r)
{
    size_t at = 0;

    for (size_t i = 0; i < r->n_hits; i++) {
        r->hits[i].captures = r->captures ? r->captures + at : NULL;
        at += r->hits[i].n_captures;
    }
}

static int find_hits(struct line_matcher *r)
{
    size_t from = r->line->from, i = 0;
    int e;

    for (;;) {
        struct contender best = {0};

        e = next_by_candidate(r, from, &i, &best);
        if (e == 0)
            e = next_by_search(r, from, &best);
        if (e < 0)
            return e;
        if (!best.entry)
            return 0;
        e = add_hit(r, &best);
        if (e < 0)
            return e;
        from = best.range.end;
    }
}

/* ---- what stands beside the hits ---- */

/* As search(), for what stands between borders. PCRE2 goes by where a match begins to be looked at,
 * and an escape sequence before a word may hold the start of another one ("%FAULT": %FA, and ULT):
 * the word that begins first is meant. */
static int search_bordered(struct line_matcher *r, struct searched *s, size_t from)
{
    struct searched other;
    int e = search(r, s, from);

    for (other = *s; e == 0 && !other.done && other.began < s->next.begin;) {
        e = search(r, &other, other.began + 1);
        if (!other.done && other.next.begin < s->next.begin)
            *s = other;
    }
    return e;
}

/* The next match of a family or success marker at or behind *from; *i is the candidate to go on
 * with, n where they end. Returns 1, 0 or a negative errno; *from is then behind the match. */
static int next_beside(struct line_matcher *r, struct rule *rule, size_t *from, size_t *i, size_t n,
                       struct text_range *ret)
{
    const struct line_matcher_view *line = r->line;
    uint32_t tag = (uint32_t)(rule - r->matcher->rules);
    int found = 0;

    if (rule->anchored) {
        for (; *i < n && found == 0; (*i)++) {
            const struct candidate *c = &line->candidates[*i];

            if (c->tag == tag && c->at >= *from)
                found =
                    try_bordered(r, &rule->bordered, rule, c->at, *from, line->subject.len, ret);
        }
    } else {
        struct searched s = {.rule = rule};

        found = search_bordered(r, &s, *from);
        assert(found <= 0);
        if (found == 0 && !s.done) {
            *ret = s.next;
            found = 1;
        }
    }
    if (found == 1)
        *from = ret->end;
    return found;
}

/* Does a range touch one that is taken? Asked in order of place, *i goes along. */
static bool touches(const struct line_matcher *r, struct text_range range, size_t n, size_t *i)
{
    while (*i < n && r->taken[*i].end <= range.begin)
        (*i)++;
    return range.begin < r->line->from || (*i < n && r->taken[*i].begin < range.end);
}

static int compare_ranges(const void *a, const void *b)
{
    const struct text_range *x = a, *y = b;

    return (x->begin > y->begin) - (x->begin < y->begin);
}

static int add_unknown(struct line_matcher *r, const struct rule *rule, struct text_range range)
{
    if (GROW(&r->unknown, &r->unknown_size, r->n_unknown + 1) < 0)
        return -ENOMEM;
    r->unknown[r->n_unknown++] =
        (struct gloss_unknown){.catalog = rule->catalog, .text = span_of(r, range)};
    return take(r, range);
}

/* Where the candidates end at which an anchored family could find something. One that stands in a
 * hit, as those of known codes do, finds what touches the hit: that matters only to what follows.
 */
static size_t end_of_news(const struct line_matcher *r, const struct rule *rule)
{
    uint32_t tag = (uint32_t)(rule - r->matcher->rules);
    size_t n = r->line->n_candidates, t = r->n_taken;

    for (; n > 0; n--) {
        const struct candidate *c = &r->line->candidates[n - 1];

        if (c->tag != tag)
            continue;
        while (t > 0 && r->taken[t - 1].begin > c->at)
            t--;
        if (t == 0 || r->taken[t - 1].end <= c->at)
            break;
    }
    return n;
}

static int find_unknown(struct line_matcher *r, struct rule *rule)
{
    size_t from = r->line->unknown_from, i = 0, t = 0, n = r->n_taken;
    size_t end = rule->anchored ? end_of_news(r, rule) : 0;
    struct text_range range;
    int found;

    while ((found = next_beside(r, rule, &from, &i, end, &range)) == 1) {
        if (touches(r, range, n, &t) || gloss_catalogs_find(r->matcher->set, span_of(r, range)))
            continue;
        if (add_unknown(r, rule, range) < 0)
            return -ENOMEM;
    }
    if (r->n_taken > n)
        qsort(r->taken, r->n_taken, sizeof(*r->taken), compare_ranges);
    return found;
}

static int find_success(struct line_matcher *r, struct rule *rule, bool *success)
{
    size_t from = r->line->look_from, i = 0;
    struct text_range range;
    int found = next_beside(r, rule, &from, &i, r->line->n_candidates, &range);

    *success |= found == 1;
    return found < 0 ? found : 0;
}

/* ---- a line ---- */

/* Puts a rule among the active ones, in the order of the catalogs. */
static void activate(struct line_matcher *r, uint32_t rule)
{
    size_t i = r->n_active++;

    r->is_active[rule] = true;
    for (; i > 0 && r->active[i - 1] > rule; i--)
        r->active[i] = r->active[i - 1];
    r->active[i] = rule;
}

/* Which rules this line has to do with. */
static int activate_all(struct line_matcher *r)
{
    struct gloss_matcher *m = r->matcher;

    for (size_t i = 0; i < r->n_active; i++)
        r->is_active[r->active[i]] = r->given_up[r->active[i]] = false;
    r->n_active = r->n_searched = 0;
    for (uint32_t i = 0; m->n_unfiltered && i < m->n_rules; i++)
        if (!m->rules[i].filtered)
            activate(r, i);
    for (size_t i = 0; i < r->line->n_candidates; i++) {
        uint32_t tag = r->line->candidates[i].tag;

        if (tag != CANDIDATE_NAME && !r->is_active[tag])
            activate(r, tag);
    }
    if (GROW(&r->searched, &r->searched_size, r->n_active) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < r->n_active; i++) {
        struct rule *rule = &m->rules[r->active[i]];

        if (rule->kind == RULE_PATTERN && !rule->anchored)
            r->searched[r->n_searched++] = (struct searched){.rule = rule};
    }
    return 0;
}

static int find_beside(struct line_matcher *r, bool *success)
{
    int e = 0;

    for (size_t i = 0; i < r->n_active && e == 0; i++) {
        struct rule *rule = &r->matcher->rules[r->active[i]];

        if (rule->kind == RULE_FAMILY)
            e = find_unknown(r, rule);
        else if (rule->kind == RULE_SUCCESS && !*success)
            e = find_success(r, rule, success);
    }
    return e;
}

int line_matcher_line(struct line_matcher *r, const struct line_matcher_view *line,
                      struct line_findings *ret_findings)
{
    bool success = false;
    int e;

    r->line = line;
    r->n_hits = r->n_captures = r->n_unknown = r->n_taken = 0;
    e = activate_all(r);
    if (e == 0)
        e = find_hits(r);
    if (e == 0)
        e = find_beside(r, &success);
    if (e < 0)
        return e;
    link_captures(r);
    *ret_findings = (struct line_findings){
        .hits = r->hits,
        .n_hits = r->n_hits,
        .unknown = r->unknown,
        .n_unknown = r->n_unknown,
        .success = success,
    };
    return 0;
}

uint64_t line_matcher_limit_hits(const struct line_matcher *r, const struct gloss_entry *entry)
{
    return r->limit_hits[limit_index(r, entry)];
}
