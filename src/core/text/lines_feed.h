#pragma once

/* Bytes that are in memory already, put into the buffer of lines. */

#include "core/base/util.h"

#include <gloss/lines.h>

/** Copies as many bytes as there is room for at once, and takes them off the front of *bytes.
 *
 * Returns 0 or -ENOMEM. */
static inline int lines_feed(struct gloss_lines *lines, struct gloss_span *bytes)
{
    char *place;
    size_t size;
    int r = gloss_lines_room(lines, &place, &size);

    if (r < 0)
        return r;
    size = MIN(size, bytes->len);
    memcpy(place, bytes->ptr, size);
    gloss_lines_fill(lines, size);
    *bytes = gloss_span(bytes->ptr + size, bytes->len - size);
    return 0;
}
