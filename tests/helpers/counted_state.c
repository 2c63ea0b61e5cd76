#include "helpers/counted_state.h"

#include "helpers/run.h"

#include <criterion/criterion.h>

struct gloss_counters *counters;
const struct gloss_catalogs *set;

void counted_state_init(void)
{
    counters = counting_new(counting_yaml);
    set = gloss_counters_catalogs(counters);
}

void counted_state_fini(void)
{
    counting_free(counters);
    scratch_remove();
}

struct store *counted_state_open(void)
{
    struct store *s = state_open();

    cr_assert_eq(store_load_counters(s, counters), 0);
    return s;
}

void counted_state_commit(struct store *s, uint64_t now_ns)
{
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_counters(s, counters, NULL), 0, "%s", store_problem(s));
    cr_assert_eq(store_commit(s, now_ns), 0, "%s", store_problem(s));
}
