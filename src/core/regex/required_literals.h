#pragma once

/* Literals that each match of a pattern must contain. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The most literals of a set. */
#define REQUIRED_LITERALS_MAX 32
/** The most bytes of a literal. A longer one is cut, which loses nothing but a part of its use. */
#define REQUIRED_LITERAL_BYTES 24

struct required_literal {
    unsigned char len;
    char bytes[REQUIRED_LITERAL_BYTES];
};

/** A set of literals, of which each match contains at least one. */
struct required_literals {
    size_t n; /* 0: no literal is known to be required */
    struct required_literal items[REQUIRED_LITERALS_MAX];
    bool prefix; /* each match begins with one of them */
};

#define LITERAL_CENSUS_SIZE 4096

/** About how many patterns offer a literal, by a hash of the literal. Zero-initialised, it is
 * empty. */
struct literal_census {
    uint32_t counts[LITERAL_CENSUS_SIZE];
};

/** Finds the best set of required literals of a pattern that PCRE2 compiles. Where the pattern has
 * something that is not understood here, the set is empty: of no use, but never wrong.
 *
 * @census  of all patterns that will be searched for together, so that literals which many of them
 *          share are avoided; may be NULL.
 *
 * Returns 0 or -ENOMEM. */
int required_literals_of(struct gloss_span pattern, const struct literal_census *census,
                         struct required_literals *ret_required);

/** Adds to a census all literals that could be chosen for a pattern. Returns 0 or -ENOMEM. */
int required_literals_count(struct gloss_span pattern, struct literal_census *census);
