#pragma once

/* Sets of positions: places for a byte in a pattern, by number. */

#include "core/base/util.h"

#include <stdbool.h>
#include <stdint.h>

/** How many positions a pattern may have, repetitions written out. */
#define AUTOMATON_POSITIONS 256

/** Some of them, a bit each. */
struct position_set {
    uint64_t bits[AUTOMATON_POSITIONS / 64];
};

static inline bool position_set_empty(const struct position_set *s)
{
    return !(s->bits[0] | s->bits[1] | s->bits[2] | s->bits[3]);
}

static inline void position_set_add(struct position_set *s, unsigned position)
{
    s->bits[position / 64] |= (uint64_t)1 << position % 64;
}

static inline void position_set_unite(struct position_set *s, const struct position_set *other)
{
    for (unsigned i = 0; i < ARRAY_SIZE(s->bits); i++)
        s->bits[i] |= other->bits[i];
}

static inline bool position_set_meets(const struct position_set *a, const struct position_set *b)
{
    uint64_t common = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(a->bits); i++)
        common |= a->bits[i] & b->bits[i];
    return common != 0;
}

/* Calls for each member: FOR_EACH(position, set) { ... }; the set may not change meanwhile. */
#define FOR_EACH(position, set)                                                           \
    for (unsigned word_ = 0; word_ < ARRAY_SIZE((set)->bits); word_++)                    \
        for (uint64_t left_ = (set)->bits[word_];                                         \
             left_ && ((position) = word_ * 64 + (unsigned)__builtin_ctzll(left_), true); \
             left_ &= left_ - 1)
