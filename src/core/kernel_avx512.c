/* The kernels with AVX-512 and its byte permutation (VBMI): one vector of 64 bytes a block, and one
 * instruction for what takes two lookups and three more in AVX2. */

#if defined(__x86_64__)

#include "kernel.h"

#include <immintrin.h>
#include <string.h>

#define KERNEL_NAME kernel_avx512
#define KERNEL_TEXT "avx512"

/* The low six bits of a byte choose its buckets, so bytes 64 apart look alike: a few more places
 * are nominated. Classes must be exact, and are looked up by seven bits. */
struct prepared {
    __m512i buckets[KERNEL_DEPTH_MAX];
    __m512i class_low, class_high;
};

static inline void prepare(struct prepared *p, const struct kernel_tables *tables)
{
    for (unsigned i = 0; i < tables->depth; i++)
        p->buckets[i] = _mm512_loadu_si512(tables->folded[i]);
    p->class_low = _mm512_loadu_si512(tables->whole[0]);
    p->class_high = _mm512_loadu_si512(tables->whole[0] + 64);
}

static inline __attribute__((always_inline)) uint64_t
mask_tables(const char *p, const struct prepared *t, unsigned depth)
{
    __m512i all = _mm512_permutexvar_epi8(_mm512_loadu_si512(p), t->buckets[0]);

    for (unsigned k = 1; k < depth; k++)
        all = _mm512_and_si512(all,
                               _mm512_permutexvar_epi8(_mm512_loadu_si512(p + k), t->buckets[k]));
    return _mm512_test_epi8_mask(all, all);
}

static inline uint64_t mask_class(const char *p, const struct prepared *t)
{
    __m512i v = _mm512_loadu_si512(p);
    __m512i in = _mm512_permutex2var_epi8(t->class_low, v, t->class_high);

    return _mm512_test_epi8_mask(in, in) & ~_mm512_movepi8_mask(v);
}

static inline uint64_t mask_equal(const char *p, char byte)
{
    return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(p), _mm512_set1_epi8(byte));
}

#include "kernel_body.h"

#endif
