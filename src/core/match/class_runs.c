/* A name begins where a run of identifier bytes begins, or behind an escape sequence. The last
 * bytes of an escape sequence look like an identifier, so that the name stands inside of the run
 * that they begin: "%0ABIZ_X" in a URL, "\\u000aBIZ_X" in JSON, "[1KBIZ_X" behind an ESC.
 *
 * A kernel names the places where a run begins that is at least as long as the shortest run at the
 * start of a name. Of these places most go no further: the first bytes there, the key, are hashed,
 * and a Bloom filter knows which hashes some name has. The filter keeps the bits of a key in one
 * word (a blocked Bloom filter: Putze, Sanders and Singler, 2007), so that a look-up loads memory
 * once. */

#include "core/match/class_runs.h"

#include "core/base/bytes.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>

/* Bits of the bitmap for each name. A name sets two of them, so that about one place in 70 passes
 * where no name begins. The bitmap has at most 2^18 bits = 32 KiB, to stay in the nearest cache. */
#define BITS_PER_NAME 16
#define BITMAP_LOG2_MIN 10
#define BITMAP_LOG2_MAX 18
/* The longest key, in bytes. */
#define KEY_MAX 8u
#define JSON_DIGITS_MAX 4
#define LOOK_BACK 4 /* bytes before a place that in_fixed_escape() reads */

struct class_runs {
    struct kernel_class_runs kernel;
    unsigned key_len;   /* bytes of a key: 1 to KEY_MAX, as many as the shortest name has */
    unsigned key_shift; /* left shift of a word that leaves its first key_len bytes */
    uint64_t *bitmap;
    unsigned shift; /* right shift of a hash that leaves the index of its word in the bitmap */
};

static bool is_upper_word(unsigned char c)
{
    return byte_is_word(c) && !(c >= 'a' && c <= 'z');
}

/* How many bytes at the start of a name are in a class. */
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

/* A table of one place that tells the bytes of a class exactly: each high nibble has a bucket of
 * its own, which is enough for ASCII. */
static void class_init(struct kernel_tables *t, const char *members)
{
    t->depth = 1;
    for (; *members; members++)
        kernel_tables_add(t, members, (unsigned char)*members >> 4);
    kernel_tables_finish(t);
}

/* Eight bytes as a number, the first one lowest. */
static inline uint64_t load8(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return le64toh(word);
}

/* n bytes as a number like that; the others count as NUL. */
static uint64_t load_short(const char *p, size_t n)
{
    char bytes[8] = {0};

    memcpy(bytes, p, n);
    return load8(bytes);
}

/* The hash of the key that a word of text begins with. Its high bits depend on all bytes of the
 * key. */
static FORCE_INLINE uint64_t hash_of(const struct class_runs *r, uint64_t word)
{
    return (word << r->key_shift) * 0x9E3779B97F4A7C15u;
}

/* Which two bits of its word of the bitmap a key sets. They come from bits of the hash below those
 * that choose the word. */
#define BIT(hash) ((hash) >> 46 & 63)
#define OTHER_BIT(hash) ((hash) >> 40 & 63)

static void add_key(struct class_runs *r, uint64_t word)
{
    uint64_t hash = hash_of(r, word);

    r->bitmap[hash >> r->shift] |= (uint64_t)1 << BIT(hash) | (uint64_t)1 << OTHER_BIT(hash);
}

/* Whether a name begins with the key in a word of text. Rarely true where none does. */
static FORCE_INLINE bool is_key(const struct class_runs *r, uint64_t word)
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
        add_key(r, load_short(names[i].ptr, r->key_len));
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

/* Whether a name begins with the key at a place. Rarely true where none does. */
static bool may_begin(const struct class_runs *r, const struct kernel_text *text, size_t at)
{
    const char *p = text->bytes + at;

    if (__builtin_expect(at + KEY_MAX <= text->limit, 1))
        return is_key(r, load8(p));
    return at + r->key_len <= text->limit && is_key(r, load_short(p, r->key_len));
}

/* Whether an ANSI escape sequence may end before `behind`, of which the run that begins at `at` has
 * the letter and perhaps digits of the last parameter. No letter is a parameter, so that however
 * many runs are asked about, a byte is read back over once. */
static bool in_ansi(const struct kernel_text *text, size_t at, size_t behind)
{
    if (!byte_is_letter((unsigned char)text->bytes[behind - 1]))
        return false;
    while (at > 0 && text->bytes[at - 1] >= ' ' && text->bytes[at - 1] <= '?')
        at--;
    return at > 0 && text->bytes[at - 1] == '[';
}

/* The place behind the letter that such a sequence ends with. Digits of its last parameter may
 * stand at the start of the run. */
static size_t ansi_end(const struct kernel_text *text, size_t at)
{
    while (at < text->limit && byte_is_digit((unsigned char)text->bytes[at]))
        at++;
    return at + 1;
}

/* Whether an escape sequence of fixed length (\n, %0A, \u000a) may reach into the run that begins
 * at p. Directly before p stands then what introduces it, "\", "%" or "u", or a lower-case digit
 * behind that, since such a digit is in no run of capitals. LOOK_BACK bytes before p may be read.
 */
static inline bool in_fixed_escape(const char *p)
{
    char before = p[-1];

    if (before >= 'a' && before <= 'f')
        return p[-2] == '%' || p[-2] == 'u' || p[-3] == 'u' || p[-4] == 'u';
    return before == '%' || before == '\\' || before == 'u';
}

/* Adds the candidates of a run: its start, and what may be the end of an escape sequence in it. */
static int check(const struct class_runs *r, const struct kernel_text *text, size_t at,
                 struct candidates *out)
{
    size_t behind = ansi_end(text, at);
    int e = may_begin(r, text, at) ? candidates_add(out, at, CANDIDATE_NAME) : 0;

    if (e == 0 && may_begin(r, text, behind) && in_ansi(text, at, behind))
        e = candidates_add(out, behind, CANDIDATE_NAME);
    if (at >= LOOK_BACK && !in_fixed_escape(text->bytes + at))
        return e;
    for (size_t i = 1; i <= JSON_DIGITS_MAX + 1 && e == 0; i++)
        if (may_begin(r, text, at + i))
            e = candidates_add(out, at + i, CANDIDATE_NAME);
    return e;
}

/* A high bit in the first byte of a word that is no digit, and perhaps in bytes behind it. */
static inline uint64_t no_digits(uint64_t word)
{
    uint64_t x = word ^ 0x3030303030303030u;

    return (x | (x + 0x7676767676767676u)) & 0x8080808080808080u;
}

/* Whether check() may find something at a place. Since this is asked of every run in a log, it has
 * a single branch, and one that is rarely taken. */
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
    any = is_key(r, first);
    any |= is_key(r, load8(p + behind));
    any |= (unsigned)(others == 0) & byte_is_word((unsigned char)p[8]);
    any |= in_fixed_escape(p);
    return any;
}

int class_runs_find(const struct class_runs *r, const struct kernel *kernel,
                    const struct kernel_text *text, uint32_t *places, struct candidates *out,
                    struct prefilter_work *ret_work)
{
    struct kernel_text turn = *text;
    int e = 0;

    for (; turn.begin < text->end && e == 0; turn.begin = turn.end) {
        size_t n;

        turn.end = MIN(turn.begin + KERNEL_CHUNK, text->end);
        n = kernel->class_runs(&r->kernel, &turn, places);
        ret_work->runs += n;
        for (size_t i = 0; i < n && e == 0; i++)
            if (__builtin_expect(may_matter(r, text, places[i]), 0))
                e = check(r, text, places[i], out);
    }
    return e;
}
