/* Lines: one buffer, bytes in at its end, blocks out at its begin.
 *
 *        kept      begin            complete           end             size
 *     ┌───┬───────────┬──────────────────┬───────────────┬────────────────┐
 *     │   │  before   │   whole lines    │ a partial one │  room          │
 *     └───┴───────────┴──────────────────┴───────────────┴────────────────┘
 *
 * New bytes are searched backwards for their last newline, which on ordinary logs is near. All that
 * stands before it is one block, and no other newline was looked at. What stands behind it waits;
 * room() moves it to the front when the space behind it has become too small, and places it so that
 * the next read goes to the begin of a page.
 *
 * A block must not hold a line over max_line. To see that none does, it is enough to find, from the
 * begin of a line, the last newline within max_line bytes, and to go on behind it: one short look
 * per max_line bytes, however many lines there are.
 *
 * An overlong line leaves in parts of max_line bytes, counted from its first byte. A part waits
 * until a seam's worth of bytes behind it is there, or the end of its line: so its cut, its before
 * and its after are the same whether the line came in one read or byte by byte. While one is under
 * way the last seam of what was handed out stays in the buffer, as the next part's before. */

#include <gloss/lines.h>

#include "core/base/util.h"

#include <assert.h>

#define PAGE_BYTES ((size_t)4096)
#define CHUNK_MAX ((size_t)16 << 20)
#define MAX_LINE_MAX ((size_t)64 << 20)

struct gloss_lines {
    size_t chunk, max_line;
    char *memory; /* as malloc gave it; NULL: none yet */
    char *bytes;  /* the first page begin in it */
    size_t size;  /* of what is usable from there */
    /* Places in bytes; complete is never below begin. */
    size_t begin;    /* first byte that was not handed out */
    size_t complete; /* behind the last newline that came */
    size_t scanned;  /* up to where newlines were looked for */
    size_t end;      /* behind the last byte that came */
    uint64_t offset; /* of begin in the stream */
    size_t room;     /* what was offered for the next fill */
    bool ended;
    /* The overlong line that begin stands in. */
    bool overlong;
    size_t before;  /* bytes of it kept before begin; 0: nothing of it was handed out yet */
    size_t clean;   /* up to where it is known to have no newline */
    bool end_known; /* line_end is set: where its newline stands, or the end of the stream */
    size_t line_end;
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

/* Tells every place that the byte at `from` now stands at `to`. The two that are of no use outside
 * an overlong line may become nonsense; they are set when one begins. */
static void shift(struct gloss_lines *l, size_t from, size_t to)
{
    l->begin = l->begin - from + to;
    l->complete = l->complete - from + to;
    l->scanned = l->scanned - from + to;
    l->end = l->end - from + to;
    l->clean = l->clean - from + to;
    l->line_end = l->line_end - from + to;
}

/* Where n kept bytes shall stand, so that the read behind them is aligned if that fits. */
static size_t place_for(const struct gloss_lines *l, size_t n, size_t size)
{
    size_t aligned = (n + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;

    return aligned + l->chunk <= size ? aligned - n : 0;
}

/* Moves the n bytes at `from` into a buffer of another size. */
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

/* The size a buffer should have that keeps n bytes: two chunks for short lines, and twice what it
 * had, within what an overlong line may need, for one that grows. */
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

/* Looks at what came since the last look. */
static void find_last_newline(struct gloss_lines *l)
{
    const char *found = NULL;

    if (l->scanned < l->end)
        found = memrchr(l->bytes + l->scanned, '\n', l->end - l->scanned);
    if (found)
        l->complete = (size_t)(found - l->bytes) + 1;
    l->scanned = l->end;
}

/* The place behind the last line that is whole and of bearable length, from begin on. */
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

/* Hands out what stands between begin and `to`. */
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

/* Looks for the end of the overlong line in the bytes that it was not yet looked for. */
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

/* The next part of an overlong line, when it and what stands behind it are there. */
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

/* Whether the line at begin, of which no newline was found within max_line bytes, is known to be
 * overlong and its first part can be made. */
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
