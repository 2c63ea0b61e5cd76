/* The kernels in plain C: every CPU runs them, and the others are held to them. */

#include "kernel.h"

#include <string.h>

#define KERNEL_NAME kernel_portable
#define KERNEL_TEXT "portable"
#define KERNEL_COSTS .packed = 500, .rough = 500, .runs = 1200

struct prepared {
    const uint8_t (*buckets)[256];
};

static inline void prepare(struct prepared *p, const struct kernel_tables *tables)
{
    p->buckets = tables->whole;
}

static inline __attribute__((always_inline)) uint64_t
mask_tables(const char *p, const struct prepared *t, unsigned depth)
{
    const uint8_t *bytes = (const uint8_t *)p;
    uint64_t mask = 0;

    for (unsigned i = 0; i < 64; i++) {
        uint8_t buckets = t->buckets[0][bytes[i]];

        for (unsigned k = 1; k < depth; k++)
            buckets &= t->buckets[k][bytes[i + k]];
        mask |= (uint64_t)(buckets != 0) << i;
    }
    return mask;
}

static inline uint64_t mask_equal(const char *p, char byte)
{
    uint64_t mask = 0;

    for (unsigned i = 0; i < 64; i++)
        mask |= (uint64_t)(p[i] == byte) << i;
    return mask;
}

#include "kernel_body.h"
