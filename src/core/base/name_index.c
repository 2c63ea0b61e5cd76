/* Open addressing with linear probing, at most three quarters full. A slot holds the name itself,
 * so that a miss costs one comparison of lengths. */

#include "core/base/name_index.h"
#include "core/base/util.h"

static uint32_t name_hash(struct gloss_span name)
{
    uint32_t h = 2166136261U;

    for (size_t i = 0; i < name.len; i++)
        h = (h ^ (unsigned char)name.ptr[i]) * 16777619U;
    return h ^ h >> 15;
}

/* The slot of that name, or the free one where it would stand. */
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

static void skip_what_is_equal(struct gloss_span *a, struct gloss_span *b)
{
    while (a->len > 0 && b->len > 0 && a->ptr[0] == b->ptr[0]) {
        *a = gloss_span(a->ptr + 1, a->len - 1);
        *b = gloss_span(b->ptr + 1, b->len - 1);
    }
    while (a->len > 0 && b->len > 0 && a->ptr[a->len - 1] == b->ptr[b->len - 1]) {
        a->len--;
        b->len--;
    }
}

unsigned name_distance(struct gloss_span a, struct gloss_span b, unsigned limit)
{
    unsigned row[NAME_DISTANCE_MAX + 1];

    if (MAX(a.len, b.len) > NAME_DISTANCE_MAX || MAX(a.len, b.len) - MIN(a.len, b.len) > limit)
        return limit + 1;
    skip_what_is_equal(&a, &b);
    for (unsigned j = 0; j <= b.len; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0], best = i;

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            unsigned replaced = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
            unsigned skipped = MIN(row[j], row[j - 1]) + 1;

            diagonal = row[j];
            row[j] = MIN(replaced, skipped);
            best = MIN(best, row[j]);
        }
        if (best > limit)
            return limit + 1;
    }
    return MIN(row[b.len], limit + 1);
}

struct gloss_span name_lower(struct gloss_span name, char *place)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        place[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    return gloss_span(place, name.len);
}

const char *name_guess(const char *const *words, size_t n_words, struct gloss_span typed)
{
    char a[NAME_DISTANCE_MAX], b[NAME_DISTANCE_MAX];
    unsigned limit = 2;
    const char *guess = NULL;

    if (typed.len > NAME_DISTANCE_MAX)
        return NULL;
    typed = name_lower(typed, a);
    for (size_t i = 0; i < n_words; i++) {
        struct gloss_span word = gloss_span_str(words[i]);
        unsigned distance = name_distance(typed, name_lower(word, b), limit);

        if (distance > limit || 2 * distance >= word.len)
            continue;
        guess = words[i];
        if (distance == 0)
            break;
        limit = distance - 1;
    }
    return guess;
}
