#pragma once

/* What a matcher is made of. */

#include "core/match/name_lookup.h"
#include "core/match/prefilter.h"
#include "core/regex/automaton.h"
#include "core/regex/regex.h"

#include <gloss/buf.h>
#include <gloss/matcher.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rule_kind {
    RULE_PATTERN, /* of an entry */
    RULE_FAMILY,
    RULE_SUCCESS,
};

/** A pattern between the borders of a name, tried at a place itself (behind_border) and from where
 * an escape sequence starts that ends there (behind_escape). They are two patterns, because the
 * name in them may be so wide ("any 14 bytes") that one for both would take the escape sequence for
 * the name. */
struct bordered {
    struct regex *behind_border, *behind_escape;
};

/** A literal that a rule requires. */
struct rule_literal {
    uint32_t id;                      /* as candidates name it */
    struct automaton_literal meaning; /* to the automaton, when there is one */
};

/** A pattern of a catalog, and how it is looked for. */
struct rule {
    enum rule_kind kind;
    const struct gloss_catalog *catalog;
    const struct gloss_entry *entry; /* of RULE_PATTERN */
    const char *pattern;
    bool anchored; /* each match starts with a literal: the pattern is tried where one stands. Else
                      a literal says only that the line has to be searched */
    bool resets;   /* a \K may move the begin of a match behind its start */
    size_t reach;  /* how many bytes behind its start PCRE2 looks at most; SIZE_MAX: any number */
    size_t look_reach;             /* the same of a lookaround, behind what its automaton sees */
    struct rule_literal *literals; /* one of them is in each match */
    size_t n_literals;             /* 0: each line has to be searched */
    struct regex *regex;           /* of RULE_PATTERN; of the others where they are not anchored */
    struct bordered bordered;      /* of RULE_FAMILY and RULE_SUCCESS; made when first needed */
    bool automaton_tried;
    struct automaton *automaton; /* of the pattern; NULL: not made yet, or of no use */
};

/** From where on a search for a rule's matches is bounded, see rule_search.c. What is found does
 * not depend on these; tests set them to take every way. */
struct search_bounds {
    size_t direct_bytes; /* shorter lines are searched directly, unless they are crowded */
    size_t crowd; /* a line is crowded where its bytes, times the rules that are searched for on
                     it, are more: each rule is looked for where its literals stand */
    size_t measured_bytes; /* where so many or more could be looked at from a start, the automaton
                              is asked how many */
    uint64_t trust;        /* units that a rule may be charged on a line */
    uint64_t trust_direct; /* on a line that is searched directly */
    uint64_t trust_unfiltered;      /* of a rule without literals, which is slow on every line */
    uint64_t trust_of_byte;         /* more, for each byte of the line */
    uint64_t trust_of_byte_bounded; /* of a rule that looks only so many bytes behind a start */
    uint64_t line_work;             /* units of work of all rules on a line */
};

struct gloss_matcher {
    const struct gloss_catalogs *set;
    const struct kernel *kernel;
    struct regex_env *env;
    struct search_bounds bounds;
    struct name_lookup *names;
    struct prefilter *filter;
    struct rule *rules;
    size_t n_rules;
    /* Literals, each once, though many rules may require it. A candidate's tag is an index. */
    struct gloss_span *literals;
    size_t n_literals;
    struct gloss_buf text; /* their bytes */
    uint32_t *users;       /* the rules that require a literal, literal by literal */
    uint32_t *users_of;    /* by literal: its first one in users; the last element: how many */
    size_t n_required;     /* users in all */
    uint32_t *unfiltered;  /* the rules without a literal */
    size_t n_unfiltered;
    size_t automata_bytes; /* what all automata hold for steps that were worked out */
    /* By length of a name; made when first needed. */
    struct bordered borders[GLOSS_CODE_MAX + 1];
};

int matcher_make_border(struct gloss_matcher *m, size_t len);
int matcher_make_bordered(struct gloss_matcher *m, struct rule *rule);

/** The patterns "any bytes of that length": names of one length share them, since it is known that
 * the bytes in between are a name's. Returns 0 or -ENOMEM. */
static inline int matcher_border(struct gloss_matcher *m, size_t len,
                                 const struct bordered **ret_bordered)
{
    *ret_bordered = &m->borders[len];
    return m->borders[len].behind_escape ? 0 : matcher_make_border(m, len);
}

/** The same for a family or success marker. Returns 0 or -ENOMEM. */
static inline int matcher_bordered(struct gloss_matcher *m, struct rule *rule,
                                   const struct bordered **ret_bordered)
{
    *ret_bordered = &rule->bordered;
    return rule->bordered.behind_escape ? 0 : matcher_make_bordered(m, rule);
}

/** Makes rule->automaton when it has not been tried. Returns 0 or -ENOMEM. */
int matcher_automaton(struct gloss_matcher *m, struct rule *rule);

/** Bounds the memory of all automata. For the time between two lines. */
void matcher_bound_memory(struct gloss_matcher *m);
