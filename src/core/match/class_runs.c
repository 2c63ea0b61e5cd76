/* A name begins where a run of identifier bytes does, or behind an escape sequence whose last byte
 * looks like one and so stands at the begin of such a run ("%0ABIZ_X" in a URL, "\\u000aBIZ_X" in
 * JSON, "[1KBIZ_X" behind an ESC). The kernel marks the begins of runs that are long enough; a
 * bitmap of hashed beginnings throws most of these away. The cost does not grow with the number of
 * names.
 */

#include "core/match/class_runs.h"

#include "core/base/bytes.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>

/* So many bits for a name, of which it sets two in one word, that one beginning in 70 is let
 * through for nothing; but the bitmap shall stay in the nearest cache, so it has at most 32 KiB. */
#define BITS_PER_NAME 16
#define BITMAP_LOG2_MIN 10
#define BITMAP_LOG2_MAX 18
#define KEY_MAX 8u
#define JSON_DIGITS_MAX 4
#define LOOK_BACK 4 /* as far as in_fixed_escape() does */

struct class_runs {
    struct kernel_runs kernel;
    unsigned key_len;   /* 1 to KEY_MAX */
    unsigned key_shift; /* that leaves so many bytes of a word */
    uint64_t *bitmap;
    unsigned shift; /* of a hash, to the index of its word */
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

bool class_runs_can_find(struct gloss_span name)
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

/* Eight bytes, the first one lowest. */
static inline uint64_t load8(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return le64toh(word);
}

/* The same of n bytes, the others NUL. */
static uint64_t load_short(const char *p, size_t n)
{
    char bytes[8] = {0};

    memcpy(bytes, p, n);
    return load8(bytes);
}

/* Of the key that a word begins with. The high bits depend on all of its bytes. */
static FORCE_INLINE uint64_t hash_of(const struct class_runs *r, uint64_t word)
{
    return (word << r->key_shift) * 0x9E3779B97F4A7C15u;
}

/* The two bits of a key in its word of the bitmap: below those that choose the word. */
#define BIT(hash) ((hash) >> 46 & 63)
#define OTHER_BIT(hash) ((hash) >> 40 & 63)

static void add_begin(struct class_runs *r, uint64_t word)
{
    uint64_t hash = hash_of(r, word);

    r->bitmap[hash >> r->shift] |= (uint64_t)1 << BIT(hash) | (uint64_t)1 << OTHER_BIT(hash);
}

/* Whether some name begins with the key in a word; seldom, where none does. */
static FORCE_INLINE bool is_begin(const struct class_runs *r, uint64_t word)
{
    uint64_t hash = hash_of(r, word), bits = r->bitmap[hash >> r->shift];

    return bits >> BIT(hash) & bits >> OTHER_BIT(hash) & 1;
}

static void shape_init(struct class_runs *r, const struct gloss_span *names, size_t n)
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
    r->key_shift = 64 - 8 * r->key_len;
}

int class_runs_new(struct class_runs **ret_runs, const struct gloss_span *names, size_t n)
{
    CLEANUP(class_runs_freep) struct class_runs *r = calloc(1, sizeof(*r));
    unsigned log2 = BITMAP_LOG2_MIN;

    if (!r)
        return -ENOMEM;
    while (log2 < BITMAP_LOG2_MAX && (size_t)1 << log2 < n * BITS_PER_NAME)
        log2++;
    r->shift = 64 + 6 - log2;
    r->bitmap = calloc(1, ((size_t)1 << log2) / 8);
    if (!r->bitmap)
        return -ENOMEM;
    shape_init(r, names, n);
    for (size_t i = 0; i < n; i++)
        add_begin(r, load_short(names[i].ptr, r->key_len));
    *ret_runs = TAKE_PTR(r);
    return 0;
}

struct class_runs *class_runs_free(struct class_runs *r)
{
    if (!r)
        return NULL;
    free(r->bitmap);
    free(r);
    return NULL;
}

/* The same of the key at a place. */
static bool may_begin(const struct class_runs *r, const struct kernel_text *text, size_t at)
{
    const char *p = text->bytes + at;

    if (__builtin_expect(at + KEY_MAX <= text->limit, 1))
        return is_begin(r, load8(p));
    return at + r->key_len <= text->limit && is_begin(r, load_short(p, r->key_len));
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

/* Whether an escape sequence of a fixed length may reach into the run at p: \n, %0A or \u000a, of
 * which all up to a small digit stands before it. LOOK_BACK bytes before p may be read. */
static inline bool in_fixed_escape(const char *p)
{
    char before = p[-1];

    if (before >= 'a' && before <= 'f')
        return p[-2] == '%' || p[-2] == 'u' || p[-3] == 'u' || p[-4] == 'u';
    return before == '%' || before == '\\' || before == 'u';
}

/* A run begins at a place: its begin may be a name's, or the end of an escape sequence in it. */
static int check(const struct class_runs *r, const struct kernel_text *text, size_t at,
                 struct candidates *out)
{
    size_t behind = ansi_end(text, at);
    int e = may_begin(r, text, at) ? candidates_add(out, at, CANDIDATE_NAME) : 0;

    if (e == 0 && may_begin(r, text, behind) && in_ansi(text, at))
        e = candidates_add(out, behind, CANDIDATE_NAME);
    if (at >= LOOK_BACK && !in_fixed_escape(text->bytes + at))
        return e;
    for (size_t i = 1; i <= JSON_DIGITS_MAX + 1 && e == 0; i++)
        if (may_begin(r, text, at + i))
            e = candidates_add(out, at + i, CANDIDATE_NAME);
    return e;
}

/* A high bit for the first byte of a word that is no digit, and perhaps for later ones. */
static inline uint64_t no_digits(uint64_t word)
{
    uint64_t x = word ^ 0x3030303030303030u;

    return (x | (x + 0x7676767676767676u)) & 0x8080808080808080u;
}

/* Whether check() could find something at a place. Asked of each run in a log, so it has but one
 * branch, and that seldom taken. */
static FORCE_INLINE bool may_matter(const struct class_runs *r, const struct kernel_text *text,
                                    size_t at)
{
    const char *p = text->bytes + at;
    uint64_t first, others;
    unsigned any;
    size_t behind;

    if (__builtin_expect(at < LOOK_BACK || at + 2 * KEY_MAX > text->limit, 0))
        return true;
    first = load8(p);
    others = no_digits(first);
    behind = (size_t)__builtin_ctzll(others | (uint64_t)1 << 63) / 8 + 1;
    any = is_begin(r, first);
    any |= is_begin(r, load8(p + behind));
    any |= (unsigned)(others == 0) & byte_is_word((unsigned char)p[8]);
    any |= in_fixed_escape(p);
    return any;
}

int class_runs_find(const struct class_runs *r, const struct kernel *kernel,
                    const struct kernel_text *text, uint32_t *places, struct candidates *out,
                    struct batch_work *ret_work)
{
    struct kernel_text turn = *text;
    int e = 0;

    for (; turn.begin < text->end && e == 0; turn.begin = turn.end) {
        size_t n;

        turn.end = MIN(turn.begin + KERNEL_CHUNK, text->end);
        n = kernel->runs(&r->kernel, &turn, places);
        ret_work->runs += n;
        for (size_t i = 0; i < n && e == 0; i++)
            if (__builtin_expect(may_matter(r, text, places[i]), 0))
                e = check(r, text, places[i], out);
    }
    return e;
}
