#ifndef GLOSS_BUF_H
#define GLOSS_BUF_H

/* Text under construction: append to it freely, and ask once at the end whether memory ran out.
 *
 *     #include <gloss/buf.h>
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *         struct gloss_buf text = {0};
 *
 *         gloss_buf_str(&text, "{\"message\": \"");
 *         gloss_buf_json(&text, gloss_span_str("say \"no\""));
 *         gloss_buf_printf(&text, "\", \"line\": %d}\n", 7);
 *         if (!text.failed)
 *             fwrite(text.ptr, 1, text.len, stdout);
 *         gloss_buf_deinit(&text);
 *     }
 */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A text. Zero-initialised, it is empty. */
struct gloss_buf {
    char *ptr; /* owned; len bytes, without a NUL behind them */
    size_t len, size;
    bool failed; /* memory ran out: the text is a part of what was appended, and nothing is appended
                    any more until gloss_buf_clear() */
};

/** Room for n more bytes at the end of the text. The caller writes there and adds to b->len how
 * many bytes it wrote. Good until the next call. Returns NULL when memory runs out. */
char *gloss_buf_room(struct gloss_buf *b, size_t n);

/** These append n bytes, a span, a C string, a character, and a number in decimal digits. */
void gloss_buf_append(struct gloss_buf *b, const void *bytes, size_t n);
void gloss_buf_span(struct gloss_buf *b, struct gloss_span s);
void gloss_buf_str(struct gloss_buf *b, const char *str);
void gloss_buf_char(struct gloss_buf *b, char c);
void gloss_buf_u64(struct gloss_buf *b, uint64_t n);

/** Appends what printf(3) would print. It formats twice, to learn the length first. */
void gloss_buf_printf(struct gloss_buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Appends what stands for any bytes between the quotation marks of a JSON string (RFC 8259): '"',
 * '\\' and control characters are escaped, and each byte that is not part of well-formed UTF-8
 * (RFC 3629) becomes U+FFFD. */
void gloss_buf_json(struct gloss_buf *b, struct gloss_span s);

/** Empties the text, resets `failed` and keeps the memory. */
void gloss_buf_clear(struct gloss_buf *b);

/** Frees the memory and empties the text. */
void gloss_buf_deinit(struct gloss_buf *b);

/** The text as a span; it dies with the next call that changes the text. */
static inline struct gloss_span gloss_buf_view(const struct gloss_buf *b)
{
    return gloss_span(b->ptr, b->len);
}

#ifdef __cplusplus
}
#endif
#endif
