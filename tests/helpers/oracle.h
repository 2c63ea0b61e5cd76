#pragma once

/* What a scanner has to find, worked out the slow way: one PCRE2 pattern after the other, on one
 * line after the other. It shares nothing with the scanner but the catalogs. */

#include "findings.h"

#include <gloss/catalog.h>

struct oracle;

/** @set  borrowed; outlives the oracle. Stops the program where a pattern does not compile. */
struct oracle *oracle_new(const struct gloss_catalogs *set);
struct oracle *oracle_free(struct oracle *o);

/** Writes what a stream has. */
void oracle_scan(struct oracle *o, struct gloss_span input, struct findings *f);

/** The pattern that a name stands for, for those who look at one name only. Appends it. */
void oracle_name_pattern(struct gloss_buf *out, const char *name);
/** The escape sequences that a name may stand directly behind: one of them, and nothing else. */
extern const char oracle_escape[];
