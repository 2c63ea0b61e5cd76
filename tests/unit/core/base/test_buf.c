/* Text under construction: appending, numbers, and the sticky failure. */

#include "core/base/util.h"

#include <criterion/criterion.h>
#include <gloss/buf.h>
#include <inttypes.h>
#include <stdio.h>

static bool holds(const struct gloss_buf *b, const char *want)
{
    return gloss_span_equal(gloss_buf_view(b), gloss_span_str(want));
}

Test(buf, appends_what_it_is_given)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf b = {0};

    gloss_buf_append(&b, NULL, 0);
    cr_expect_eq(b.len, 0);
    gloss_buf_str(&b, "one");
    gloss_buf_char(&b, ',');
    gloss_buf_span(&b, gloss_span("two!", 3));
    gloss_buf_printf(&b, ",%s %d", "three", 3);
    cr_expect(holds(&b, "one,two,three 3"));
    gloss_buf_clear(&b);
    cr_expect_eq(b.len, 0);
    cr_expect_geq(b.size, 15);
}

Test(buf, grows_by_single_bytes_and_loses_none)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf b = {0};

    for (int i = 0; i < 100000; i++)
        gloss_buf_char(&b, (char)(i % 251));
    cr_assert_eq(b.len, 100000);
    for (int i = 0; i < 100000; i++)
        cr_assert_eq((unsigned char)b.ptr[i], i % 251, "byte %d", i);
}

Test(buf, numbers_are_those_of_printf)
{
    static const uint64_t numbers[] = {
        0,           1,          9,         10,         99,         100,
        4294967295U, 4294967296, INT64_MAX, UINT64_MAX, 1000000000, UINT64_C(10000000000000000000)};

    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf b = {0};
        char want[32];

        snprintf(want, sizeof(want), "%" PRIu64, numbers[i]);
        gloss_buf_u64(&b, numbers[i]);
        cr_expect(holds(&b, want), "%s", want);
    }
}

Test(buf, a_size_that_cannot_be_fails_for_good_until_cleared)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf b = {0};

    gloss_buf_str(&b, "kept");
    cr_expect_null(gloss_buf_room(&b, SIZE_MAX));
    cr_expect(b.failed);
    gloss_buf_str(&b, "dropped");
    cr_expect(holds(&b, "kept"));
    gloss_buf_clear(&b);
    gloss_buf_str(&b, "again");
    cr_expect(!b.failed && holds(&b, "again"));
}
