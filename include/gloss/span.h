#ifndef GLOSS_SPAN_H
#define GLOSS_SPAN_H

/* Bytes that somebody else owns: a pointer and a length.
 *
 *     #include <assert.h>
 *     #include <gloss/span.h>
 *
 *     int main(void)
 *     {
 *         struct gloss_span line = gloss_span_str("ERROR BIZ_NO_MESSAGE");
 *         struct gloss_span code = gloss_span(line.ptr + 6, line.len - 6);
 *
 *         assert(gloss_span_equal(code, gloss_span_str("BIZ_NO_MESSAGE")));
 *     }
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A run of bytes. They may be any bytes, and no NUL follows them. */
struct gloss_span {
    const char *ptr; /* NULL only where len is 0 */
    size_t len;
};

static inline struct gloss_span gloss_span(const char *ptr, size_t len)
{
    struct gloss_span s;

    s.ptr = ptr;
    s.len = len;
    return s;
}

/** The bytes of a C string, without its NUL. */
static inline struct gloss_span gloss_span_str(const char *str)
{
    return gloss_span(str, strlen(str));
}

/** Returns 1 where both spans hold the same bytes, else 0. */
static inline int gloss_span_equal(struct gloss_span a, struct gloss_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

#ifdef __cplusplus
}
#endif
#endif
