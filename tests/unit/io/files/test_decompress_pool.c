/* Few may decompress at once, within a limit of memory; who is idle or has had its turn makes room.
 */

#include "core/base/util.h"
#include "io/files/decompress_pool.h"

#include <criterion/criterion.h>

#define MIB ((size_t)1 << 20)
#define SHARE DECOMPRESS_POOL_SHARE_BYTES
#define N_SLOTS 8

static struct decompress_pool *pool;
static struct decompress_slot slots[N_SLOTS];
static size_t n_lost;
static const struct decompress_slot *last_lost;

static void on_lost(struct decompress_slot *slot)
{
    n_lost++;
    last_lost = slot;
}

static void make_pool(void)
{
    cr_assert_eq(decompress_pool_new(&pool), 0);
    decompress_pool_set_time(pool, 10 * DECOMPRESS_POOL_IDLE_NS);
    for (size_t i = 0; i < N_SLOTS; i++)
        slots[i].on_lost = on_lost;
}

static void free_pool(void)
{
    for (size_t i = 0; i < N_SLOTS; i++)
        decompress_slot_give(&slots[i]);
    decompress_pool_free(pool);
}

TestSuite(decompress_pool, .init = make_pool, .fini = free_pool);

static bool take(size_t i, size_t memory)
{
    return decompress_slot_take(&slots[i], pool, memory, /* redo= */ 0);
}

static void let_pass(uint64_t ns)
{
    static uint64_t now_ns = 10 * DECOMPRESS_POOL_IDLE_NS;

    now_ns += ns;
    decompress_pool_set_time(pool, now_ns);
}

Test(decompress_pool, three_files_have_slots_and_the_fourth_is_for_heads)
{
    for (size_t i = 0; i < 3; i++)
        cr_expect(take(i, MIB));
    cr_expect_not(take(3, MIB));
    decompress_slot_give(&slots[1]);
    cr_expect(take(3, MIB));
    cr_expect_not(take(1, MIB));
    decompress_slot_give(&slots[1]); /* which it does not have */
    cr_expect_eq(n_lost, 0u);
}

Test(decompress_pool, memory_is_limited_for_all_together)
{
    cr_expect(take(0, 65 * MIB));
    cr_expect_not(take(1, 65 * MIB));
    cr_expect(take(1, 63 * MIB));
    cr_expect_not(take(2, 1));
    decompress_slot_give(&slots[0]);
    cr_expect(take(2, 4 * MIB));
    cr_expect_not(decompress_slot_grow(&slots[2], 66 * MIB));
    cr_expect(decompress_slot_grow(&slots[2], 65 * MIB));
    cr_expect(decompress_slot_grow(&slots[2], 10 * MIB), "it has that already");
    cr_expect_not(take(3, 1));
    decompress_slot_give(&slots[2]);
    cr_expect(take(3, 65 * MIB), "all of it was given back");
    cr_expect_eq(n_lost, 0u);
}

Test(decompress_pool, the_one_that_is_idle_longest_makes_room)
{
    for (size_t i = 0; i < 3; i++)
        cr_assert(take(i, MIB));
    let_pass(DECOMPRESS_POOL_IDLE_NS / 2);
    decompress_slot_use(&slots[0], 1);
    decompress_slot_use(&slots[2], 1);
    cr_expect_not(take(3, MIB));
    let_pass(DECOMPRESS_POOL_IDLE_NS / 2);
    cr_expect(take(3, MIB));
    cr_expect_eq(last_lost, &slots[1]);
    cr_expect_not(take(4, MIB));
    cr_expect_eq(n_lost, 1u);
    cr_expect_null(slots[1].pool);
}

Test(decompress_pool, one_that_has_made_its_share_makes_room_for_one_that_waits)
{
    for (size_t i = 0; i < 3; i++)
        cr_assert(take(i, MIB));
    decompress_slot_use(&slots[1], SHARE - 1);
    cr_expect_not(take(3, MIB));
    decompress_slot_use(&slots[1], 2);
    cr_expect_eq(n_lost, 0u, "nobody waits");
    cr_expect(take(3, MIB));
    cr_expect_eq(last_lost, &slots[1]);
}

/* Else a file that loses its slot again and again would never come further than its share. */
Test(decompress_pool, what_is_made_again_does_not_count_against_the_share)
{
    cr_assert(decompress_slot_take(&slots[0], pool, MIB, /* redo= */ 5 * SHARE));
    cr_assert(take(1, MIB));
    cr_assert(take(2, MIB));
    decompress_slot_use(&slots[0], 5 * SHARE + 5 * SHARE + SHARE - 1);
    cr_expect_not(take(3, MIB));
    decompress_slot_use(&slots[0], 1);
    cr_expect(take(3, MIB));
}

Test(decompress_pool, several_make_room_for_one_that_needs_their_memory)
{
    cr_assert(take(0, 40 * MIB));
    cr_assert(take(1, 40 * MIB));
    cr_assert(take(2, 40 * MIB));
    let_pass(DECOMPRESS_POOL_IDLE_NS);
    decompress_slot_use(&slots[2], 1);
    cr_expect(take(3, 65 * MIB));
    cr_expect_eq(n_lost, 2u);
    cr_expect_not_null(slots[2].pool);
}

Test(decompress_pool, one_that_grows_takes_from_others_and_not_from_itself)
{
    cr_assert(take(0, 40 * MIB));
    cr_assert(take(1, 63 * MIB));
    let_pass(DECOMPRESS_POOL_IDLE_NS);
    cr_expect(decompress_slot_grow(&slots[0], 66 * MIB));
    cr_expect_eq(last_lost, &slots[1]);
    cr_expect_eq(n_lost, 1u);
    let_pass(DECOMPRESS_POOL_IDLE_NS);
    cr_expect_not(decompress_slot_grow(&slots[0], 129 * MIB));
    cr_expect_not_null(slots[0].pool);
}
