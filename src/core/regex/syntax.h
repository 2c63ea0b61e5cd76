#pragma once

/* A pattern as a tree: what its parts are, as far as that can be told from its spelling. For those
 * who want to know something about a pattern that PCRE2 does not tell. */

#include "core/base/arena.h"

#include <gloss/span.h>
#include <stdbool.h>
#include <stdint.h>

enum syntax_kind {
    SYNTAX_EMPTY,      /* takes no byte and asks for nothing */
    SYNTAX_BYTE,       /* one byte out of a set */
    SYNTAX_SEQUENCE,   /* its children one behind the other */
    SYNTAX_CHOICE,     /* one of its children */
    SYNTAX_REPEAT,     /* its child, min to max times */
    SYNTAX_LINE_START, /* only at the start of the subject, or behind a line end */
    SYNTAX_LINE_END,   /* only at the end of the subject, or before a line end */
    SYNTAX_WORD_EDGE,  /* \b, \B: asks for the bytes beside it, takes none */
    SYNTAX_LOOK,       /* a lookaround: takes no byte, its child is what it looks at */
    SYNTAX_RESET,      /* \K */
    SYNTAX_UNKNOWN,    /* any text, the empty one too: a reference to a group, for example */
};

#define SYNTAX_MANY UINT32_MAX /* no upper bound */

struct syntax_node {
    enum syntax_kind kind;
    struct syntax_node *first, *next; /* its first child; its next sibling; NULL: none */
    uint64_t members[4];              /* of SYNTAX_BYTE: a bit for each byte */
    bool spelled;                     /* of SYNTAX_BYTE: each byte is written in the pattern */
    uint32_t min, max;                /* of SYNTAX_REPEAT */
};

static inline bool syntax_has(const struct syntax_node *node, unsigned char byte)
{
    return node->members[byte / 64] >> byte % 64 & 1;
}

#define SYNTAX_E_UNKNOWN 1

/** Reads a pattern that PCRE2 compiles without Unicode. Each text that PCRE2 matches is one that
 * the tree describes; the tree may describe more (references, lookarounds and atomic groups are not
 * followed).
 *
 * @arena  the tree lives in it.
 *
 * Returns 0; SYNTAX_E_UNKNOWN: something in it is not understood; -ENOMEM. */
int syntax_read(struct syntax_node **ret_root, struct gloss_span pattern, struct arena *arena);

/** How many bytes behind the start of a match PCRE2 looks at most; SIZE_MAX: no bound is known. */
size_t syntax_reach(const struct syntax_node *root);

/** How many bytes its lookarounds look at most, each by itself; SIZE_MAX: no bound is known. */
size_t syntax_look_reach(const struct syntax_node *root);

/** Whether a \K stands anywhere in it: a match may then begin behind where it started. */
bool syntax_resets(const struct syntax_node *root);
