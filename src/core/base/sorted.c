/* A binary search that also tells where to insert, which bsearch(3) does not. */

#include "core/base/sorted.h"

#include <string.h>

size_t sorted_place(const void *items, size_t n,
                    const char *(*name_of)(const void *items, size_t i), const char *name,
                    bool *ret_found)
{
    size_t low = 0, high = n;

    *ret_found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name_of(items, middle), name);

        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
