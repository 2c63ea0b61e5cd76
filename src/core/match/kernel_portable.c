/* The kernel in plain C, for every CPU. */

#include "core/match/kernel.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#define KERNEL_NAME kernel_portable
#define KERNEL_TEXT "portable"
#define KERNEL_COSTS .loop = 700, .teddy = 20, .rough = 20, .class_runs = 900

struct prepared {
    const uint8_t (*buckets)[256];
};

static inline void prepare(struct prepared *p, const struct kernel_tables *tables)
{
    p->buckets = tables->whole;
}

struct matches {
    uint64_t mask;
};

static FORCE_INLINE struct matches match_tables(const char *p, const struct prepared *t,
                                                unsigned depth, enum kernel_look look)
{
    const uint8_t *bytes = (const uint8_t *)p;
    uint64_t mask = 0;

    (void)look;

    for (unsigned i = 0; i < 64; i++) {
        uint8_t buckets = t->buckets[0][bytes[i]];

        if (depth > 1)
            buckets &= t->buckets[1][bytes[i + 1]];
        /* That two bytes fit is rare enough for a branch the CPU can predict; that one fits is not.
         */
        if (depth > 2 && __builtin_expect(buckets, 0))
            for (unsigned k = 2; k < depth; k++)
                buckets &= t->buckets[k][bytes[i + k]];
        if (depth == 1)
            mask |= (uint64_t)(buckets != 0) << i;
        else if (__builtin_expect(buckets, 0))
            mask |= (uint64_t)1 << i;
    }
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

/* Eight bytes at a time: arithmetic leaves the low bit of each byte that is equal, and a
 * multiplication gathers the eight bits in the highest byte. */
static inline uint64_t mask_equal(const char *p, char byte)
{
    const uint64_t ones = 0x0101010101010101u, low = 0x7f7f7f7f7f7f7f7fu;
    uint64_t mask = 0;

    for (unsigned i = 0; i < 8; i++) {
        uint64_t word, same;

        memcpy(&word, p + 8 * i, 8);
        word = le64toh(word) ^ ones * (uint8_t)byte;
        same = ~(((word & low) + low) | word | low) >> 7;
        mask |= (same * 0x0102040810204080u >> 56) << 8 * i;
    }
    return mask;
}

static inline size_t count_equal(const char *p, size_t n, char byte)
{
    size_t count = 0;

    for (size_t at = 0; at < n; at += 64)
        count += (size_t)__builtin_popcountll(mask_equal(p + at, byte));
    return count;
}

#include "core/match/kernel_body.h"
