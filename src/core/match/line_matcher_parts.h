#pragma once

/* What a line matcher is made of. */

#include "core/base/util.h"
#include "core/match/rule_search.h"

#include <errno.h>
#include <gloss/scanner.h>

struct line_matcher_view;

/* A match that may become a hit. */
struct contender {
    const struct gloss_entry *entry; /* NULL: none */
    struct rule *rule;               /* NULL: a name */
    size_t start;                    /* what was looked at for it; \K may have moved range.begin */
    struct text_range range;
};

/* A searched rule in the heap. */
struct heap_item {
    size_t begin, end; /* of its match, or of the best one that there could be */
    uint32_t id;       /* of its entry */
    uint32_t search;   /* index in searches */
};

struct line_matcher {
    struct gloss_matcher *matcher;
    const struct line_matcher_view *line;
    struct line_search search;
    struct rule_search *searches; /* of the line's rules; as many as there ever were */
    size_t n_searches, searches_size, searches_made;
    size_t n_searched;             /* those that are not anchored */
    uint32_t *search_of;           /* by rule: index in searches, + 1; 0: not on this line */
    struct literal_places *places; /* by literal; those of the line, where it is crowded */
    uint32_t *place_store;         /* what places point to */
    size_t place_store_size;
    bool *is_here;           /* by literal: it stands on this line */
    uint32_t *literals_here; /* those */
    size_t n_literals_here;
    struct heap_item *heap; /* of searched rules without \K */
    size_t n_heap, heap_size;
    uint32_t *resetting; /* of searched rules with \K */
    size_t n_resetting, resetting_size;
    uint32_t *beside; /* families and success markers, in the order of the catalogs */
    size_t n_beside, beside_size;
    size_t next_candidate;      /* the first one that was not tried */
    struct contender candidate; /* the best one at the place tried last */
    struct text_range *taken;   /* places of hits and unknown codes, in order */
    size_t n_taken, taken_size;
    struct gloss_hit *hits;
    size_t n_hits, hits_size;
    struct gloss_capture *captures;
    size_t n_captures, captures_size;
    struct gloss_unknown *unknown;
    size_t n_unknown, unknown_size;
    uint64_t *limit_hits; /* by entry id; the last one: of what has no entry */
};

static inline struct gloss_span line_matcher_span(const struct line_matcher *l,
                                                  struct text_range range)
{
    return gloss_span(l->search.subject->ptr + range.begin, range.end - range.begin);
}

static inline struct rule_search *line_matcher_search(const struct line_matcher *l,
                                                      const struct rule *rule)
{
    return &l->searches[l->search_of[rule - l->matcher->rules] - 1];
}

/** Adds a place to those that are taken. Returns 0 or -ENOMEM. */
static inline int line_matcher_take(struct line_matcher *l, struct text_range range)
{
    if (GROW(&l->taken, &l->taken_size, l->n_taken + 1) < 0)
        return -ENOMEM;
    l->taken[l->n_taken++] = range;
    return 0;
}

/** Tries a pattern between borders at a place: from there, and from where an escape sequence starts
 * that ends there; nothing before `from` takes part. A name ends at `end`; its search is NULL.
 * Returns 1, *ret_range, and in *ret_start what was looked at first; 0; or -ENOMEM. */
int line_matcher_try_bordered(struct line_matcher *l, const struct bordered *bordered,
                              struct rule_search *search, size_t at, size_t from, size_t end,
                              size_t *ret_start, struct text_range *ret_range);

/** Finds the hits of the line. Returns 0 or -ENOMEM. */
int line_matcher_find_hits(struct line_matcher *l);

/** Finds unknown codes and success markers, when the hits are known. Returns 0 or -ENOMEM. */
int line_matcher_find_beside(struct line_matcher *l, bool *ret_success);
