/* Waits grow from a second to a minute and no further. */

#include "core/base/backoff.h"
#include "core/base/util.h"

#include <criterion/criterion.h>
#include <limits.h>

Test(backoff, a_wait_doubles_from_a_second_to_a_minute)
{
    static const uint64_t seconds[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};

    for (unsigned i = 0; i < ARRAY_SIZE(seconds); i++)
        cr_expect_eq(backoff_ns(i + 1), seconds[i] * 1000000000, "after %u failures", i + 1);
}

Test(backoff, any_number_of_failures_has_a_wait)
{
    cr_expect_eq(backoff_ns(0), UINT64_C(1000000000));
    cr_expect_eq(backoff_ns(1000), UINT64_C(60000000000));
    cr_expect_eq(backoff_ns(UINT_MAX), UINT64_C(60000000000));
}
