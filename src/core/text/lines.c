/* One buffer: bytes come in at its end, and blocks go out at its start.
 *
 *        kept      begin            complete              end             size
 *     ┌───┬───────────┬──────────────────┬──────────────────┬────────────────┐
 *     │   │  before   │   whole lines    │ incomplete line  │  room          │
 *     └───┴───────────┴──────────────────┴──────────────────┴────────────────┘
 *
 * New bytes are searched backwards for their last newline, which is near on ordinary logs.
 * Everything before it is one block; no other newline has to be looked for. The incomplete line
 * behind it waits. When the room behind that line becomes too small, the line is moved to the front
 * of the buffer, to such a place that the next read begins on a page.
 *
 * A block must not contain a line longer than max_line. To make sure, the last newline within
 * max_line bytes is looked for, from the start of a line, and then again from behind it: one short
 * search for each max_line bytes, however many lines they are.
 *
 * An overlong line goes out in parts of max_line bytes, counted from its first byte. A part waits
 * until GLOSS_SEAM_BYTES bytes behind it have come, or the end of the line. So a part, its `before`
 * and its `after` are the same whether the line came in one read or byte by byte. As long as an
 * overlong line is going out, the last GLOSS_SEAM_BYTES bytes that went out stay in the buffer:
 * they are the `before` of the next part. */

#include <gloss/lines.h>

#include "core/base/util.h"

#include <assert.h>

#define PAGE_BYTES ((size_t)4096)
#define CHUNK_MAX ((size_t)16 << 20)
#define MAX_LINE_MAX ((size_t)64 << 20)

struct gloss_lines {
    size_t chunk, max_line;
    char *memory; /* from malloc(); NULL: none was needed yet */
    char *bytes;  /* the first start of a page in it */
    size_t size;  /* bytes from there on */
    /* Offsets in bytes; complete is never below begin. */
    size_t begin;    /* of the first byte that was not handed out */
    size_t complete; /* behind the last newline */
    size_t scanned;  /* newlines have been looked for up to here */
    size_t end;      /* behind the last byte */
    uint64_t offset; /* of begin in the stream */
    size_t room;     /* bytes that the next gloss_lines_fill() may bring */
    bool ended;
    /* Whether begin stands in an overlong line; the rest is only of meaning if so. */
    bool overlong;
    size_t before;   /* bytes of the line kept before begin; 0: no part of it was handed out yet */
    size_t clean;    /* the line is known to have no newline up to here */
    bool end_known;  /* line_end is known */
    size_t line_end; /* where the newline of the line stands, or the end of the stream */
};

int gloss_lines_new(struct gloss_lines **ret_lines, size_t chunk, size_t max_line, uint64_t offset)
{
    struct gloss_lines *l;

    assert(chunk > 0 && chunk <= CHUNK_MAX);
    assert(max_line > 0 && max_line <= MAX_LINE_MAX);
    l = calloc(1, sizeof(*l));
    if (!l)
        return -ENOMEM;
    l->chunk = chunk;
    l->max_line = max_line;
    l->offset = offset;
    *ret_lines = l;
    return 0;
}

struct gloss_lines *gloss_lines_free(struct gloss_lines *l)
{
    if (l) {
        free(l->memory);
        free(l);
    }
    return NULL;
}

/* Corrects all offsets after the byte at `from` has moved to `to`. Those that are only of meaning
 * in an overlong line may become nonsense; they are set when one begins. */
static void shift(struct gloss_lines *l, size_t from, size_t to)
{
    l->begin = l->begin - from + to;
    l->complete = l->complete - from + to;
    l->scanned = l->scanned - from + to;
    l->end = l->end - from + to;
    l->clean = l->clean - from + to;
    l->line_end = l->line_end - from + to;
}

/* The offset at which n kept bytes are to stand, so that the next read begins on a page, if there
 * is room for that. */
