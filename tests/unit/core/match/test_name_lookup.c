/* The index of names against a search through all names. */

#include "core/base/bytes.h"
#include "core/base/util.h"
#include "core/match/name_lookup.h"
#include "helpers/rng.h"
#include "helpers/specimen.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct gloss_entry *naive(const struct gloss_catalogs *set, struct gloss_span text)
{
    const struct gloss_entry *best = NULL;
    size_t best_len = 0;

    for (uint32_t id = 0; id < gloss_catalogs_n_entries(set); id++) {
        const struct gloss_entry *e = gloss_catalogs_entry(set, id);
        size_t len = strlen(e->code);

        if (e->pattern || len <= best_len || len > text.len || memcmp(e->code, text.ptr, len) != 0)
            continue;
        if (len < text.len && byte_is_word((unsigned char)text.ptr[len]))
            continue;
        best = e;
        best_len = len;
    }
    return best;
}

Test(name_lookup, is_the_longest_of_all_names_at_every_place)
{
    for (size_t i = 0; i < SPECIMENS - 1; i++) {
        struct gloss_catalogs *set = specimen_catalogs(i);
        CLEANUP(name_lookup_freep) struct name_lookup *names = NULL;
        CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0};
        uint32_t random = 99 + (uint32_t)i;

        cr_assert_eq(name_lookup_new(&names, set), 0);
        specimen_log(i, set, &random, 4000, &log);
        for (size_t at = 0; at <= log.len; at++) {
            size_t len = MIN(log.len - at, (size_t)(rng_next(&random) % 64));
            struct gloss_span text = gloss_span(log.ptr + at, len);

            cr_assert_eq(name_lookup_at(names, text), naive(set, text), "'%s' at %zu of %zu",
                         specimen_name(i), at, len);
        }
        gloss_catalogs_free(set);
    }
}

/* Each name has memory of exactly its length, so that a sanitizer sees a read past it. */
Test(name_lookup, every_name_is_found_where_nothing_follows)
{
    for (size_t i = 0; i < SPECIMENS; i++) {
        struct gloss_catalogs *set = specimen_catalogs(i);
        CLEANUP(name_lookup_freep) struct name_lookup *names = NULL;

        cr_assert_eq(name_lookup_new(&names, set), 0);
        for (uint32_t id = 0; id < gloss_catalogs_n_entries(set); id++) {
            const struct gloss_entry *e = gloss_catalogs_entry(set, id);
            size_t len = strlen(e->code);
            char *copy = malloc(len);

            cr_assert_not_null(copy);
            memcpy(copy, e->code, len);
            if (!e->pattern)
                cr_expect_eq(name_lookup_at(names, gloss_span(copy, len)), e, "%s", e->code);
            free(copy);
        }
        gloss_catalogs_free(set);
    }
}
