/* The kernels with AVX2, two vectors of 32 bytes a block. */

#if defined(__x86_64__)

#include "kernel.h"

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define KERNEL_NAME kernel_avx2
#define KERNEL_TEXT "avx2"
#define KERNEL_COSTS .packed = 31, .rough = 20, .runs = 190

struct prepared {
    __m256i low[KERNEL_DEPTH_MAX], high[KERNEL_DEPTH_MAX];
    bool is_rough;
};

static inline void prepare(struct prepared *p, const struct kernel_tables *tables)
{
    for (unsigned i = 0; i < tables->depth; i++) {
        p->low[i] = _mm256_broadcastsi128_si256(
            _mm_loadu_si128((const __m128i *)(const void *)tables->low[i]));
        p->high[i] = _mm256_broadcastsi128_si256(
            _mm_loadu_si128((const __m128i *)(const void *)tables->high[i]));
    }
    p->is_rough = tables->rough && tables->ascii;
}

static inline __m256i load(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* The buckets of each byte at one place of a literal. */
static inline __m256i buckets(const char *p, const struct prepared *t, unsigned place)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i v = load(p + place);
    __m256i low = _mm256_shuffle_epi8(t->low[place], _mm256_and_si256(v, nibble));
    __m256i high =
        _mm256_shuffle_epi8(t->high[place], _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble));

    return _mm256_and_si256(low, high);
}

/* By the low nibble: one lookup a place, where the exact one takes two and the nibbles apart. The
 * lookup gives nothing for a byte of 128 or more. */
static inline __attribute__((always_inline)) __m256i
rough_buckets(const char *p, const struct prepared *t, unsigned depth)
{
    __m256i all = _mm256_shuffle_epi8(t->low[0], load(p));

#pragma GCC unroll 3
    for (unsigned k = 1; k < depth; k++)
        all = _mm256_and_si256(all, _mm256_shuffle_epi8(t->low[k], load(p + k)));
    return all;
}

static inline __attribute__((always_inline)) uint32_t mask_of(__m256i buckets)
{
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(buckets, _mm256_setzero_si256()));
}

static inline __attribute__((always_inline)) uint32_t
mask_half(const char *p, const struct prepared *t, unsigned depth)
{
    __m256i all = buckets(p, t, 0);

#pragma GCC unroll 3
    for (unsigned k = 1; k < depth; k++)
        all = _mm256_and_si256(all, buckets(p, t, k));
    return mask_of(all);
}

static inline __attribute__((always_inline)) uint64_t
mask_tables(const char *p, const struct prepared *t, unsigned depth)
{
    if (t->is_rough)
        return mask_of(rough_buckets(p, t, depth)) |
               (uint64_t)mask_of(rough_buckets(p + 32, t, depth)) << 32;
    return mask_half(p, t, depth) | (uint64_t)mask_half(p + 32, t, depth) << 32;
}

static inline uint64_t mask_equal(const char *p, char byte)
{
    const __m256i same = _mm256_set1_epi8(byte);
    uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(p), same));
    uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(p + 32), same));

    return low | (uint64_t)high << 32;
}

#include "kernel_body.h"

#endif
