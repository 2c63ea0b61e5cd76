#pragma once

/* What a matcher is made of. */

#include "core/match/name_lookup.h"
#include "core/match/prefilter.h"
#include "core/regex/regex.h"

#include <gloss/matcher.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rule_kind {
    RULE_PATTERN, /* of an entry */
    RULE_FAMILY,
    RULE_SUCCESS,
};

/** A pattern between the borders of a name, anchored: tried at a place itself, and from where an
 * escape sequence begins that ends there. Two, since the name in them may be so wide ("any 14
 * bytes") that one for both would take the escape sequence for the name. */
struct bordered {
    struct regex *behind_border, *behind_escape;
};

/** A pattern of a catalog, and how it is looked for. */
struct rule {
    enum rule_kind kind;
    const struct gloss_catalog *catalog;
    const struct gloss_entry *entry; /* of RULE_PATTERN */
    bool anchored; /* a candidate is where a match begins, and the pattern is tried there. Else a
                      candidate says only that the line has to be searched */
    bool filtered; /* false: no candidates; each line has to be searched */
    struct regex *regex;      /* of entries; of the others where not anchored, else NULL */
    struct bordered bordered; /* of families and success markers, anchored */
};

struct gloss_matcher {
    const struct gloss_catalogs *set;
    const struct kernel *kernel;
    struct regex_env *env;
    struct name_lookup *names;
    struct prefilter *filter;
    struct rule *rules; /* a candidate's tag is an index into these */
    size_t n_rules, n_literals, n_unfiltered;
    /* By length of a name; made when first needed. */
    struct bordered borders[GLOSS_CODE_MAX + 1];
};

/** The patterns "any bytes of that length": names of one length share them, since that the bytes in
 * between are a name's is known. Returns 0 or -ENOMEM. */
int matcher_border(struct gloss_matcher *m, size_t len, const struct bordered **ret_bordered);
