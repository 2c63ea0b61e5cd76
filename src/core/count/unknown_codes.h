#pragma once

/* The counts of unknown codes, found by source, code and catalog. */

#include <gloss/counters.h>
#include <gloss/span.h>
#include <stddef.h>
#include <stdint.h>

/** A growing list that keeps the order in which codes were added. Zero-initialised, it is empty. */
struct unknown_codes {
    struct gloss_unknown_count *items; /* owned; at most GLOSS_UNKNOWN_MAX */
    size_t n, size;
    struct unknown_codes_slot *slots; /* owned */
    size_t n_slots;                   /* a power of two, at least twice n; 0: no table yet */
};

/** Finds the count of a code in a source, or adds one of 0 hits. Of a longer code the first
 * GLOSS_CODE_MAX bytes are kept, of one with a NUL what stands before that.
 *
 * @source     borrowed; NULL: it is not known in which source the code was seen.
 * @ret_count  good until the next call; NULL where the code is new and the list is full.
 *
 * Returns 0 or -ENOMEM. */
int unknown_codes_get(struct unknown_codes *u, const struct gloss_source_counts *source,
                      struct gloss_span code, const char *catalog,
                      struct gloss_unknown_count **ret_count);
void unknown_codes_deinit(struct unknown_codes *u);
