#pragma once

/* Where matches of a pattern can start, in time that grows with the length of the text and with
 * nothing else. The answer is a superset: a place that is not named starts no match, a place that
 * is named may still start none, since lookarounds and references are not followed. PCRE2 decides.
 */

#include "core/regex/position_set.h"
#include "core/regex/syntax.h"

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct automaton;

/** @root    of the pattern; may die after the call.
 *  @memory  kept up to date: how many bytes automata hold for steps that were worked out. Outlives
 *           the automaton; several may share it.
 *
 * Returns 0; 1: it would name every place, or is too large; -ENOMEM. */
int automaton_new(struct automaton **ret_automaton, const struct syntax_node *root, size_t *memory);
struct automaton *automaton_free(struct automaton *a);
static inline void automaton_freep(struct automaton **a)
{
    *a = automaton_free(*a);
}

/** A walk over a text, from its end to its start: what could still become a match if the bytes
 * before fit.
 *
 * Of two kinds. One that sees whole matches knows that each place may be the end of one. The other
 * one knows of no end, and is told where a literal stands that each match must hold: it names the
 * starts of what fits up to that literal, and has nothing to do elsewhere. */
struct automaton_walk {
    struct automaton *automaton;
    const char *text; /* its first byte is the start of the subject */
    size_t at;        /* how far down the walk is: bytes before this are still to be read */
    bool whole;       /* sees whole matches */
    struct position_set state; /* at that place; empty: nothing is under way */
    uint64_t *marks;           /* NULL: none are wanted. A bit for each place, from marks_at on */
    size_t marks_at;
};

/** The state at the end of a text. */
void automaton_start(struct automaton_walk *w, bool ends_subject);

/** Reads down to `low`, or until nothing is under way, and marks places where matches can start.
 * Returns 0 or -ENOMEM. */
int automaton_read(struct automaton_walk *w, size_t low);

/** What a literal means to a walk that stands where it begins. */
struct automaton_literal {
    struct position_set before; /* what may come before it */
    bool starts;                /* a match can start with it */
};
void automaton_literal(const struct automaton *a, struct gloss_span literal,
                       struct automaton_literal *ret);
/** A literal stands at w->at. */
void automaton_meet(struct automaton_walk *w, const struct automaton_literal *literal);

/** How many bytes from a place on can belong to a match that starts there, or to one that fails:
 * reading goes on as long as something is under way, to `end` at most. Returns 0 or -ENOMEM. */
int automaton_reach(struct automaton *a, const char *text, size_t from, size_t end,
                    size_t *ret_reach);

/** How many steps had to be worked out because no earlier one was the same; it only grows. */
uint64_t automaton_worked_out(const struct automaton *a);
/** Gives the memory for these back. */
void automaton_forget(struct automaton *a);
