#pragma once

/* Memory that is given out in small pieces and freed all at once. */

#include <gloss/span.h>
#include <stddef.h>

/** Zero-initialised, it is empty. Pieces never move. */
struct arena {
    struct arena_chunk *chunks; /* owned; the first one is being filled */
    size_t used, size;          /* bytes of the first chunk that are taken; that it has */
};

/** A piece of n bytes, aligned for any type and not initialised. Returns NULL when memory runs out.
 */
void *arena_alloc(struct arena *a, size_t n);
/** A copy of the bytes with a NUL behind them. Returns NULL when memory runs out. */
char *arena_copy(struct arena *a, struct gloss_span s);

/** Frees all pieces and empties the arena. */
void arena_deinit(struct arena *a);
