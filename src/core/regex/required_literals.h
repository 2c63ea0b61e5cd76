#pragma once

/* Which literals a pattern cannot match without. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUIRED_LITERALS_MAX 32 /* literals in a set */
#define REQUIRED_LITERAL_BYTES \
    24 /* of a literal; longer ones are cut, which only makes them weaker */

struct required_literal {
    unsigned char len;
    char bytes[REQUIRED_LITERAL_BYTES];
};

/** One of them is in every match. */
struct required_literals {
    size_t n; /* 0: nothing is known to be required */
    struct required_literal items[REQUIRED_LITERALS_MAX];
    bool prefix; /* every match begins with one of them */
};

#define LITERAL_CENSUS_SIZE 4096

/** About how often the patterns of a set offer a literal, by its hash. Zero-initialised is empty.
 */
struct literal_census {
    uint32_t counts[LITERAL_CENSUS_SIZE];
};

/** Reads a pattern that PCRE2 compiles. What it does not understand makes n 0: never wrong, only of
 * less use.
 *
 * @census  of all patterns that are looked for together, so that they share few literals; may be
 *          NULL. */
void required_literals_of(struct gloss_span pattern, const struct literal_census *census,
                          struct required_literals *ret_required);
/** Adds what a pattern offers. */
void required_literals_count(struct gloss_span pattern, struct literal_census *census);
