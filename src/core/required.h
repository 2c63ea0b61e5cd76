#pragma once

/* Which literals a pattern cannot match without. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>

#define GLOSS_REQUIRED_MAX 32 /* literals in a set */
#define GLOSS_REQUIRED_BYTES \
    24 /* of a literal; longer ones are cut, which only makes them weaker */

struct gloss_literal {
    unsigned char len;
    char bytes[GLOSS_REQUIRED_BYTES];
};

/** One of them is in every match. */
struct gloss_required {
    size_t n; /* 0: nothing is known to be required */
    struct gloss_literal items[GLOSS_REQUIRED_MAX];
    bool prefix; /* every match begins with one of them */
};

/** Reads a pattern that PCRE2 compiles. What it does not understand makes n 0: never wrong, only of
 * less use. */
void gloss_required_of(struct gloss_span pattern, struct gloss_required *ret_required);
