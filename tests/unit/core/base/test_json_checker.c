/* The reader of JSON that other tests judge by (helpers/json): it must refuse what is no JSON. */

#include "core/base/util.h"
#include "helpers/json.h"

#include <criterion/criterion.h>

Test(json_checker, values_are_accepted)
{
    static const char *const good[] = {
        "{}",
        "[]",
        "\"\"",
        "0",
        "-1.5e+3",
        "true",
        "null",
        "{\"a\":[1,{\"b\":\"c\"}],\"d\":false}",
        "\"\\u00e9\\n\\\"\"",
        "\"\xE4\xB8\x8A\xF0\x9F\x98\x80\"",
        "{ \"a\" : 1 , \"b\" : [ ] }",
    };

    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        cr_expect_null(json_error(gloss_span_str(good[i])), "%s: %s", good[i],
                       json_error(gloss_span_str(good[i])));
}

Test(json_checker, what_is_no_json_is_refused)
{
    static const char *const bad[] = {
        "",
        "{",
        "}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "[1,]",
        "[1 2]",
        "{a:1}",
        "01",
        "1.",
        "-",
        "+1",
        "tru",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\t\"",
        "\"a\nb\"",
        "{}{}",
        "{} ",
        "'a'",
        "\"\x80\"",
        "\"\xC0\x80\"",
        "\"\xED\xA0\x80\"",
        "\"\xF4\x90\x80\x80\"",
        "\"\xE4\xB8\"",
        "[1,2}",
        "{\"a\":1]",
        "nul",
        "1e",
        "NaN",
    };

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        cr_expect_not_null(json_error(gloss_span_str(bad[i])), "%s", bad[i]);
}

Test(json_checker, members_are_found_and_strings_mean_what_they_say)
{
    struct gloss_span object =
        gloss_span_str("{\"a\":1,\"b\":[10,\"x\\\"\\u00e9\\t\"],\"c\":{\"a\":2}}");
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};

    cr_expect(gloss_span_equal(json_get(object, "a"), gloss_span_str("1")));
    cr_expect(gloss_span_equal(json_get(json_get(object, "c"), "a"), gloss_span_str("2")));
    cr_expect(gloss_span_equal(json_get(json_get(object, "b"), "0"), gloss_span_str("10")));
    cr_expect_null(json_get(object, "x").ptr);
    json_unquote(json_get(json_get(object, "b"), "1"), &text);
    cr_expect(gloss_span_equal(gloss_buf_view(&text), gloss_span_str("x\"\xC3\xA9\t")));
}
