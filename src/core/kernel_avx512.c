/* The kernels with AVX-512 and its byte permutation (VBMI): one vector of 64 bytes a block, and one
 * lookup where AVX2 needs two and the nibbles taken apart. */

#if defined(__x86_64__)

#include "kernel.h"

#include <immintrin.h>
#include <string.h>

#define KERNEL_NAME kernel_avx512
#define KERNEL_TEXT "avx512"
#define KERNEL_COSTS .packed = 18, .rough = 13, .runs = 165

/* Seven bits of a byte choose its buckets. Where no literal has a byte of 128 or more, such bytes
 * are told apart from the ASCII ones that look the same to the permutation. */
struct prepared {
    __m512i low[KERNEL_DEPTH_MAX], high[KERNEL_DEPTH_MAX]; /* buckets of bytes 0 to 63, 64 to 127 */
    __m512i rough[KERNEL_DEPTH_MAX];
    uint64_t ascii; /* all ones, or none */
    bool is_rough;
};

static inline void prepare(struct prepared *p, const struct kernel_tables *tables)
{
    for (unsigned i = 0; i < tables->depth; i++) {
        p->low[i] = _mm512_loadu_si512(tables->folded[i]);
        p->high[i] = _mm512_loadu_si512(tables->folded[i] + 64);
    }
    for (unsigned i = 0; i < tables->depth; i++)
        p->rough[i] = _mm512_or_si512(p->low[i], p->high[i]);
    p->ascii = tables->ascii ? ~(uint64_t)0 : 0;
    p->is_rough = tables->rough;
}

/* By six bits: one instruction a place, where the exact lookup takes three. */
static inline __attribute__((always_inline)) uint64_t
mask_rough(const char *p, const struct prepared *t, unsigned depth)
{
    __m512i all = _mm512_permutexvar_epi8(_mm512_loadu_si512(p), t->rough[0]);

#pragma GCC unroll 3
    for (unsigned k = 1; k < depth; k++)
        all =
            _mm512_and_si512(all, _mm512_permutexvar_epi8(_mm512_loadu_si512(p + k), t->rough[k]));
    return _mm512_test_epi8_mask(all, all);
}

static inline __attribute__((always_inline)) uint64_t
mask_tables(const char *p, const struct prepared *t, unsigned depth)
{
    __m512i v, all;

    if (t->is_rough)
        return mask_rough(p, t, depth);
    v = _mm512_loadu_si512(p);
    all = _mm512_permutex2var_epi8(t->low[0], v, t->high[0]);

#pragma GCC unroll 3
    for (unsigned k = 1; k < depth; k++)
        all = _mm512_and_si512(
            all, _mm512_permutex2var_epi8(t->low[k], _mm512_loadu_si512(p + k), t->high[k]));
    return _mm512_test_epi8_mask(all, all) & ~(_mm512_movepi8_mask(v) & t->ascii);
}

static inline uint64_t mask_equal(const char *p, char byte)
{
    return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(p), _mm512_set1_epi8(byte));
}

#include "kernel_body.h"

#endif
