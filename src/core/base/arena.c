/* A list of chunks, each twice as large as the one before it, up to a limit. So a small document
 * takes little memory, and a large one takes few calls of malloc() and free(). */

#include "core/base/arena.h"
#include "core/base/util.h"

#define CHUNK_FIRST 2048
#define CHUNK_MAX ((size_t)256 * 1024)

struct arena_chunk {
    struct arena_chunk *next;
    max_align_t bytes[];
};

/* Begins a chunk with room for n bytes. What is left of the chunk before is lost. */
static int arena_grow(struct arena *a, size_t n)
{
    size_t size = MIN(MAX(a->size * 2, (size_t)CHUNK_FIRST), CHUNK_MAX);
    struct arena_chunk *chunk;

    size = MAX(size, n);
    if (size > PTRDIFF_MAX - sizeof(*chunk))
        return -ENOMEM;
    chunk = malloc(sizeof(*chunk) + size);
    if (!chunk)
        return -ENOMEM;
    chunk->next = a->chunks;
    a->chunks = chunk;
    a->size = size;
    a->used = 0;
    return 0;
}

static void *arena_take(struct arena *a, size_t n, size_t align)
{
    size_t at = (a->used + align - 1) / align * align;

    if (at > a->size || n > a->size - at) {
        if (arena_grow(a, n) < 0)
            return NULL;
        at = 0;
    }
    a->used = at + n;
    return (char *)a->chunks->bytes + at;
}

void *arena_alloc(struct arena *a, size_t n)
{
    return arena_take(a, n, _Alignof(max_align_t));
}

char *arena_copy(struct arena *a, struct gloss_span s)
{
    char *copy = arena_take(a, s.len + 1, 1);

    if (!copy)
        return NULL;
    if (s.len > 0)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

void arena_deinit(struct arena *a)
{
    struct arena_chunk *next;

    for (struct arena_chunk *chunk = a->chunks; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    *a = (struct arena){0};
}
