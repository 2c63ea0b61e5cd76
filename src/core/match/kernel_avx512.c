/* The kernel for AVX-512 with its permutation of bytes (VBMI): a block of 64 bytes is one vector,
 * and one look-up by seven bits of a byte does what AVX2 does by two look-ups of four bits each. */

#if defined(__x86_64__)

#include "core/match/kernel.h"

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define KERNEL_NAME kernel_avx512
#define KERNEL_TEXT "avx512"
#define KERNEL_COSTS .loop = 8, .teddy = 15, .rough = 10, .class_runs = 95

/* The permutation does not see the highest bit of a byte, so bytes c and c + 128 get the same
 * buckets. With KERNEL_EXACT that nominates a few places too many. */
struct prepared {
    __m512i low[KERNEL_DEPTH_MAX], high[KERNEL_DEPTH_MAX]; /* buckets of bytes 0 to 63, 64 to 127 */
    __m512i rough[KERNEL_DEPTH_MAX]; /* both together, by six bits of a byte */
};

static inline void prepare(struct prepared *p, const struct kernel_tables *tables)
{
    for (unsigned i = 0; i < tables->depth; i++) {
        p->low[i] = _mm512_loadu_si512(tables->folded[i]);
        p->high[i] = _mm512_loadu_si512(tables->folded[i] + 64);
    }
    for (unsigned i = 0; i < tables->depth; i++)
        p->rough[i] = _mm512_or_si512(p->low[i], p->high[i]);
}

struct matches {
    uint64_t mask;
};

/* The buckets that match, by six bits of each byte: one instruction for each place of the window,
 * where the exact look-up takes three. */
static FORCE_INLINE __m512i rough_buckets(const char *p, const struct prepared *t, unsigned depth)
{
    __m512i all = _mm512_permutexvar_epi8(_mm512_loadu_si512(p), t->rough[0]);

#pragma GCC unroll 5
    for (unsigned k = 1; k < depth; k++)
        all =
            _mm512_and_si512(all, _mm512_permutexvar_epi8(_mm512_loadu_si512(p + k), t->rough[k]));
    return all;
}

/* The buckets that match, by seven bits of each byte. */
static FORCE_INLINE __m512i buckets(const char *p, const struct prepared *t, unsigned depth)
{
    __m512i all = _mm512_permutex2var_epi8(t->low[0], _mm512_loadu_si512(p), t->high[0]);

#pragma GCC unroll 5
    for (unsigned k = 1; k < depth; k++)
        all = _mm512_and_si512(
            all, _mm512_permutex2var_epi8(t->low[k], _mm512_loadu_si512(p + k), t->high[k]));
    return all;
}

static FORCE_INLINE struct matches match_tables(const char *p, const struct prepared *t,
                                                unsigned depth, enum kernel_look look)
{
    __m512i all = look == KERNEL_ROUGH ? rough_buckets(p, t, depth) : buckets(p, t, depth);
    uint64_t mask = _mm512_test_epi8_mask(all, all);

    /* No window begins with a byte of 128 or more. */
    if (look == KERNEL_ASCII)
        mask &= ~_mm512_movepi8_mask(_mm512_loadu_si512(p));
    return (struct matches){mask};
}

static inline bool has_matches(const struct matches *m)
{
    return m->mask != 0;
}

static inline uint64_t mask_matches(const struct matches *m)
{
    return m->mask;
}

static inline uint64_t mask_equal(const char *p, char byte)
{
    return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(p), _mm512_set1_epi8(byte));
}

static inline size_t count_equal(const char *p, size_t n, char byte)
{
    size_t count = 0;

    for (size_t at = 0; at < n; at += 64)
        count += (size_t)__builtin_popcountll(mask_equal(p + at, byte));
    return count;
}

#include "core/match/kernel_body.h"

#endif
