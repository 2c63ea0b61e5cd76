#pragma once

/* One rule on one line: its matches, for a bounded amount of work. */

#include "core/match/match_starts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What all rules of a line share. */
struct line_search {
    struct gloss_matcher *matcher;
    const struct regex_subject *subject;
    const struct literal_places *places; /* by number of the literal; known where the bounds say
                                            that searches may ask for them */
    size_t low;                          /* nothing before this is looked for */
    bool is_crowded; /* so many rules are searched for that each has to be looked for where its
                        literals stand */
    bool is_direct;  /* it is so short that PCRE2 may search all of it */
    bool met_limit;  /* a rule's met_limit is set */
    uint64_t left;   /* units of work that are left for the line */
    unsigned char *probes; /* by rule: on how many lines a pattern that explodes is still asked */
    /* Of all lines so far; they depend on rules and lines alone. */
    uint64_t runs; /* of PCRE2 */
    uint64_t
        work; /* units that they took at most, as far as that is known, and reading for starts */
};

/** How far the search for a rule's next match has come. */
enum rule_search_state {
    RULE_SEARCH_AHEAD,  /* no match starts before start */
    RULE_SEARCH_STARTS, /* nor before start; start to last are to be tried next */
    RULE_SEARCH_MATCH,  /* it is known, and started at start */
    RULE_SEARCH_DONE,   /* there is none, or the rule was given up */
};

/** A rule on the line at hand. */
struct rule_search {
    struct rule *rule;
    uint32_t index;               /* of the rule */
    enum rule_search_state state; /* of rules that are not anchored */
    size_t start, last;
    struct text_range match;
    bool is_strict;   /* runs are counted, and made only where whole matches can start */
    bool is_given_up; /* for the rest of the line */
    bool met_limit;   /* PCRE2 was stopped */
    uint64_t charged; /* units that runs which were not counted took at most */
    uint64_t allowed; /* units that counted runs may still take; known when is_strict */
    bool has_starts;  /* starts is of this line */
    struct match_starts starts;
};

/** Turns to a line, of which nothing before `start` is searched. Of what the search of another line
 * left, only the rule and the memory are kept. */
static inline void rule_search_init(struct rule_search *s, size_t start)
{
    s->state = RULE_SEARCH_AHEAD;
    s->start = s->last = start;
    s->is_strict = s->is_given_up = s->met_limit = s->has_starts = false;
    s->charged = 0;
}
void rule_search_deinit(struct rule_search *s);

/** Goes one step ahead in the search for the first match that starts at or behind s->start: one
 * look for starts, or one run of PCRE2. The rule is not anchored. Returns 0 or -ENOMEM. */
int rule_search_step(struct line_search *line, struct rule_search *s);

/** Tries an anchored regex of the rule from `start`; what the rule's own pattern describes stands
 * at `place`, which is behind `start` when an escape sequence comes before it. Returns 1 and
 * *ret_match; 0; or -ENOMEM. */
int rule_search_try(struct line_search *line, struct rule_search *s, struct regex *regex,
                    size_t start, size_t place, struct text_range *ret_match);

#define RULE_SEARCH_E_PLACES 2

/** Searches with a regex of the rule that is not anchored, from `start` on.
 * Returns 1 and *ret_match; 0; RULE_SEARCH_E_PLACES: that would be too much work, the rule is to be
 * tried at each rule_search_place() instead; or -ENOMEM. */
int rule_search_find(struct line_search *line, struct rule_search *s, struct regex *regex,
                     size_t start, struct text_range *ret_match);

/** The first place at or behind `from` where a match of the rule's own pattern can start. The
 * search is strict, and the rule has an automaton. Returns 1 and *ret_place; 0; or -ENOMEM. */
int rule_search_place(struct line_search *line, struct rule_search *s, size_t from,
                      size_t *ret_place);
