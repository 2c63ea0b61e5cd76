/* The small helpers: arrays that grow, pointers that are handed over, and structs found by a
 * member. */

#include "core/base/util.h"

#include <criterion/criterion.h>

Test(util, growing_an_array_keeps_its_elements)
{
    CLEANUP(freep) int *numbers = NULL;
    size_t cap = 0;

    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(GROW(&numbers, &cap, (size_t)i + 1), 0);
        cr_assert_geq(cap, (size_t)i + 1);
        numbers[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        cr_expect_eq(numbers[i], i);
}

Test(util, an_array_that_is_large_enough_is_left_alone)
{
    CLEANUP(freep) int *numbers = NULL;
    size_t cap = 0;

    cr_assert_eq(GROW(&numbers, &cap, 100), 0);
    int *before = numbers;
    size_t room = cap;
    cr_assert_eq(GROW(&numbers, &cap, room), 0);
    cr_expect_eq(numbers, before);
    cr_expect_eq(cap, room);
}

Test(util, a_size_that_does_not_fit_is_refused_and_changes_nothing)
{
    static const size_t wanted[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / sizeof(uint64_t) + 1,
                                    PTRDIFF_MAX / sizeof(uint64_t) + 1};

    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
        CLEANUP(freep) uint64_t *numbers = NULL;
        size_t cap = 0;

        cr_assert_eq(GROW(&numbers, &cap, 3), 0);
        uint64_t *before = numbers;
        size_t room = cap;
        cr_expect_eq(GROW(&numbers, &cap, wanted[i]), -ENOMEM, "row %zu", i);
        cr_expect_eq(numbers, before, "row %zu", i);
        cr_expect_eq(cap, room, "row %zu", i);
    }
}

Test(util, a_taken_pointer_leaves_null_behind)
{
    int target = 0;
    int *mine = &target;
    int *taken = TAKE_PTR(mine);

    cr_expect_eq(taken, &target);
    cr_expect_null(mine);
}

Test(util, a_member_leads_to_its_struct)
{
    struct outer {
        char before;
        int member;
    } outer = {.member = 7};
    int *member = &outer.member;

    cr_expect_eq(container_of(member, struct outer, member), &outer);
}

Test(util, minimum_and_maximum_evaluate_each_argument_once)
{
    int calls = 0;

    cr_expect_eq(MIN(++calls, 5), 1);
    cr_expect_eq(MAX(++calls, 5), 5);
    cr_expect_eq(MAX(7, 5), 7);
    cr_expect_eq(calls, 2);
}
