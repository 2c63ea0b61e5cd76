#pragma once

/* What an automaton is made of. */

#include "core/regex/position_set.h"

#include <stddef.h>

#define AUTOMATON_HEADS 64
#define STATE_IDLE 1 /* nothing is under way */

enum walk_kind {
    LOCAL,   /* downwards, of walks that do not see whole matches */
    WHOLE,   /* downwards, of those that do */
    FORWARD, /* upwards from a start */
    KINDS,
};

/* The states of one kind of walk. State 0 is not used, so that 0 in the table means "not known". A
 * cell of the table has the next state's row, that is its number times the number of classes. */
struct states {
    struct position_set *sets;
    uint32_t *cells; /* by row and class: the next row * 2, and MARK; 0: not known */
    uint32_t *links; /* by state: the next one with the same hash; 0: none */
    size_t sets_size, cells_size, links_size;
    uint32_t n;
    uint32_t heads[AUTOMATON_HEADS];
    bool keeps[256]; /* by byte: it leaves the state in which nothing is under way as it is */
};

#define MARK 1u /* in a cell: a match can start at the byte */

struct automaton {
    unsigned n, n_classes;
    uint32_t states_max;
    unsigned char class_of[256];
    struct position_set *takes;  /* by class of bytes: the positions that take such a byte */
    struct position_set *before; /* by position: what may stand before it */
    struct position_set *behind; /* by position: what may stand behind it; NULL: not needed yet */
    struct position_set first, first_at_start; /* the latter at the start of the subject */
    struct position_set last, last_at_end;
    struct states *states[KINDS]; /* NULL: none */
    uint64_t worked_out;
    size_t *memory; /* borrowed */
};
