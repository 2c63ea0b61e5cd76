#ifndef GLOSS_BUF_H
#define GLOSS_BUF_H

/* Text under construction. Failure is sticky: append freely, ask once at the end. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Zero-initialised is empty. ptr is owned and not NUL-terminated. */
struct gloss_buf {
    char *ptr;
    size_t len, size;
    bool failed; /* memory ran out: the content is what fitted, nothing more is appended */
};

/** Makes room for n more bytes and returns where they go, or NULL (then failed is set).
 * The caller adds what it wrote to len. */
char *gloss_buf_room(struct gloss_buf *b, size_t n);
void gloss_buf_append(struct gloss_buf *b, const void *bytes, size_t n);
void gloss_buf_span(struct gloss_buf *b, struct gloss_span s);
void gloss_buf_str(struct gloss_buf *b, const char *str);
void gloss_buf_char(struct gloss_buf *b, char c);
void gloss_buf_u64(struct gloss_buf *b, uint64_t n);
/** For text that is not on a hot path. */
void gloss_buf_printf(struct gloss_buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** The inside of a JSON string (no quotes): valid UTF-8 whatever comes in, each byte that is not
 * part of a well-formed sequence (RFC 3629) becomes U+FFFD; '"', '\\' and control characters
 * escaped (RFC 8259). */
void gloss_buf_json(struct gloss_buf *b, struct gloss_span s);
/** Empties it and keeps the memory. */
void gloss_buf_clear(struct gloss_buf *b);
void gloss_buf_deinit(struct gloss_buf *b);
static inline struct gloss_span gloss_buf_view(const struct gloss_buf *b)
{
    return gloss_span(b->ptr, b->len);
}

#ifdef __cplusplus
}
#endif
#endif
