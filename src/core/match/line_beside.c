/* What stands beside the hits of a line: unknown codes, that is words of a family's shape which
 * neither an entry nor another word has, and success markers. */

#include "core/match/line_matcher.h"
#include "core/match/line_matcher_parts.h"

#include "core/base/bytes.h"
#include "core/base/util.h"
#include "core/regex/escape_boundary.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* A family or success marker on its way along the line. */
struct beside {
    struct rule *rule;
    struct rule_search *search;
    size_t from;         /* nothing before this belongs to its next match */
    size_t at;           /* the next place to try */
    size_t candidate;    /* of an anchored one: the next candidate to look at */
    size_t n_candidates; /* those behind are of no use */
};

static void beside_start(const struct line_matcher *l, struct rule *rule, size_t from,
                         struct beside *ret)
{
    *ret = (struct beside){
        .rule = rule,
        .search = line_matcher_search(l, rule),
        .from = from,
        .at = rule->anchored ? MAX(from, l->line->begin) : from,
        .n_candidates = l->line->n_candidates,
    };
}

/* Whether a candidate is a literal that a rule requires. Those that require it are in order. */
static bool is_literal_of(const struct line_matcher *l, const struct candidate *c,
                          const struct rule *rule)
{
    const struct gloss_matcher *m = l->matcher;
    uint32_t index = (uint32_t)(rule - m->rules), low, high;

    if (!candidate_is_literal(c))
        return false;
    low = m->users_of[c->tag];
    high = m->users_of[c->tag + 1];
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (m->users[middle] <= index)
            low = middle;
        else
            high = middle;
    }
    return m->users[low] == index;
}

/* The next place of one of an anchored rule's literals; SIZE_MAX: there is none. */
static size_t next_literal(const struct line_matcher *l, struct beside *b)
{
    for (; b->candidate < b->n_candidates; b->candidate++) {
        const struct candidate *c = &l->line->candidates[b->candidate];

        if (c->at >= b->at && is_literal_of(l, c, b->rule))
            return c->at;
    }
    return SIZE_MAX;
}

/* Whether a word may begin at a place, by what stands before it. */
static bool has_left_border(const struct line_matcher *l, size_t at, size_t from)
{
    const char *text = l->line->subject.ptr;
    size_t begins[ESCAPE_MAX];

    return at == 0 || !byte_is_word((unsigned char)text[at - 1]) ||
           (at > from && escape_boundary_begins(text, from, at, begins) > 0);
}

/* The next place where the rule's own pattern can start between borders; SIZE_MAX: there is none.
 * Returns 0 or -ENOMEM. */
static int next_place(struct line_matcher *l, struct beside *b, size_t *ret_place)
{
    int r = 1;

    *ret_place = SIZE_MAX;
    if (b->rule->anchored) {
        *ret_place = next_literal(l, b);
        return 0;
    }
    for (size_t at; b->at < l->line->end && r == 1; b->at = at + 1) {
        r = rule_search_place(&l->search, b->search, b->at, &at);
        if (r == 1 && has_left_border(l, at, b->from)) {
            *ret_place = at;
            return 0;
        }
        if (r != 1)
            break;
    }
    return MIN(r, 0);
}

/* The next match at one of the places where one can start. */
static int find_at_places(struct line_matcher *l, struct beside *b, struct text_range *ret)
{
    const struct bordered *bordered;
    size_t at, start;
    int r = matcher_bordered(l->matcher, b->rule, &bordered);

    assert(r <= 0);
    for (; r == 0; b->at = at + 1) {
        r = next_place(l, b, &at);
        if (r < 0 || at >= l->line->end)
            break;
        r = line_matcher_try_bordered(l, bordered, b->search, at, b->from, l->line->subject.len,
                                      &start, ret);
    }
    return r;
}

/* The next match by PCRE2 alone. It goes by where a match starts, and an escape sequence before a
 * word may hold the start of another one ("%FAULT": %FA, and ULT): the word that begins first is
 * meant. */
