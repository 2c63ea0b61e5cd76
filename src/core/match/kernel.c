/* Tables that kernels read, and the choice of the kernel for this CPU. */

#include "core/match/kernel.h"

#include "core/base/util.h"

#include <gloss/matcher.h>
#include <gloss/scanner.h>
#include <stdbool.h>
#include <string.h>

void kernel_tables_add(struct kernel_tables *t, const char *bytes, unsigned bucket)
{
    for (unsigned i = 0; i < t->depth; i++) {
        unsigned char c = (unsigned char)bytes[i];

        t->low[i][c & 15] |= (uint8_t)(1u << bucket);
        t->high[i][c >> 4] |= (uint8_t)(1u << bucket);
    }
}

void kernel_tables_finish(struct kernel_tables *t)
{
    bool ascii = true;

    memset(t->folded, 0, sizeof(t->folded));
    for (unsigned i = 0; i < t->depth; i++)
        for (unsigned c = 0; c < 256; c++) {
            t->whole[i][c] = t->low[i][c & 15] & t->high[i][c >> 4];
            t->folded[i][c & 127] |= t->whole[i][c];
            ascii = ascii && (c < 128 || !t->whole[i][c]);
        }
    t->look = !ascii ? KERNEL_EXACT : t->rough ? KERNEL_ROUGH : KERNEL_ASCII;
}

static bool cpu_has(const struct kernel *k)
{
#if defined(__x86_64__)
    if (k == &kernel_avx512)
        return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi") &&
               __builtin_cpu_supports("bmi2");
    if (k == &kernel_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
#endif
    return k == &kernel_portable;
}

const struct kernel *kernel_select(const char *name)
{
    static const struct kernel *const kernels[] = {
#if defined(__x86_64__)
        &kernel_avx512,
        &kernel_avx2,
#endif
        &kernel_portable,
    };

    for (size_t i = 0; i < ARRAY_SIZE(kernels); i++)
        if ((!name || STREQ(kernels[i]->name, name)) && cpu_has(kernels[i]))
            return kernels[i];
    return NULL;
}

const char *gloss_kernel_variant(void)
{
    return kernel_select(NULL)->name;
}

size_t gloss_newlines(const char *bytes, size_t n)
{
    return kernel_select(NULL)->newlines(bytes, n);
}
