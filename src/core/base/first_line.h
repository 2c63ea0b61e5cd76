#pragma once

/* Bytes cut into lines, one by one. */

#include <gloss/span.h>
#include <string.h>

/** The length of the line that the bytes start with, with its newline. Where they have no newline
 * it is their length. */
static inline size_t first_line_length(struct gloss_span bytes)
{
    const char *newline = bytes.len > 0 ? memchr(bytes.ptr, '\n', bytes.len) : NULL;

    return newline ? (size_t)(newline - bytes.ptr) + 1 : bytes.len;
}