static int find_by_search(struct line_matcher *l, struct beside *b, struct text_range *ret)
{
    struct regex *regex = b->rule->regex;
    struct text_range other;
    int found = rule_search_find(&l->search, b->search, regex, b->at, ret), more = found;

    while (more == 1 && regex_began(regex) < ret->begin) {
        more = rule_search_find(&l->search, b->search, regex, regex_began(regex) + 1, &other);
        if (more == 1 && other.begin < ret->begin)
            *ret = other;
    }
    return more == 0 ? found : more;
}

/* The next match within the line's range. Returns 1, 0 or -ENOMEM. */
static int next_beside(struct line_matcher *l, struct beside *b, struct text_range *ret)
{
    int found;

    do {
        found = b->rule->anchored ? RULE_SEARCH_E_PLACES : find_by_search(l, b, ret);
        if (found == RULE_SEARCH_E_PLACES)
            found = find_at_places(l, b, ret);
        if (found != 1)
            return found;
        b->from = b->at = MAX(ret->end, ret->begin + 1);
    } while (ret->begin < l->line->begin || ret->end == ret->begin);
    return ret->begin < l->line->end;
}

/* Does a range touch one that is taken? Asked in order of place, *i goes along. */
static bool touches(const struct line_matcher *l, struct text_range range, size_t n, size_t *i)
{
    while (*i < n && l->taken[*i].end <= range.begin)
        (*i)++;
    return range.begin < l->line->from || (*i < n && l->taken[*i].begin < range.end);
}

static int compare_ranges(const void *a, const void *b)
{
    const struct text_range *x = a, *y = b;

    return (x->begin > y->begin) - (x->begin < y->begin);
}

static int add_unknown(struct line_matcher *l, const struct rule *rule, struct text_range range)
{
    if (GROW(&l->unknown, &l->unknown_size, l->n_unknown + 1) < 0)
        return -ENOMEM;
    l->unknown[l->n_unknown++] =
        (struct gloss_unknown){.catalog = rule->catalog, .text = line_matcher_span(l, range)};
    return line_matcher_take(l, range);
}

/* Where the candidates end at which an anchored family could find something. One in a hit, as those
 * of known codes are, gives a match that touches the hit: that matters only to what follows. */
static size_t end_of_news(const struct line_matcher *l, const struct rule *rule)
{
    size_t n = l->line->n_candidates, t = l->n_taken;

    for (; n > 0; n--) {
        const struct candidate *c = &l->line->candidates[n - 1];

        if (!is_literal_of(l, c, rule))
            continue;
        while (t > 0 && l->taken[t - 1].begin > c->at)
            t--;
        if (t == 0 || l->taken[t - 1].end <= c->at)
            break;
    }
    return n;
}

static int find_unknown(struct line_matcher *l, struct rule *rule)
{
    size_t n_candidates = rule->anchored ? end_of_news(l, rule) : SIZE_MAX;
    size_t t = 0, n = l->n_taken;
    struct text_range range;
    struct beside b;
    int found;

    if (n_candidates == 0)
        return 0;
    beside_start(l, rule, l->line->unknown_from, &b);
    b.n_candidates = n_candidates;
    while ((found = next_beside(l, &b, &range)) == 1) {
        if (touches(l, range, n, &t) ||
            gloss_catalogs_find(l->matcher->set, line_matcher_span(l, range)))
            continue;
        if (add_unknown(l, rule, range) < 0)
            return -ENOMEM;
    }
    if (l->n_taken > n)
        qsort(l->taken, l->n_taken, sizeof(*l->taken), compare_ranges);
    return found;
}

int line_matcher_find_beside(struct line_matcher *l, bool *success)
{
    int r = 0;

    for (size_t i = 0; i < l->n_beside && r >= 0; i++) {
        struct rule *rule = &l->matcher->rules[l->beside[i]];

        if (rule->kind == RULE_FAMILY) {
            r = find_unknown(l, rule);
        } else if (!*success) {
            struct text_range range;
            struct beside b;

            beside_start(l, rule, l->line->look_from, &b);
            r = next_beside(l, &b, &range);
            *success = r == 1;
        }
    }
    return MIN(r, 0);
}
