/* A file keeps its slot until it is read to its end, since what is decompressed half has to be
 * decompressed again from a member's start. So a file that is not read, because its sink is full,
 * or one without an end would keep others waiting: the slot of the first is given away when it is
 * idle, that of the second when it has made its share and somebody waits. */

#include "io/files/decompress_pool.h"

#include "core/base/util.h"

#include <assert.h>

struct decompress_pool {
    struct decompress_slot *first; /* of those that are taken */
    size_t n_taken, memory;
    uint64_t now_ns;
};

int decompress_pool_new(struct decompress_pool **ret_pool)
{
    *ret_pool = calloc(1, sizeof(**ret_pool));
    return *ret_pool ? 0 : -ENOMEM;
}

struct decompress_pool *decompress_pool_free(struct decompress_pool *pool)
{
    assert(!pool || !pool->first);
    free(pool);
    return NULL;
}

void decompress_pool_set_time(struct decompress_pool *pool, uint64_t now_ns)
{
    pool->now_ns = now_ns;
}

static bool fits(const struct decompress_pool *pool, size_t n_more, size_t memory)
{
    return pool->n_taken + n_more < DECOMPRESS_POOL_OPEN_MAX &&
           pool->memory + memory <= DECOMPRESS_POOL_MEMORY_MAX;
}

/* Whose slot another file may get: the one that was used least recently. */
static struct decompress_slot *find_loser(const struct decompress_pool *pool,
                                          const struct decompress_slot *but)
{
    struct decompress_slot *loser = NULL;

    for (struct decompress_slot *slot = pool->first; slot; slot = slot->next) {
        bool is_idle;

        if (slot == but)
            continue;
        is_idle = slot->used_ns + DECOMPRESS_POOL_IDLE_NS <= pool->now_ns;
        if ((is_idle || slot->share == 0) && (!loser || slot->used_ns < loser->used_ns))
            loser = slot;
    }
    return loser;
}

/* Others lose their slots until there is room, or nobody is left who may. */
static bool make_room(struct decompress_pool *pool, const struct decompress_slot *for_slot,
                      size_t n_more, size_t memory)
{
    while (!fits(pool, n_more, memory)) {
        struct decompress_slot *loser = find_loser(pool, for_slot);

        if (!loser)
            return false;
        loser->on_lost(loser);
        decompress_slot_give(loser);
    }
    return true;
}

bool decompress_slot_take(struct decompress_slot *slot, struct decompress_pool *pool, size_t memory,
                          uint64_t redo)
{
    if (!make_room(pool, /* for_slot= */ NULL, /* n_more= */ 1, memory))
        return false;
    slot->pool = pool;
    slot->next = pool->first;
    slot->memory = memory;
    slot->used_ns = pool->now_ns;
    slot->share = DECOMPRESS_POOL_SHARE_BYTES + 2 * redo;
    pool->first = slot;
    pool->n_taken++;
    pool->memory += memory;
    return true;
}

bool decompress_slot_grow(struct decompress_slot *slot, size_t memory)
{
    size_t more = memory > slot->memory ? memory - slot->memory : 0;

    if (!make_room(slot->pool, slot, /* n_more= */ 0, more))
        return false;
    slot->memory += more;
    slot->pool->memory += more;
    return true;
}

void decompress_slot_use(struct decompress_slot *slot, uint64_t bytes)
{
    if (!slot->pool)
        return;
    slot->used_ns = slot->pool->now_ns;
    slot->share -= MIN(slot->share, bytes);
}

void decompress_slot_give(struct decompress_slot *slot)
{
    struct decompress_pool *pool = slot->pool;
    struct decompress_slot **at;

    if (!pool)
        return;
    for (at = &pool->first; *at != slot;)
        at = &(*at)->next;
    *at = slot->next;
    pool->n_taken--;
    pool->memory -= slot->memory;
    slot->pool = NULL;
    slot->next = NULL;
    slot->memory = 0;
}
