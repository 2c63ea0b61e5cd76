#ifndef GLOSS_SPANS_H
#define GLOSS_SPANS_H

/* Output as a list of spans: most point into the input, the rest into memory of the list. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Zero-initialised is empty. Failure is sticky, as in struct gloss_buf. */
struct gloss_spans {
    struct gloss_span *items; /* owned; neighbours in memory are one span */
    size_t n, size;
    size_t bytes; /* sum of all lengths */
    bool failed;
    struct gloss_spans_chunk *chunks; /* owned; copies live here, at addresses that stay */
};

/** Adds borrowed bytes, which must live until the list is written and cleared. */
void gloss_spans_add(struct gloss_spans *s, struct gloss_span span);
/** Adds a copy. */
void gloss_spans_copy(struct gloss_spans *s, struct gloss_span span);
/** Room for at most n bytes, to be written by the caller and then added with gloss_spans_commit();
 * NULL: no memory. */
char *gloss_spans_room(struct gloss_spans *s, size_t n);
void gloss_spans_commit(struct gloss_spans *s, size_t n);
/** Empties the list, keeps one chunk of memory. */
void gloss_spans_clear(struct gloss_spans *s);
void gloss_spans_deinit(struct gloss_spans *s);

#ifdef __cplusplus
}
#endif
#endif
