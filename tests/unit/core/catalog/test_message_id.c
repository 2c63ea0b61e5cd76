/* The ids against values that another program computed, and the bits of RFC 9562. */

#include "core/base/util.h"
#include "core/catalog/message_id.h"

#include <criterion/criterion.h>

Test(message_id, is_the_documented_hash)
{
    /* Computed in Python: h = (h ^ byte) * (2**88 + 0x13b) % 2**128 for each byte of CATALOG NUL
     * CODE. */
    static const struct {
        const char *catalog, *code, *id;
    } cases[] = {
        {"aliyun-mqtt", "BIZ_TOPIC_NOT_FOUND", "8b296db86b9a81b88c6c404bf03a2c16"},
        {"aliyun-mqtt", "ONS_SYSTEM_ERROR", "26b04b810d1980648e7520418ceca9d9"},
        {"a", "", "0880954519ab8be99aa0733055b70e0c"},
        {"payments", "PAY_BANK", "190ba8a5d7d581a9826f19f0e5a0a8db"},
    };
    char id[MESSAGE_ID_SIZE];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        message_id(cases[i].catalog, cases[i].code, id);
        cr_expect_str_eq(id, cases[i].id);
    }
}

Test(message_id, keeps_catalog_and_code_apart)
{
    char one[MESSAGE_ID_SIZE], other[MESSAGE_ID_SIZE];

    message_id("ab", "c", one);
    message_id("a", "bc", other);
    cr_expect_str_neq(one, other);
}
