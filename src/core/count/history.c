/* Tallies stand in an array in the order in which they were made, and a hash table (open
 * addressing, linear probing) leads from what a tally is of to its index.
 *
 * A log that is followed keeps adding to a few tallies. A log that is caught up with runs through a
 * month of minutes, and may make a tally with each of its findings. So there is a limit, and the
 * history keeps until when something is missing because of it.
 *
 * While tallies are written down they are sealed: the sealed ones stand at the front of the array,
 * and the table does not lead to them, so that nothing is added to what is being written. When they
 * are written, their memory is given back, for the next minutes have other tallies. */

#include <gloss/history.h>

#include "core/base/nanoseconds.h"
#include "core/base/util.h"

#include <stdbool.h>
#include <string.h>

struct gloss_history {
    struct gloss_tally *tallies;
    size_t n, size;
    uint32_t *slots; /* index of a tally, plus one; 0: the slot is free */
    size_t n_slots;  /* a power of two, at least twice n; 0: no table yet */
    size_t n_sealed; /* so many tallies at the front are sealed */
    uint64_t minutes_from_ns, from_ns;
    uint64_t lost_ns;        /* until when something is missing; 0: nothing is */
    uint64_t sealed_lost_ns; /* lost_ns when the tallies were sealed */
};

int gloss_history_new(struct gloss_history **ret_history)
{
    struct gloss_history *h = calloc(1, sizeof(*h));

    if (!h)
        return -ENOMEM;
    *ret_history = h;
    return 0;
}

static void clear(struct gloss_history *h)
{
    free(h->tallies);
    free(h->slots);
    *h = (struct gloss_history){.minutes_from_ns = h->minutes_from_ns, .from_ns = h->from_ns};
}

struct gloss_history *gloss_history_free(struct gloss_history *h)
{
    if (!h)
        return NULL;
    clear(h);
    free(h);
    return NULL;
}

void gloss_history_set_periods(struct gloss_history *h, uint64_t minutes_from_ns, uint64_t from_ns)
{
    h->minutes_from_ns = minutes_from_ns;
    h->from_ns = from_ns;
}

static bool is_same(const struct gloss_tally *a, const struct gloss_tally *b)
{
    return a->begin_ns == b->begin_ns && a->period_s == b->period_s && a->id == b->id &&
           a->source == b->source && a->kind == b->kind;
}

/* A hash of what a tally is of, mixed by the multipliers of splitmix64 (Steele, Lea and Flood,
 * 2014). */
static size_t hash_of(const struct gloss_tally *t)
{
    uint64_t h = t->begin_ns / SECOND_NS;

    h = (h ^ (uintptr_t)t->source) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ (h >> 29) ^ t->id ^ (uint64_t)t->kind << 32) * UINT64_C(0x94d049bb133111eb);
    return (size_t)(h ^ h >> 31);
}

/* The slot that leads to the tally of a thing, or the free slot where it would be put. */
static uint32_t *slot_of(const struct gloss_history *h, const struct gloss_tally *wanted)
{
    for (size_t i = hash_of(wanted);; i++) {
        uint32_t *slot = &h->slots[i & (h->n_slots - 1)];

        if (*slot == 0 || is_same(&h->tallies[*slot - 1], wanted))
            return slot;
    }
}

/* Fills the table anew. */
static void fill_slots(struct gloss_history *h)
{
    if (!h->slots)
        return;
    memset(h->slots, 0, h->n_slots * sizeof(*h->slots));
    for (size_t i = h->n_sealed; i < h->n; i++)
        *slot_of(h, &h->tallies[i]) = (uint32_t)i + 1;
}

static int grow_slots(struct gloss_history *h, size_t n)
{
    size_t n_slots = MAX(h->n_slots, (size_t)64);
    uint32_t *slots;

    while (n_slots < 2 * n)
        n_slots *= 2;
    if (n_slots == h->n_slots)
        return 0;
    slots = calloc(n_slots, sizeof(*slots));
    if (!slots)
        return -ENOMEM;
    free(h->slots);
    h->slots = slots;
    h->n_slots = n_slots;
    fill_slots(h);
    return 0;
}

int gloss_history_reserve(struct gloss_history *h, size_t n)
{
    size_t want = MIN(h->n + n, (size_t)GLOSS_HISTORY_MAX);

    return GROW(&h->tallies, &h->size, want) < 0 ? -ENOMEM : grow_slots(h, want);
}

static struct gloss_tally *find_or_add(struct gloss_history *h, const struct gloss_tally *wanted)
{
    uint32_t *slot = slot_of(h, wanted);

    if (*slot == 0) {
        if (h->n == MIN(h->size, (size_t)GLOSS_HISTORY_MAX))
            return NULL;
        h->tallies[h->n++] = *wanted;
        *slot = (uint32_t)h->n;
    }
    return &h->tallies[*slot - 1];
}

struct gloss_tally *gloss_history_at(struct gloss_history *h, enum gloss_tally_kind kind,
                                     const struct gloss_source_counts *source, uint32_t id,
                                     uint64_t ns)
{
    struct gloss_tally wanted = {
        .kind = kind,
        .source = source,
        .id = id,
        .period_s = ns >= h->minutes_from_ns ? GLOSS_MINUTE_S : GLOSS_HOUR_S,
        .first_ns = ns,
        .last_ns = ns,
    };
    uint64_t period_ns = wanted.period_s * SECOND_NS;
    struct gloss_tally *t;

    if (ns < h->from_ns)
        return NULL;
    wanted.begin_ns = ns - ns % period_ns;
    t = find_or_add(h, &wanted);
    if (!t) {
        h->lost_ns = MAX(h->lost_ns, wanted.begin_ns + period_ns);
        return NULL;
    }
    t->first_ns = MIN(t->first_ns, ns);
    t->last_ns = MAX(t->last_ns, ns);
    return t;
}

size_t gloss_history_n(const struct gloss_history *h)
{
    return h->n;
}

const struct gloss_tally *gloss_history_get(const struct gloss_history *h, size_t index)
{
    return &h->tallies[index];
}

uint64_t gloss_history_lost_ns(const struct gloss_history *h)
{
    return h->lost_ns;
}

size_t gloss_history_seal(struct gloss_history *h,
                          bool (*fn)(void *ctx, const struct gloss_tally *tally), void *ctx)
{
    size_t n = 0;

    for (size_t i = 0; i < h->n; i++) {
        struct gloss_tally t = h->tallies[i];

        if (fn && !fn(ctx, &t))
            continue;
        h->tallies[i] = h->tallies[n];
        h->tallies[n++] = t;
    }
    h->n_sealed = n;
    h->sealed_lost_ns = h->lost_ns;
    fill_slots(h);
    return n;
}

void gloss_history_unseal(struct gloss_history *h)
{
    h->n_sealed = 0;
    h->sealed_lost_ns = 0;
}

void gloss_history_drop_sealed(struct gloss_history *h)
{
    uint64_t lost_ns = h->lost_ns > h->sealed_lost_ns ? h->lost_ns : 0;

    if (h->n == h->n_sealed) {
        clear(h);
        h->lost_ns = lost_ns;
        return;
    }
    h->n -= h->n_sealed;
    memmove(h->tallies, h->tallies + h->n_sealed, h->n * sizeof(*h->tallies));
    h->n_sealed = 0;
    h->lost_ns = lost_ns;
    h->sealed_lost_ns = 0;
    fill_slots(h);
}
