/* A name begins where a run of identifier bytes does, or behind an escape sequence whose last byte
 * looks like one. The kernel marks the begins of runs that are long enough and whose first bytes
 * are those of a name; a bitmap of hashed beginnings throws most of these away. Escape sequences
 * are found by their introducers, which are rare. The cost does not grow with the number of names.
 */

#include "runs.h"

#include "border.h"
#include "bytes.h"

#include <assert.h>
#include <stdlib.h>

#define BITMAP_BITS 18 /* 32 KiB: it shall stay in the nearest cache */
#define KEY_MAX 8u

struct runs {
    struct kernel_runs kernel;
    struct kernel_tables introducers; /* what an escape sequence begins with */
    unsigned key_len;                 /* 1 to KEY_MAX */
    uint64_t *bitmap;
};

static bool is_upper_word(unsigned char c)
{
    return byte_is_word(c) && !(c >= 'a' && c <= 'z');
}

/* Length of the run that a name begins with, in the one class or the other. */
static size_t run_len(struct gloss_span name, bool (*in)(unsigned char))
{
    size_t n = 0;

    while (n < name.len && in((unsigned char)name.ptr[n]))
        n++;
    return n;
}

bool runs_can_find(struct gloss_span name)
{
    return run_len(name, byte_is_word) > 0;
}

static bool all_upper(const struct gloss_span *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (run_len(names[i], is_upper_word) != names[i].len)
            return false;
    return true;
}

/* A bucket for each high nibble: exact for ASCII. */
static void class_init(struct kernel_tables *t, const char *members)
{
    t->depth = 1;
    for (; *members; members++)
        kernel_tables_add(t, members, (unsigned char)*members >> 4);
    kernel_tables_finish(t);
}

static uint32_t hash_at(const char *p, size_t left, unsigned len)
{
    uint64_t key = 0;

    if (left >= 8)
        memcpy(&key, p, 8);
    else
        memcpy(&key, p, left);
    key = key << (64 - 8 * len) >> (64 - 8 * len);
    return (uint32_t)(key * 0x9E3779B97F4A7C15u >> (64 - BITMAP_BITS));
}

static void shape_init(struct runs *r, const struct gloss_span *names, size_t n)
{
    bool upper = all_upper(names, n);
    size_t run = KERNEL_RUN_MAX, shortest = KEY_MAX;

    for (size_t i = 0; i < n; i++) {
        run = MIN(run, run_len(names[i], upper ? is_upper_word : byte_is_word));
        shortest = MIN(shortest, names[i].len);
    }
    assert(shortest > 0);
    class_init(&r->kernel.class, upper ? "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                       : "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                         "abcdefghijklmnopqrstuvwxyz");
    class_init(&r->introducers, "\x1b\\%#");
    r->kernel.min_len = (unsigned)run;
    r->kernel.first.depth = (unsigned)MIN(shortest, (size_t)KERNEL_DEPTH_MAX);
    r->key_len = (unsigned)shortest;
}

int runs_new(struct runs **ret_runs, const struct gloss_span *names, size_t n)
{
    CLEANUP(runs_freep) struct runs *r = calloc(1, sizeof(*r));

    if (!r)
        return -ENOMEM;
    r->bitmap = calloc(1, ((size_t)1 << BITMAP_BITS) / 8);
    if (!r->bitmap)
        return -ENOMEM;
    shape_init(r, names, n);
    for (size_t i = 0; i < n; i++) {
        uint32_t h = hash_at(names[i].ptr, names[i].len, r->key_len);

        r->bitmap[h >> 6] |= (uint64_t)1 << (h & 63);
        kernel_tables_add(&r->kernel.first, names[i].ptr, (unsigned)(i * 8 / n));
    }
    kernel_tables_finish(&r->kernel.first);
    *ret_runs = TAKE_PTR(r);
    return 0;
}

struct runs *runs_free(struct runs *r)
{
    if (!r)
        return NULL;
    free(r->bitmap);
    free(r);
    return NULL;
}

static int check(const struct runs *r, const struct kernel_text *text, size_t at,
                 struct candidates *out)
{
    uint32_t h;

    if (text->limit - at < r->key_len)
        return 0;
    h = hash_at(text->bytes + at, text->limit - at, r->key_len);
    return r->bitmap[h >> 6] >> (h & 63) & 1 ? candidates_add(out, at, CANDIDATE_NAME) : 0;
}

int runs_find(const struct runs *r, const struct kernel *kernel, const struct kernel_text *text,
              uint32_t *places, struct candidates *out, size_t *ret_seen)
{
    struct kernel_text turn = *text;

    for (; turn.begin < text->end; turn.begin = turn.end) {
        size_t n, end;

        turn.end = MIN(turn.begin + KERNEL_CHUNK, text->end);
        n = kernel->runs(&r->kernel, &turn, places);
        *ret_seen += n;
        for (size_t i = 0; i < n; i++)
            if (check(r, text, places[i], out) < 0)
                return -ENOMEM;
        n = kernel->packed(&r->introducers, &turn, places);
        *ret_seen += n;
        for (size_t i = 0; i < n; i++) {
            end = gloss_escape_end(text->bytes, places[i], text->limit);
            if (end && check(r, text, end, out) < 0)
                return -ENOMEM;
        }
    }
    return 0;
}
