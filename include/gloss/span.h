#ifndef GLOSS_SPAN_H
#define GLOSS_SPAN_H

/* Bytes that somebody else owns. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A run of bytes, never NUL-terminated by hope. ptr may be NULL only when len is 0. */
struct gloss_span {
    const char *ptr;
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

static inline int gloss_span_equal(struct gloss_span a, struct gloss_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

#ifdef __cplusplus
}
#endif
#endif
