/* The list of spans that an output is, in front of the memory that they point to:
 *
 *     input block   [line line line | hit line ........\n line line ...]
 *                    └──── one span ────────────────┘└─ one span ──────
 *     chunk memory             [  # BIZ_X: …]  <- one span, between the two
 *
 * A span that begins in memory where the last one ends makes the last one longer. So lines without
 * a note stay one span, however many pieces they were added in, and copies that follow each other
 * are one span. Copies are kept in chunks, which never move; the newest chunk is the first of the
 * chain. */

#include <gloss/spans.h>

#include "core/base/util.h"

#define CHUNK_BYTES ((size_t)65536)

struct gloss_spans_chunk {
    struct gloss_spans_chunk *older;
    size_t used, size;
    char bytes[];
};

void gloss_spans_add(struct gloss_spans *s, struct gloss_span span)
{
    if (span.len == 0 || s->failed)
        return;
    if (s->n > 0) {
        struct gloss_span *last = &s->items[s->n - 1];

        if (last->ptr + last->len == span.ptr) {
            last->len += span.len;
            s->bytes += span.len;
            return;
        }
    }
    if (GROW(&s->items, &s->size, s->n + 1) < 0) {
        s->failed = true;
        return;
    }
    s->items[s->n++] = span;
    s->bytes += span.len;
}

void gloss_spans_copy(struct gloss_spans *s, struct gloss_span span)
{
    char *room;

    if (span.len == 0)
        return;
    room = gloss_spans_room(s, span.len);
    if (!room)
        return;
    memcpy(room, span.ptr, span.len);
    gloss_spans_commit(s, span.len);
}

char *gloss_spans_room(struct gloss_spans *s, size_t n)
{
    struct gloss_spans_chunk *chunk = s->chunks;
    size_t size = MAX(n, CHUNK_BYTES), bytes;

    if (s->failed)
        return NULL;
    if (chunk && chunk->size - chunk->used >= n)
        return chunk->bytes + chunk->used;
    if (__builtin_add_overflow(sizeof(*chunk), size, &bytes)) {
        s->failed = true;
        return NULL;
    }
    chunk = malloc(bytes);
    if (!chunk) {
        s->failed = true;
        return NULL;
    }
    *chunk = (struct gloss_spans_chunk){.older = s->chunks, .size = size};
    s->chunks = chunk;
    return chunk->bytes;
}

void gloss_spans_commit(struct gloss_spans *s, size_t n)
{
    struct gloss_spans_chunk *chunk = s->chunks;

    if (n == 0)
        return;
    gloss_spans_add(s, gloss_span(chunk->bytes + chunk->used, n));
    chunk->used += n;
}

static void free_chunks(struct gloss_spans_chunk *chunk)
{
    while (chunk) {
        struct gloss_spans_chunk *older = chunk->older;

        free(chunk);
        chunk = older;
    }
}

/* One chunk of the usual size is kept. A larger chunk was made for something rare, and is freed. */
void gloss_spans_clear(struct gloss_spans *s)
{
    struct gloss_spans_chunk *kept = s->chunks;

    s->n = 0;
    s->bytes = 0;
    s->failed = false;
    if (!kept)
        return;
    free_chunks(kept->older);
    kept->older = NULL;
    kept->used = 0;
    if (kept->size > CHUNK_BYTES) {
        free(kept);
        s->chunks = NULL;
    }
}

void gloss_spans_deinit(struct gloss_spans *s)
{
    free_chunks(s->chunks);
    free(s->items);
    *s = (struct gloss_spans){0};
}
