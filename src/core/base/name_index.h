#pragma once

/* Names and what they stand for: a hash table, and the distance between two names. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name_slot {
    struct gloss_span name;
    uint32_t value;
};

/** Zero-initialised is empty. The names are borrowed and outlive the table. */
struct name_index {
    struct name_slot *slots; /* owned; a slot whose name has no ptr is free */
    size_t n, size;          /* size is a power of two, or 0 */
};

/** Makes room for n names in all, so that so many name_index_put() cannot fail. Returns 0 or
 * -ENOMEM. */
int name_index_reserve(struct name_index *t, size_t n);
/** Adds a name that the table does not have yet; its ptr is not NULL. Returns 0 or -ENOMEM. */
int name_index_put(struct name_index *t, struct gloss_span name, uint32_t value);
/** Returns whether it is there; *ret_value is written only then. */
bool name_index_get(const struct name_index *t, struct gloss_span name, uint32_t *ret_value);
void name_index_deinit(struct name_index *t);

/** Longest word that distances are computed for, in bytes. */
#define NAME_DISTANCE_MAX 255

/** Levenshtein distance over bytes; limit + 1 stands for everything above limit, and for words of
 * more than NAME_DISTANCE_MAX bytes. */
unsigned name_distance(struct gloss_span a, struct gloss_span b, unsigned limit);

/** The name in small letters (of ASCII), written to `place`, which has room for as many bytes. */
struct gloss_span name_lower(struct gloss_span name, char *place);

/** The word of the table that is nearest to what somebody mistyped: at most 2 edits and less than
 * half of the word's letters, case does not count. NULL: none is near. */
const char *name_guess(const char *const *words, size_t n_words, struct gloss_span typed);
