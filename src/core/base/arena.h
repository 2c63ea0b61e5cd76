#pragma once

/* Memory that is given out in small pieces and taken back all at once. */

#include <gloss/span.h>
#include <stddef.h>

/** Zero-initialised is empty. Pieces keep their address until arena_deinit(). */
struct arena {
    struct arena_chunk *chunks; /* owned; the one that is being filled comes first */
    size_t used, size;          /* of the first chunk */
};

/** n bytes, aligned for any type, not initialised; NULL: no memory. */
void *arena_alloc(struct arena *a, size_t n);
/** A copy of the bytes with a NUL behind them; NULL: no memory. */
char *arena_copy(struct arena *a, struct gloss_span s);
void arena_deinit(struct arena *a);
