#pragma once

/* Items in the order of their names' bytes. */

#include <stdbool.h>
#include <stddef.h>

/** Where the item of that name stands among n sorted ones, or would stand.
 *
 * @name_of  the name of the i-th. */
size_t sorted_place(const void *items, size_t n,
                    const char *(*name_of)(const void *items, size_t i), const char *name,
                    bool *ret_found);
