/* How a rule's matches are found on a line without ever taking much longer than the line is long.
 *
 * PCRE2 alone may take a time that grows with the square of the line, or worse: because each of
 * many starts looks far ahead in vain, or because a pattern can take one stretch of text apart in
 * very many ways. It does not say how much it has done. So a search trusts a rule only so far:
 *
 *   directly   PCRE2 searches the rest of the line, which is so short that even the square of its
 *              length is little
 *   by starts  PCRE2 searches where the automaton says that a match can start, which is near the
 *              literals of a rule that has some
 *   strictly   from the run on that met a match limit, or that would take more than the rule is
 *              trusted with. The automaton then sees whole matches, and where none can start PCRE2
 *              is not asked any more. What it does elsewhere is counted, and bounded
 *
 * A run that is not counted is charged what the pattern could look at from the starts that were
 * tried.
 *
 * All that a line costs is taken from a budget that is large: a tenth of a second and more. One
 * rule may take half of what is there when it becomes strict, so that others still have theirs.
 * When the budget is used up the rule that asks for more is given up for this line.
 *
 * Where a run met the limit, but the automaton knows that there is no match, nothing is lost. But a
 * pattern that explodes ought to be named; so on the first few such lines PCRE2 is asked all the
 * same. */

#include "core/match/rule_search.h"

#include "core/base/util.h"

#define RUN_WORK 128                   /* of a run, whatever it does */
#define READ_WORK 2                    /* of a byte that an automaton reads */
#define PROBE_WORK ((uint64_t)1 << 24) /* of asking in vain, and for each byte of the line: */
#define PROBE_WORK_OF_BYTE 64
#define MERGE_GAP 63 /* bytes between two starts that one run may try together */
/* A run may pass over so many bytes from one start, uncounted; over fewer as often as it likes. */
#define FAST_MOVES ((size_t)1 << 24)
#define FAST_BYTES 1024

void rule_search_deinit(struct rule_search *s)
{
    match_starts_deinit(&s->starts);
}

/* ---- work ---- */

static void give_up(struct line_search *line, struct rule_search *s)
{
    line->met_limit = s->is_given_up = s->met_limit = true;
    s->state = RULE_SEARCH_DONE;
}

/* Takes work from the line's budget. False: there is not enough, and the rule is given up. */
static bool spend(struct line_search *line, struct rule_search *s, uint64_t work)
{
    line->work += work;
    if (work > line->left) {
        give_up(line, s);
        return false;
    }
    line->left -= work;
    return true;
}

/* How many bytes from a start on PCRE2 can look at, as far as the pattern's spelling tells. */
static inline size_t reach(const struct line_search *line, const struct rule_search *s,
                           size_t start)
{
    size_t left = start < line->subject->len ? line->subject->len - start : 0;

    return MIN(s->rule->reach, left) + 1;
}

/* What a rule may be charged on a line. */
static inline uint64_t trust(const struct line_search *line, const struct rule_search *s)
{
    const struct search_bounds *bounds = &line->matcher->bounds;
    uint64_t per_byte =
        s->rule->reach == SIZE_MAX ? bounds->trust_of_byte : bounds->trust_of_byte_bounded;

    if (line->is_direct)
        return bounds->trust_direct;
    return per_byte * line->subject->len +
           (s->rule->n_literals ? bounds->trust : bounds->trust_unfiltered);
}

/* Whether so many starts may be tried from which PCRE2 can look at so many bytes. */
static inline bool is_trusted(const struct line_search *line, const struct rule_search *s,
                              uint64_t n, size_t bytes)
{
    return s->charged + n * bytes <= trust(line, s);
}

/* The match limit of a run that is not counted: enough for a pattern that takes a few steps for
 * each byte. But a step may pass over all bytes that there are. Of runs on lines of like lengths it
 * is the same, since setting it takes time. */
static uint32_t fast_limit(size_t bytes)
{
    size_t steps = 256 + 8 * (bytes | 63);

    if (bytes > FAST_BYTES)
        steps = MIN(steps, FAST_MOVES / bytes + 64);
    return (uint32_t)steps;
}

