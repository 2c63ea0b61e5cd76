#ifndef GLOSS_SPANS_H
#define GLOSS_SPANS_H

/* Output as a list of spans. Most spans point into the input, so that its bytes are not copied;
 * what has no place there is copied into memory of the list.
 *
 *     #include <assert.h>
 *     #include <gloss/spans.h>
 *
 *     int main(void)
 *     {
 *         static const char line[] = "send failed\n";
 *         struct gloss_spans out = {0};
 *
 *         gloss_spans_add(&out, gloss_span(line, 11));
 *         gloss_spans_copy(&out, gloss_span_str("  # a note"));
 *         gloss_spans_add(&out, gloss_span(line + 11, 1));
 *         assert(!out.failed && out.n == 3 && out.items[0].ptr == line);
 *         gloss_spans_deinit(&out);
 *     }
 */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A list of spans. Zero-initialised, it is empty. When memory runs out, `failed` is set, and
 * further calls add nothing until gloss_spans_clear(): a writer asks once, at the end. */
struct gloss_spans {
    struct gloss_span *items; /* owned; spans that are neighbours in memory become one */
    size_t n, size;
    size_t bytes; /* the sum of all lengths */
    bool failed;
    struct gloss_spans_chunk *chunks; /* owned; the copies, which never move */
};

/** Adds borrowed bytes. They must live until the list is written and cleared. */
void gloss_spans_add(struct gloss_spans *s, struct gloss_span span);

/** Adds a copy of the bytes. */
void gloss_spans_copy(struct gloss_spans *s, struct gloss_span span);

/** Room in the memory of the list for at most n bytes, which the caller writes and then adds with
 * gloss_spans_commit(). Good until the next call. Returns NULL when memory runs out. */
char *gloss_spans_room(struct gloss_spans *s, size_t n);

/** Adds the first n bytes of the room that gloss_spans_room() returned last. */
void gloss_spans_commit(struct gloss_spans *s, size_t n);

/** Empties the list; a chunk of its memory is kept for the next use. */
void gloss_spans_clear(struct gloss_spans *s);

/** Frees what the list owns and empties it. */
void gloss_spans_deinit(struct gloss_spans *s);

#ifdef __cplusplus
}
#endif
#endif
