#pragma once

/* A search among items that are sorted by name, byte by byte. */

#include <stdbool.h>
#include <stddef.h>

/** The index of the item of a name among n sorted items; where there is none, the index at which it
 * would have to be inserted.
 *
 * @name_of    returns the name of the i-th item.
 * @ret_found  whether there is an item of that name. */
size_t sorted_place(const void *items, size_t n,
                    const char *(*name_of)(const void *items, size_t i), const char *name,
                    bool *ret_found);
