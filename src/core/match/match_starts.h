#pragma once

/* Where on one line the matches of one rule can start, by the rule's automaton. */

#include "core/match/matcher_rules.h"
#include "core/regex/automaton.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MATCH_STARTS_BLOCK 2048 /* bytes that are marked at once */

/** What is under way at the upper end of a block. */
struct match_starts_block {
    size_t block;
    struct position_set state;
};

/** Where a literal stands on a line, in order. */
struct literal_places {
    const uint32_t *at;
    size_t n;
};

/** Zero-initialised is empty. The memory may be used for one line after the other. */
struct match_starts {
    const struct rule *rule;
    const struct literal_places *places; /* by number of the literal */
    const char *text;
    size_t low, high;                  /* the part of the subject that is read */
    bool whole;                        /* by whole matches, else by the rule's literals */
    bool is_prepared;                  /* blocks are known */
    struct match_starts_block *blocks; /* owned; those in which something is under way, in the order
                                          of reading: the last one of the line first */
    size_t n_blocks, blocks_size;
    size_t block; /* the one that marks are of; SIZE_MAX: none */
    uint64_t marks[MATCH_STARTS_BLOCK / 64];
    size_t asked;              /* the last answer: to what it was given */
    struct regex_starts found; /* first SIZE_MAX: none */
    uint64_t read;             /* bytes that were read; it only grows */
};

/** Starts on a line. Of a struct that was used before only the memory is kept.
 *
 * @rule    has an automaton, and literals unless `whole`.
 * @places  borrowed; of the rule's literals; NULL with `whole`.
 * @subject its bytes before `low` are not read. */
void match_starts_init(struct match_starts *s, const struct rule *rule,
                       const struct literal_places *places, const struct regex_subject *subject,
                       size_t low, bool whole);
void match_starts_deinit(struct match_starts *s);

/** The first place at or behind `from` where a match can start, and the last one of those that
 * follow without a gap of more than `gap` bytes, the same in each call. They may be cut short.
 * Returns 1, 0: there is none, or -ENOMEM. */
int match_starts_next(struct match_starts *s, size_t from, size_t gap,
                      struct regex_starts *ret_starts);
