#pragma once

/* A hash table from names to numbers. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name_slot {
    struct gloss_span name;
    uint32_t value;
};

/** A table. Zero-initialised, it is empty. The bytes of the names are borrowed and must live as
 * long as the table. */
struct name_index {
    struct name_slot *slots; /* owned; a slot is free when the ptr of its name is NULL */
    size_t n;                /* names in the table */
    size_t size;             /* slots; a power of two, or 0 */
};

/** Makes room for n names in all: name_index_put() cannot fail before the table has as many.
 * Returns 0 or -ENOMEM. */
int name_index_reserve(struct name_index *t, size_t n);
/** Adds a name.
 *
 * @name  not in the table yet; name.ptr is not NULL.
 *
 * Returns 0 or -ENOMEM. */
int name_index_put(struct name_index *t, struct gloss_span name, uint32_t value);
/** Looks a name up. Returns whether the table has it; *ret_value is written only then. */
bool name_index_get(const struct name_index *t, struct gloss_span name, uint32_t *ret_value);
void name_index_deinit(struct name_index *t);