static size_t place_for(const struct gloss_lines *l, size_t n, size_t size)
{
    size_t aligned = (n + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;

    return aligned + l->chunk <= size ? aligned - n : 0;
}

/* Moves the n bytes at `from` into a new buffer of that size. */
static int resize(struct gloss_lines *l, size_t from, size_t n, size_t size)
{
    size_t to = place_for(l, n, size);
    char *memory, *bytes;

    memory = malloc(size + PAGE_BYTES - 1);
    if (!memory)
        return -ENOMEM;
    bytes = memory + (PAGE_BYTES - (uintptr_t)memory % PAGE_BYTES) % PAGE_BYTES;
    if (n > 0)
        memcpy(bytes + to, l->bytes + from, n);
    free(l->memory);
    l->memory = memory;
    l->bytes = bytes;
    l->size = size;
    shift(l, from, to);
    return 0;
}

/* The size for a buffer that keeps n bytes: two chunks for short lines; for a line that grows,
 * twice the size before, but not more than an overlong line may need. */
static size_t size_for(const struct gloss_lines *l, size_t n)
{
    size_t most = l->max_line + 2 * (size_t)GLOSS_SEAM_BYTES + l->chunk;

    if (n <= l->chunk && !l->overlong)
        return 2 * l->chunk;
    if (n + l->chunk <= l->size)
        return l->size;
    return MAX(n + l->chunk, MIN(2 * l->size, most));
}

int gloss_lines_room(struct gloss_lines *l, char **ret_place, size_t *ret_size)
{
    size_t from = l->begin - l->before;
    size_t n = l->end - from;
    size_t size = size_for(l, n);
    int r;

    assert(!l->ended);
    if (size != l->size) {
        r = resize(l, from, n, size);
        if (r < 0)
            return r;
    } else if (n == 0) {
        shift(l, from, 0);
    } else if (l->size - l->end < l->chunk) {
        size_t to = place_for(l, n, size);

        memmove(l->bytes + to, l->bytes + from, n);
        shift(l, from, to);
    }
    l->room = l->chunk;
    *ret_place = l->bytes + l->end;
    *ret_size = l->room;
    return 0;
}

void gloss_lines_fill(struct gloss_lines *l, size_t n)
{
    assert(n <= l->room);
    l->end += n;
    l->room -= n;
}

void gloss_lines_end(struct gloss_lines *l)
{
    l->ended = true;
}

/* Looks for the last newline in the bytes that have come since the last call. */
static void find_last_newline(struct gloss_lines *l)
{
    const char *found = NULL;

    if (l->scanned < l->end)
        found = memrchr(l->bytes + l->scanned, '\n', l->end - l->scanned);
    if (found)
        l->complete = (size_t)(found - l->bytes) + 1;
    l->scanned = l->end;
}

/* The end of the last whole line from begin on before which no line is longer than max_line. */
static size_t whole_lines_end(const struct gloss_lines *l)
{
    size_t at = l->begin;

    while (l->complete - at > l->max_line + 1) {
        const char *found = memrchr(l->bytes + at, '\n', l->max_line + 1);

        if (!found)
            return at;
        at = (size_t)(found - l->bytes) + 1;
    }
    return l->complete;
}

/* Hands out the bytes from begin to `to`. */
static void take(struct gloss_lines *l, size_t to, struct gloss_block *ret_block)
{
    *ret_block = (struct gloss_block){
        .bytes = gloss_span(l->bytes + l->begin, to - l->begin),
        .offset = l->offset,
        .before = l->before,
        .begins_line = l->before == 0,
        .ends_line = true,
    };
    l->offset += to - l->begin;
    l->begin = to;
    l->complete = MAX(l->complete, to);
}

/* Looks for the end of the overlong line in those of its bytes that were not searched yet. */
static void find_line_end(struct gloss_lines *l)
{
    if (l->end_known)
        return;
    if (l->begin < l->complete) {
        const char *found = memchr(l->bytes + l->clean, '\n', l->complete - l->clean);

        l->line_end = (size_t)(found - l->bytes);
        l->end_known = true;
        return;
    }
    l->clean = l->end;
    l->line_end = l->end;
    l->end_known = l->ended;
}

/* Hands out the next part of an overlong line, when it and the bytes that may be read behind it
 * have come. */
static int next_part(struct gloss_lines *l, struct gloss_block *ret_block)
{
    size_t text;

    find_line_end(l);
    text = l->line_end - l->begin;
    if (l->end_known && text <= l->max_line) {
        take(l, MIN(l->line_end + 1, l->end), ret_block);
        l->overlong = l->end_known = false;
        l->before = 0;
        return 1;
    }
    if (!l->end_known && text < l->max_line + GLOSS_SEAM_BYTES)
        return 0;
    take(l, l->begin + l->max_line, ret_block);
    ret_block->after = MIN(text - l->max_line, (size_t)GLOSS_SEAM_BYTES);
    ret_block->ends_line = false;
    l->before = MIN(l->before + l->max_line, (size_t)GLOSS_SEAM_BYTES);
    return 1;
}

/* Whether the line at begin, which has no newline within max_line bytes, is known to be overlong
 * and its first part can be handed out. */
static bool begins_overlong(const struct gloss_lines *l)
{
    size_t n = l->end - l->begin;

    if (l->begin < l->complete || l->ended)
        return n > l->max_line;
    return n >= l->max_line + GLOSS_SEAM_BYTES;
}

int gloss_lines_next(struct gloss_lines *l, struct gloss_block *ret_block)
{
    size_t whole;

    find_last_newline(l);
    if (l->overlong)
        return next_part(l, ret_block);
    whole = whole_lines_end(l);
    if (whole > l->begin) {
        take(l, whole, ret_block);
        return 1;
    }
    if (begins_overlong(l)) {
        l->overlong = true;
        l->clean = l->begin < l->complete ? l->begin + l->max_line + 1 : l->end;
        return next_part(l, ret_block);
    }
    if (!l->ended || l->begin == l->end)
        return 0;
    take(l, l->end, ret_block);
    return 1;
}

size_t gloss_lines_waiting(const struct gloss_lines *l)
{
    return l->end - l->begin;
}

void gloss_lines_reset(struct gloss_lines *l, uint64_t offset)
{
    struct gloss_lines fresh = {
        .chunk = l->chunk,
        .max_line = l->max_line,
        .memory = l->memory,
        .bytes = l->bytes,
        .size = l->size,
        .offset = offset,
    };

    *l = fresh;
}
