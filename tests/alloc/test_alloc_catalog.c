/* Catalogs are read and checked, and each allocation fails in turn: the result is -ENOMEM, and
 * nothing leaks. */

#include "core/base/util.h"
#include "wrap.h"

#include <criterion/criterion.h>
#include <gloss/buf.h>
#include <gloss/catalog.h>
#include <gloss/lookup.h>

static const char good[] = "catalog: own\ntitle: t\nreference: r\nfamily: 'A[A-Z]+'\n"
                           "success: done\ncodes:\n"
                           "  A:\n    pattern: 'x(?<n>\\d+)'\n    cause: 'c {n}'\n    solution: s\n"
                           "  B:\n    cause: \"two\n      lines\"\n    solution: |\n      s\n";

static const char bad[] = "catalog: o w n\ntitel: x\nfamily: '('\nsuccess: x*\ncodes:\n"
                          "  A:\n    cause: &c c\n    severity: eror\n"
                          "  ok:\n    cause: *c\n    solution: [s]\n    zebra: 1\n"
                          "  B:\n    pattern: 'x\\n'\n    cause: c\n    solution: s\n"
                          "  C:\n    pattern: 'x(?<n>\\d)'\n    cause: '{m}'\n    solution: s\n"
                          "  C: [\n";

/* Reads the built-in catalog and a text, and writes the mistakes of the text. */
static int check(void *ctx)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = NULL;
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};
    int r = gloss_catalogs_new(&set);

    if (r == 0)
        r = gloss_catalogs_read_builtin(set);
    if (r == 0)
        r = gloss_catalogs_read(set, "own.yaml", gloss_span_str(ctx), &d);
    for (size_t i = 0; r >= 0 && i < d.n; i++)
        gloss_diag_format(&d.items[i], &text);
    if (r < 0)
        return r;
    return text.failed ? -ENOMEM : 0;
}

Test(alloc_catalog, a_good_catalog_is_read_or_memory_ran_out)
{
    cr_expect_gt(alloc_fail_each(check, (void *)good), 20);
}

Test(alloc_catalog, a_bad_catalog_is_diagnosed_or_memory_ran_out)
{
    cr_expect_gt(alloc_fail_each(check, (void *)bad), 40);
}

static int look_up(void *ctx)
{
    CLEANUP(gloss_lookup_deinit) struct gloss_lookup found = {.kind = GLOSS_LOOKUP_NONE};

    return gloss_lookup(ctx, NULL, gloss_span_str("biz"), &found);
}

Test(alloc_catalog, a_lookup_finds_or_memory_ran_out)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = NULL;

    cr_assert_eq(gloss_catalogs_new(&set), 0);
    cr_assert_eq(gloss_catalogs_read_builtin(set), 0);
    cr_expect_gt(alloc_fail_each(look_up, set), 0);
}

Test(alloc_catalog, a_set_is_as_before_when_a_catalog_found_no_memory)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = NULL;

    cr_assert_eq(gloss_catalogs_new(&set), 0);
    cr_assert_eq(gloss_catalogs_read_builtin(set), 0);
    for (size_t nth = 1;; nth++) {
        CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};

        alloc_fail_at(nth);
        int r = gloss_catalogs_read(set, "own.yaml", gloss_span_str(good), &d);
        alloc_fail_at(0);
        if (r == 0)
            break;
        cr_assert_eq(r, -ENOMEM);
        cr_expect_eq(gloss_catalogs_count(set), 1);
        cr_expect_eq(gloss_catalogs_n_entries(set), 15);
        cr_expect_null(gloss_catalogs_find(set, gloss_span_str("A")));
        cr_expect_not_null(gloss_catalogs_find(set, gloss_span_str("BIZ_NO_MESSAGE")));
    }
    cr_expect_eq(gloss_catalogs_n_entries(set), 17);
}
