/* The kernel for AVX2: a block of 64 bytes is two vectors of 32. */

#if defined(__x86_64__)

#include "core/match/kernel.h"

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define KERNEL_NAME kernel_avx2
#define KERNEL_TEXT "avx2"
#define KERNEL_COSTS .loop = 5, .teddy = 19, .rough = 7, .class_runs = 61

/* Each table twice, as the shuffle of AVX2 wants it: it works on the two halves of a vector apart.
 */
struct prepared {
    __m256i low[KERNEL_DEPTH_MAX], high[KERNEL_DEPTH_MAX];
};

static inline void prepare(struct prepared *p, const struct kernel_tables *tables)
{
    for (unsigned i = 0; i < tables->depth; i++) {
        p->low[i] = _mm256_broadcastsi128_si256(
            _mm_loadu_si128((const __m128i *)(const void *)tables->low[i]));
        p->high[i] = _mm256_broadcastsi128_si256(
            _mm_loadu_si128((const __m128i *)(const void *)tables->high[i]));
    }
}

static inline __m256i load(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* The buckets that each of 32 bytes is in, by one place of the window. A shuffle uses the low four
 * bits of an index and gives 0 where its highest bit is set. So where no byte of 128 or more is in
 * a set, the byte itself can be the index; only KERNEL_EXACT has to clear the upper bits. A rough
 * look-up leaves the high nibble out: one shuffle instead of two. */
static FORCE_INLINE __m256i buckets(const char *p, const struct prepared *t, unsigned place,
                                    enum kernel_look look)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i v = load(p + place), high;

    if (look == KERNEL_ROUGH)
        return _mm256_shuffle_epi8(t->low[place], v);
    high = _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble);
    if (look == KERNEL_EXACT)
        v = _mm256_and_si256(v, nibble);
    return _mm256_and_si256(_mm256_shuffle_epi8(t->low[place], v),
                            _mm256_shuffle_epi8(t->high[place], high));
}

/* The buckets in whose sets all of the first `depth` bytes are, from each of 32 places on. */
static FORCE_INLINE __m256i all_buckets(const char *p, const struct prepared *t, unsigned depth,
                                        enum kernel_look look)
{
    __m256i all = buckets(p, t, 0, look);

#pragma GCC unroll 5
    for (unsigned k = 1; k < depth; k++)
        all = _mm256_and_si256(all, buckets(p, t, k, look));
    return all;
}

struct matches {
    __m256i low, high; /* the buckets that match at the first 32 places, at the others */
};

static FORCE_INLINE struct matches match_tables(const char *p, const struct prepared *t,
                                                unsigned depth, enum kernel_look look)
{
    return (struct matches){all_buckets(p, t, depth, look), all_buckets(p + 32, t, depth, look)};
}

static FORCE_INLINE bool has_matches(const struct matches *m)
{
    __m256i either = _mm256_or_si256(m->low, m->high);

    return !_mm256_testz_si256(either, either);
}

/* A bit for each place at which no bucket matches. */
static FORCE_INLINE uint32_t mask_of_none(__m256i buckets)
{
    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(buckets, _mm256_setzero_si256()));
}

static FORCE_INLINE uint64_t mask_matches(const struct matches *m)
{
    return ~(mask_of_none(m->low) | (uint64_t)mask_of_none(m->high) << 32);
}

static inline uint64_t mask_equal(const char *p, char byte)
{
    const __m256i same = _mm256_set1_epi8(byte);
    uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(p), same));
    uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(p + 32), same));

    return low | (uint64_t)high << 32;
}

/* Each of 64 byte-wide sums counts its own column of the text. A sum holds at most 255, so they are
 * added up after 255 blocks. */
static inline size_t count_equal(const char *p, size_t n, char byte)
{
    const __m256i same = _mm256_set1_epi8(byte), zero = _mm256_setzero_si256();
    __m256i sums = zero;

    for (const char *end = p + n, *turn; p < end;) {
        __m256i low = zero, high = zero;

#pragma GCC unroll 4
        for (turn = end - p > 255 * 64 ? p + 255 * 64 : end; p < turn; p += 64) {
            low = _mm256_sub_epi8(low, _mm256_cmpeq_epi8(load(p), same));
            high = _mm256_sub_epi8(high, _mm256_cmpeq_epi8(load(p + 32), same));
        }
        sums = _mm256_add_epi64(sums, _mm256_sad_epu8(low, zero));
        sums = _mm256_add_epi64(sums, _mm256_sad_epu8(high, zero));
    }
    return (size_t)(_mm256_extract_epi64(sums, 0) + _mm256_extract_epi64(sums, 1) +
                    _mm256_extract_epi64(sums, 2) + _mm256_extract_epi64(sums, 3));
}

#include "core/match/kernel_body.h"

#endif
