/* Unknown codes are a few words out of endlessly many possible ones: an array in the order of their
 * coming, and a hash table of indices into it (open addressing, linear probing, at most half full).
 * A log can hold as many different words as it has lines, so the array has an end. */

#include "core/count/unknown_codes.h"

#include "core/base/util.h"

struct unknown_codes_slot {
    uint32_t hash;
    uint32_t index; /* into items, plus one; 0: the slot is free */
};

/* FNV-1a over the code, a NUL and the catalog's name; it begins with the source. */
static uint32_t hash_of(const struct gloss_source_counts *source, struct gloss_span code,
                        const char *catalog)
{
    uint32_t hash = 2166136261U ^ (uint32_t)((uintptr_t)source >> 4);

    for (size_t i = 0; i <= code.len; i++)
        hash = (hash ^ (i < code.len ? (unsigned char)code.ptr[i] : 0)) * 16777619U;
    for (; *catalog; catalog++)
        hash = (hash ^ (unsigned char)*catalog) * 16777619U;
    return hash;
}

/* The slot that leads to a code, or the free slot where it would be put. */
static struct unknown_codes_slot *slot_of(const struct unknown_codes *u,
                                          const struct gloss_source_counts *source,
                                          struct gloss_span code, const char *catalog,
                                          uint32_t hash)
{
    for (size_t i = hash;; i++) {
        struct unknown_codes_slot *slot = &u->slots[i & (u->n_slots - 1)];
        const struct gloss_unknown_count *count;

        if (slot->index == 0)
            return slot;
        count = &u->items[slot->index - 1];
        if (slot->hash == hash && count->source == source &&
            gloss_span_equal(gloss_span_str(count->code), code) && STREQ(count->catalog, catalog))
            return slot;
    }
}

/* Makes room for one more code in the array and in the table. */
static int reserve(struct unknown_codes *u)
{
    size_t n = u->n_slots > 0 ? 2 * u->n_slots : 64;
    struct unknown_codes_slot *slots;

    if (GROW(&u->items, &u->size, u->n + 1) < 0)
        return -ENOMEM;
    if (2 * (u->n + 1) <= u->n_slots)
        return 0;
    slots = calloc(n, sizeof(*slots));
    if (!slots)
        return -ENOMEM;
    for (size_t i = 0; i < u->n_slots; i++) {
        size_t at = u->slots[i].hash;

        if (u->slots[i].index == 0)
            continue;
        while (slots[at & (n - 1)].index != 0)
            at++;
        slots[at & (n - 1)] = u->slots[i];
    }
    free(u->slots);
    u->slots = slots;
    u->n_slots = n;
    return 0;
}

/* What is kept of a code. */
static struct gloss_span kept_of(struct gloss_span code)
{
    size_t n = MIN(code.len, (size_t)GLOSS_CODE_MAX);

    return gloss_span(code.ptr, n > 0 ? strnlen(code.ptr, n) : 0);
}

int unknown_codes_get(struct unknown_codes *u, const struct gloss_source_counts *source,
                      struct gloss_span code, const char *catalog,
                      struct gloss_unknown_count **ret_count)
{
    struct gloss_span name = kept_of(code);
    uint32_t hash = hash_of(source, name, catalog);
    struct unknown_codes_slot *slot =
        u->n_slots > 0 ? slot_of(u, source, name, catalog, hash) : NULL;
    size_t catalog_len = strlen(catalog);
    char *text;

    *ret_count = slot && slot->index > 0 ? &u->items[slot->index - 1] : NULL;
    if (*ret_count || u->n == GLOSS_UNKNOWN_MAX)
        return 0;
    if (reserve(u) < 0)
        return -ENOMEM;
    text = malloc(name.len + 1 + catalog_len + 1); /* code and catalog, each with its NUL */
    if (!text)
        return -ENOMEM;
    if (name.len > 0)
        memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    memcpy(text + name.len + 1, catalog, catalog_len + 1);
    *ret_count = &u->items[u->n++];
    **ret_count = (struct gloss_unknown_count){
        .source = source, .code = text, .catalog = text + name.len + 1};
    slot = slot_of(u, source, name, catalog, hash);
    *slot = (struct unknown_codes_slot){.hash = hash, .index = (uint32_t)u->n};
    return 0;
}

void unknown_codes_deinit(struct unknown_codes *u)
{
    for (size_t i = 0; i < u->n; i++)
        free((char *)u->items[i].code);
    free(u->items);
    free(u->slots);
    *u = (struct unknown_codes){0};
}
