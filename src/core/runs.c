/* A name begins where a run of identifier bytes does, or behind an escape sequence whose last byte
 * looks like one and so stands at the begin of such a run ("%0ABIZ_X" in a URL, "\\u000aBIZ_X" in
 * JSON, "[1KBIZ_X" behind an ESC). The kernel marks the begins of runs that are long enough; a
 * bitmap of hashed beginnings throws most of these away. The cost does not grow with the number of
 * names.
 */

#include "runs.h"

#include "bytes.h"

#include <assert.h>
#include <stdlib.h>

/* So many bits for a name that one beginning in 16 is let through for nothing; but the bitmap shall
 * stay in the nearest cache, so it has at most 32 KiB. */
#define BITS_PER_NAME 16
#define BITMAP_LOG2_MIN 10
#define BITMAP_LOG2_MAX 18
#define KEY_MAX 8u
#define ESCAPE_DIGITS_MAX 4

struct runs {
    struct kernel_runs kernel;
    unsigned key_len; /* 1 to KEY_MAX */
    uint64_t *bitmap;
    unsigned bitmap_log2; /* bits in it */
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

static uint32_t hash_at(const struct runs *r, const char *p, size_t left)
{
    uint64_t key = 0;

    if (left >= 8)
        memcpy(&key, p, 8);
    else
        memcpy(&key, p, left);
    key <<= 64 - 8 * r->key_len;
    return (uint32_t)(key * 0x9E3779B97F4A7C15u >> (64 - r->bitmap_log2));
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
    r->kernel.min_len = (unsigned)run;
    r->key_len = (unsigned)shortest;
}

int runs_new(struct runs **ret_runs, const struct gloss_span *names, size_t n)
{
    CLEANUP(runs_freep) struct runs *r = calloc(1, sizeof(*r));

    if (!r)
        return -ENOMEM;
    r->bitmap_log2 = BITMAP_LOG2_MIN;
    while (r->bitmap_log2 < BITMAP_LOG2_MAX && (size_t)1 << r->bitmap_log2 < n * BITS_PER_NAME)
        r->bitmap_log2++;
    r->bitmap = calloc(1, ((size_t)1 << r->bitmap_log2) / 8);
    if (!r->bitmap)
        return -ENOMEM;
    shape_init(r, names, n);
    for (size_t i = 0; i < n; i++) {
        uint32_t h = hash_at(r, names[i].ptr, names[i].len);

        r->bitmap[h >> 6] |= (uint64_t)1 << (h & 63);
    }
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

/* Whether some name begins as the text does at a place; seldom, where none does. */
static bool may_begin(const struct runs *r, const struct kernel_text *text, size_t at)
{
    uint32_t h;

    if (at + r->key_len > text->limit)
        return false;
    h = hash_at(r, text->bytes + at, text->limit - at);
    return r->bitmap[h >> 6] >> (h & 63) & 1;
}

/* Whether the bytes before a place can be an ANSI sequence up to its letter: [ parameters. */
static bool in_ansi(const struct kernel_text *text, size_t at)
{
    while (at > 0 && text->bytes[at - 1] >= ' ' && text->bytes[at - 1] <= '?')
        at--;
    return at > 0 && text->bytes[at - 1] == '[';
}

/* Behind the letter that such a sequence ends with; its last parameter may be in the run, too. */
static size_t ansi_end(const struct kernel_text *text, size_t at)
{
    while (at < text->limit && byte_is_digit((unsigned char)text->bytes[at]))
        at++;
    return at + 1;
}

/* The longest escape of a fixed length, but for its backslash, is u and four digits. Its last
 * digits begin a run where the one before them is no capital. */
static bool in_fixed_escape(char before)
{
    return before == '%' || before == '\\' || before == 'u' || (before >= 'a' && before <= 'f');
}

/* A run begins at a place: its begin may be a name's, or the end of an escape sequence in it. */
static int check(const struct runs *r, const struct kernel_text *text, size_t at,
                 struct candidates *out)
{
    size_t behind = ansi_end(text, at);
    int e = may_begin(r, text, at) ? candidates_add(out, at, CANDIDATE_NAME) : 0;

    if (at == 0)
        return e;
    if (e == 0 && may_begin(r, text, behind) && in_ansi(text, at))
        e = candidates_add(out, behind, CANDIDATE_NAME);
    if (!in_fixed_escape(text->bytes[at - 1]))
        return e;
    for (size_t i = 1; i <= ESCAPE_DIGITS_MAX + 1 && e == 0; i++)
        if (may_begin(r, text, at + i))
            e = candidates_add(out, at + i, CANDIDATE_NAME);
    return e;
}

int runs_find(const struct runs *r, const struct kernel *kernel, const struct kernel_text *text,
              uint32_t *places, struct candidates *out, struct filter_work *ret_work)
{
    struct kernel_text turn = *text;
    int e = 0;

    for (; turn.begin < text->end && e == 0; turn.begin = turn.end) {
        size_t n;

        turn.end = MIN(turn.begin + KERNEL_CHUNK, text->end);
        n = kernel->runs(&r->kernel, &turn, places);
        ret_work->places += n;
        for (size_t i = 0; i < n && e == 0; i++)
            e = check(r, text, places[i], out);
    }
    return e;
}
