#pragma once

/* Bytes taken apart line by line. */

#include <gloss/span.h>
#include <string.h>

/** The length of the line that the bytes start with, its newline included where there is one. */
static inline size_t first_line_length(struct gloss_span bytes)
{
    const char *newline = bytes.len > 0 ? memchr(bytes.ptr, '\n', bytes.len) : NULL;

    return newline ? (size_t)(newline - bytes.ptr) + 1 : bytes.len;
}
