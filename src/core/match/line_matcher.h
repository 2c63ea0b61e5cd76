#pragma once

/* One line and its candidates in; its hits, unknown codes and success out. */

#include "core/match/candidate.h"
#include "core/match/matcher_rules.h"
#include "core/regex/regex.h"

#include <gloss/scanner.h>
#include <stdbool.h>
#include <stddef.h>

/** A line, or a part of an overlong one with its surroundings. Places are in subject. */
struct line_matcher_view {
    struct regex_subject subject;
    size_t begin, end;                  /* where hits may begin; end is exclusive */
    size_t look_from;                   /* nothing before this is looked for */
    size_t from;                        /* nothing before this belongs to a hit */
    size_t unknown_from;                /* the same for unknown codes */
    const struct candidate *candidates; /* in order; names are looked up; those of names and
                                           anchored rules are in [begin, end) */
    size_t n_candidates;
};

/** Matches lines, and holds the result of the last one. */
struct line_matcher;

/** @matcher  borrowed; outlives the line matcher. Returns 0 or -ENOMEM. */
int line_matcher_new(struct line_matcher **ret_line_matcher, struct gloss_matcher *matcher);
struct line_matcher *line_matcher_free(struct line_matcher *l);
static inline void line_matcher_freep(struct line_matcher **l)
{
    *l = line_matcher_free(*l);
}

/** What a line has. Arrays belong to the line matcher and die with its next line. */
struct line_findings {
    struct gloss_hit *hits; /* first is not set */
    size_t n_hits;
    const struct gloss_unknown *unknown;
    size_t n_unknown;
    bool success;
};

/** Returns 0 or -ENOMEM. A pattern that hits a limit is given up for this line and counted. */
int line_matcher_line(struct line_matcher *l, const struct line_matcher_view *line,
                      struct line_findings *ret_findings);

/** See gloss_scanner_limit_hits(). */
uint64_t line_matcher_limit_hits(const struct line_matcher *l, const struct gloss_entry *entry);

/** What all lines so far took: runs of PCRE2, and units of work. Both are upper bounds that depend
 * on catalogs and lines alone. */
struct line_matcher_work {
    uint64_t runs, work;
};
struct line_matcher_work line_matcher_work(const struct line_matcher *l);