/* ---- starts ---- */

/* Whether the automaton is to be asked first. */
static bool goes_by_starts(const struct line_search *line, const struct rule_search *s)
{
    size_t len = line->subject->len;

    return s->is_strict || s->has_starts || (line->is_crowded && s->rule->n_literals) ||
           (len >= line->matcher->bounds.direct_bytes &&
            !is_trusted(line, s, len - line->low + 1, reach(line, s, line->low)));
}

/* Makes starts ready to be asked. Returns 1; 0: the search goes without; -ENOMEM. */
static int prepare_starts(struct line_search *line, struct rule_search *s)
{
    bool whole = s->is_strict || s->rule->n_literals == 0;
    int r;

    if (s->has_starts)
        return 1;
    if (!goes_by_starts(line, s))
        return 0;
    r = matcher_automaton(line->matcher, s->rule);
    if (r < 0 || !s->rule->automaton)
        return r;
    match_starts_init(&s->starts, s->rule, line->places, line->subject, line->low, whole);
    s->has_starts = true;
    return 1;
}

/* Asks for starts, on account of the line. */
static int next_starts(struct line_search *line, struct rule_search *s, size_t from,
                       struct regex_starts *ret_starts)
{
    uint64_t before = s->starts.read;
    int r = match_starts_next(&s->starts, from, s->is_strict ? 0 : MERGE_GAP, ret_starts);

    if (r >= 0 && !spend(line, s, (s->starts.read - before) * READ_WORK))
        return 0;
    return r;
}

static void become_strict(struct line_search *line, struct rule_search *s)
{
    s->is_strict = true;
    s->has_starts = false;
    s->allowed = line->left / 2;
}

/* Whether a whole match can start at one of these places. Returns 1, 0 or -ENOMEM. */
static int can_start(struct line_search *line, struct rule_search *s, struct regex_starts places)
{
    struct regex_starts starts;
    int r = prepare_starts(line, s);

    if (r <= 0)
        return r < 0 ? r : 1;
    r = next_starts(line, s, places.first, &starts);
    return r == 1 ? starts.first <= places.last : r;
}

/* ---- runs ---- */

/* How many bytes from a start on PCRE2 can look at on this line. Where the spelling does not tell,
 * and many are left, the automaton says how far something is under way. Returns 0 or -ENOMEM. */
static int measure_reach(struct line_search *line, struct rule_search *s, size_t start,
                         size_t *ret_bytes)
{
    size_t bytes = reach(line, s, start), read;
    int r;

    *ret_bytes = bytes;
    if (bytes < line->matcher->bounds.measured_bytes || s->rule->look_reach == SIZE_MAX)
        return 0;
    r = matcher_automaton(line->matcher, s->rule);
    if (r < 0 || !s->rule->automaton)
        return r;
    r = automaton_reach(s->rule->automaton, line->subject->ptr, start, line->subject->len, &read);
    if (r < 0)
        return r;
    spend(line, s, read * READ_WORK);
    *ret_bytes = MIN(bytes, read + s->rule->look_reach + 1);
    return 0;
}

static inline int run_fast(struct line_search *line, struct rule_search *s, struct regex *regex,
                           struct regex_starts starts, size_t bytes, struct text_range *ret_match)
{
    size_t tried = starts.last - starts.first + 1;
    int r;

    if (!spend(line, s, RUN_WORK))
        return 0;
    line->runs++;
    r = regex_try(regex, line->subject, starts, fast_limit(bytes), ret_match);
    if (r == 1)
        tried = regex_began(regex) - starts.first + 1;
    s->charged += tried * bytes;
    line->work += tried * bytes;
    return r;
}

/* Gives the rule up where the work does not suffice. */
static int run_counted(struct line_search *line, struct rule_search *s, struct regex *regex,
                       struct regex_starts starts, struct text_range *ret_match)
{
    uint64_t allowed, left, used;
    int r;

