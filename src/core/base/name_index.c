/* Open addressing with linear probing, at most three quarters full. A slot holds the name itself,
 * so that two names are mostly told apart by their lengths, without a look at their bytes. */

#include "core/base/name_index.h"
#include "core/base/util.h"

/* FNV-1a (Fowler, Noll and Vo) over the bytes; the low bits, which choose the slot, get something
 * of the high ones. */
static uint32_t name_hash(struct gloss_span name)
{
    uint32_t h = 2166136261U;

    for (size_t i = 0; i < name.len; i++)
        h = (h ^ (unsigned char)name.ptr[i]) * 16777619U;
    return h ^ h >> 15;
}

/* The slot that holds a name, or the free slot where it would be put. The table has at least one
 * free slot. */
static struct name_slot *name_index_slot(const struct name_index *t, struct gloss_span name)
{
    size_t i = name_hash(name) & (t->size - 1);

    while (t->slots[i].name.ptr && !gloss_span_equal(t->slots[i].name, name))
        i = (i + 1) & (t->size - 1);
    return &t->slots[i];
}

int name_index_reserve(struct name_index *t, size_t n)
{
    struct name_index grown = {.n = t->n, .size = MAX(t->size, (size_t)16)};

    while (n > grown.size / 4 * 3)
        if (__builtin_mul_overflow(grown.size, (size_t)2, &grown.size))
            return -ENOMEM;
    if (grown.size == t->size)
        return 0;
    grown.slots = calloc(grown.size, sizeof(*grown.slots));
    if (!grown.slots)
        return -ENOMEM;
    for (size_t i = 0; i < t->size; i++)
        if (t->slots[i].name.ptr)
            *name_index_slot(&grown, t->slots[i].name) = t->slots[i];
    free(t->slots);
    *t = grown;
    return 0;
}

int name_index_put(struct name_index *t, struct gloss_span name, uint32_t value)
{
    int r = name_index_reserve(t, t->n + 1);

    if (r < 0)
        return r;
    *name_index_slot(t, name) = (struct name_slot){.name = name, .value = value};
    t->n++;
    return 0;
}

bool name_index_get(const struct name_index *t, struct gloss_span name, uint32_t *ret_value)
{
    const struct name_slot *slot;

    if (t->n == 0)
        return false;
    slot = name_index_slot(t, name);
    if (!slot->name.ptr)
        return false;
    *ret_value = slot->value;
    return true;
}

void name_index_deinit(struct name_index *t)
{
    free(t->slots);
    *t = (struct name_index){0};
}
