/* An array whose growth fails keeps its items, and the failing allocator fails when it should. */

#include "core/base/util.h"
#include "wrap.h"

#include <criterion/criterion.h>

Test(util, an_array_that_cannot_grow_keeps_what_it_has)
{
    CLEANUP(freep) int *numbers = NULL;
    size_t cap = 0;

    cr_assert_eq(GROW(&numbers, &cap, 4), 0);
    numbers[3] = 7;
    size_t room = cap;
    alloc_fail_at(1);
    cr_expect_eq(GROW(&numbers, &cap, room + 1), -ENOMEM);
    cr_expect_eq(cap, room);
    cr_expect_eq(numbers[3], 7);
    cr_expect_eq(GROW(&numbers, &cap, room + 1), 0, "only one allocation fails");
    cr_expect_eq(numbers[3], 7);
}

static int three_arrays(void *ctx)
{
    int *runs = ctx;

    (*runs)++;
    for (int i = 0; i < 3; i++) {
        CLEANUP(freep) long *numbers = NULL;
        size_t cap = 0;
        int r = GROW(&numbers, &cap, 10);

        if (r < 0)
            return r;
    }
    return 0;
}

Test(util, each_allocation_of_a_scenario_fails_in_turn)
{
    int runs = 0;

    cr_expect_eq(alloc_fail_each(three_arrays, &runs), 3);
    cr_expect_eq(runs, 4);
}