    if (!spend(line, s, RUN_WORK))
        return 0;
    line->runs++;
    left = allowed = MIN(s->allowed, line->left);
    r = regex_measure(regex, line->subject, starts, &left, ret_match);
    used = allowed - left;
    s->allowed -= used;
    spend(line, s, used);
    if (r != REGEX_E_LIMIT)
        return r;
    give_up(line, s);
    return 0;
}

/* Asks PCRE2 in vain, to see whether it meets a limit. Returns 0 or -ENOMEM. */
static int probe(struct line_search *line, struct rule_search *s, struct regex *regex,
                 struct regex_starts starts)
{
    unsigned char *probes = &line->probes[s->index];
    uint64_t wanted = PROBE_WORK + PROBE_WORK_OF_BYTE * line->subject->len;
    uint64_t allowed = MIN(wanted, line->left), left = allowed;
    struct text_range ignored;
    int r;

    if (*probes == 0 || s->met_limit)
        return 0;
    (*probes)--;
    line->runs++;
    r = regex_measure(regex, line->subject, starts, &left, &ignored);
    spend(line, s, allowed - left);
    if (r == REGEX_E_LIMIT)
        line->met_limit = s->met_limit = true;
    return MIN(r, 0);
}

/* Called when a run met the limit: turns strict. Returns 1: counted runs are of use; 0: there is no
 * match at these places; or -ENOMEM. */
static int meet_limit(struct line_search *line, struct rule_search *s, struct regex *regex,
                      struct regex_starts starts, struct regex_starts places)
{
    int r;

    become_strict(line, s);
    r = can_start(line, s, places);
    if (r == 0 && !s->is_given_up)
        r = probe(line, s, regex, starts);
    return r;
}

/* ---- families and success markers, and anchored rules ---- */

int rule_search_try(struct line_search *line, struct rule_search *s, struct regex *regex,
                    size_t start, size_t place, struct text_range *ret_match)
{
    const struct regex_starts starts = {start, start}, places = {place, place};
    size_t bytes = 0;
    int r = 0;

    if (s->is_given_up)
        return 0;
    if (line->is_direct)
        bytes = reach(line, s, place);
    else if (!s->is_strict)
        r = measure_reach(line, s, place, &bytes);
    if (r < 0)
        return r;
    bytes += place - start;
    if (!s->is_strict && !is_trusted(line, s, 1, bytes))
        become_strict(line, s);
    if (s->is_strict) {
        r = can_start(line, s, places);
    } else {
        r = run_fast(line, s, regex, starts, bytes, ret_match);
        if (r != REGEX_E_LIMIT)
            return r;
        r = meet_limit(line, s, regex, starts, places);
    }
    return r == 1 ? run_counted(line, s, regex, starts, ret_match) : r;
}

int rule_search_find(struct line_search *line, struct rule_search *s, struct regex *regex,
                     size_t start, struct text_range *ret_match)
{
    const struct regex_starts starts = {start, line->subject->len};
    size_t bytes = reach(line, s, start);
    int r;

    if (s->is_given_up || start > starts.last)
        return 0;
    r = prepare_starts(line, s);
    if (r != 0)
        return r < 0 ? r : RULE_SEARCH_E_PLACES;
    if (!s->is_strict && is_trusted(line, s, starts.last - start + 1, bytes)) {
        r = run_fast(line, s, regex, starts, bytes, ret_match);
        if (r != REGEX_E_LIMIT)
            return r;
        r = meet_limit(line, s, regex, starts, starts);
        if (r <= 0)
            return r;
        if (s->has_starts)
            return RULE_SEARCH_E_PLACES;
    }
    if (!s->is_strict)
        become_strict(line, s);
    return run_counted(line, s, regex, starts, ret_match);
}

int rule_search_place(struct line_search *line, struct rule_search *s, size_t from,
                      size_t *ret_place)
{
    struct regex_starts starts;
    int r;

    if (s->is_given_up)
        return 0;
    r = prepare_starts(line, s);
    if (r == 1)
        r = next_starts(line, s, from, &starts);
    if (r == 1)
        *ret_place = starts.first;
    return r;
}

/* ---- steps ---- */

static int look_ahead(struct line_search *line, struct rule_search *s)
{
    struct regex_starts starts = {s->start, line->subject->len};
    int r;

    s->state = RULE_SEARCH_DONE;
    if (s->start > starts.last)
        return 0;
    r = prepare_starts(line, s);
    if (r < 0)
        return r;
    if (r == 1) {
        r = next_starts(line, s, s->start, &starts);
        if (r != 1)
            return r;
    }
    s->start = starts.first;
    s->last = starts.last;
    s->state = RULE_SEARCH_STARTS;
    return 0;
}

/* The starts that one run may try: as many as the rule is trusted with, if each looks at so many
 * bytes. That is not so where it was measured for the first one alone. None: first is above last.
 */
static struct regex_starts some_starts(const struct line_search *line, const struct rule_search *s,
                                       size_t bytes)
{
    uint64_t left = trust(line, s), n;

    left -= MIN(left, s->charged);
    n = MIN(left / bytes, (uint64_t)(s->last - s->start + 1));
    if (n > 1 && bytes < reach(line, s, s->start))
        n = 1;
    return (struct regex_starts){s->start, s->start + (size_t)n - 1};
}

/* Returns 1 and the match; 0; REGEX_E_LIMIT: it has become strict; or -ENOMEM. */
static int try_fast(struct line_search *line, struct rule_search *s, struct regex_starts *starts)
{
    size_t bytes;
    int r = measure_reach(line, s, s->start, &bytes);

    if (r < 0 || s->is_given_up)
        return r;
    *starts = some_starts(line, s, bytes);
    if (starts->first > starts->last || starts->last == SIZE_MAX) {
        become_strict(line, s);
        return REGEX_E_LIMIT;
    }
    r = run_fast(line, s, s->rule->regex, *starts, bytes, &s->match);
    if (r != REGEX_E_LIMIT)
        return r;
    r = meet_limit(line, s, s->rule->regex, *starts, *starts);
    return r < 0 ? r : REGEX_E_LIMIT;
}

static int try_starts(struct line_search *line, struct rule_search *s)
{
    struct regex_starts starts = {s->start, s->last};
    int r = s->is_strict ? run_counted(line, s, s->rule->regex, starts, &s->match)
                         : try_fast(line, s, &starts);

    if (r < 0 || s->is_given_up)
        return MIN(r, 0);
    if (r == REGEX_E_LIMIT) {
        s->state = RULE_SEARCH_AHEAD;
        return 0;
    }
    s->start = r == 1 ? regex_began(s->rule->regex) : starts.last + 1;
    if (r == 1)
        s->state = RULE_SEARCH_MATCH;
    else if (s->start > s->last)
        s->state = RULE_SEARCH_AHEAD;
    return 0;
}

/* Whether PCRE2 may search the rest of the line, as is usual. */
static inline bool is_direct(const struct line_search *line, const struct rule_search *s)
{
    size_t len = line->subject->len;

    return line->is_direct && !s->is_strict && s->start <= len &&
           is_trusted(line, s, len - s->start + 1, reach(line, s, s->start));
}

static int search_directly(struct line_search *line, struct rule_search *s)
{
    const struct regex_starts starts = {s->start, line->subject->len};
    struct regex *regex = s->rule->regex;
    int r = run_fast(line, s, regex, starts, reach(line, s, s->start), &s->match);

    if (r == REGEX_E_LIMIT)
        return MIN(meet_limit(line, s, regex, starts, starts), 0);
    s->state = r == 1 ? RULE_SEARCH_MATCH : RULE_SEARCH_DONE;
    if (r == 1)
        s->start = regex_began(regex);
    return MIN(r, 0);
}

int rule_search_step(struct line_search *line, struct rule_search *s)
{
    int r = 0;

    if (s->state == RULE_SEARCH_AHEAD && is_direct(line, s))
        return search_directly(line, s);
    if (s->state == RULE_SEARCH_AHEAD) {
        r = look_ahead(line, s);
        if (s->has_starts)
            return r;
    }
    return r == 0 && s->state == RULE_SEARCH_STARTS ? try_starts(line, s) : r;
}
