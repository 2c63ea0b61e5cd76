/* A line's words are looked up one by one; nothing here is fast. */

#include "helpers/counting.h"

#include "core/base/util.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define FOUND_MAX 32
#define STREAMS_MAX 16

const struct gloss_clock counting_clock = {.now_ns = UINT64_C(1795435200) * 1000000000};

const char counting_yaml[] = "catalog: shop\n"
                             "family: 'BIZ_[A-Z0-9_]+'\n"
                             "codes:\n"
                             "  BIZ_NO_STOCK: {cause: none left, solution: wait}\n"
                             "  BIZ_NO_MONEY: {cause: none at all, solution: work}\n";
const char counting_other_yaml[] = "catalog: port\n"
                                   "family: 'BIZ_[A-Z0-9_]+'\n"
                                   "codes:\n"
                                   "  BIZ_NO_SHIP: {cause: none here, solution: wait}\n";

struct gloss_catalogs *counting_catalogs(const char *yaml)
{
    struct gloss_catalogs *set = NULL;
    struct gloss_diags diags = {0};

    cr_assert_eq(gloss_catalogs_new(&set), 0);
    cr_assert_eq(gloss_catalogs_read(set, "test.yaml", gloss_span_str(yaml), &diags), 0, "%s",
                 diags.n > 0 ? diags.items[0].text : "");
    gloss_diags_deinit(&diags);
    return set;
}

struct gloss_counters *counting_new(const char *yaml)
{
    struct gloss_counters *c = NULL;

    cr_assert_eq(gloss_counters_new(&c, counting_catalogs(yaml)), 0);
    return c;
}

void counting_free(struct gloss_counters *c)
{
    struct gloss_catalogs *set = (struct gloss_catalogs *)gloss_counters_catalogs(c);

    gloss_counters_free(c);
    gloss_catalogs_free(set);
}

static bool is_first(const struct gloss_hit *hits, size_t n, const struct gloss_entry *entry)
{
    for (size_t i = 0; i < n; i++)
        if (hits[i].entry == entry)
            return false;
    return true;
}

struct gloss_times *counting_times(const char *source, const struct gloss_block *block)
{
    static const struct gloss_times_options options = {.clock = &counting_clock,
                                                       .kind = GLOSS_TIMES_LIVE};
    static struct {
        char name[64];
        struct gloss_time_memory memory;
    } streams[STREAMS_MAX];
    static struct gloss_times *times;
    size_t i = 0;

    if (!times && gloss_times_new(&times, &options) < 0)
        return NULL;
    while (streams[i].name[0] && !STREQ(streams[i].name, source))
        cr_assert_lt(++i, ARRAY_SIZE(streams));
    snprintf(streams[i].name, sizeof(streams[i].name), "%s", source);
    gloss_times_begin(times, &streams[i].memory, block);
    return times;
}

int counting_add(struct gloss_counters *c, const char *source, const char *text,
                 const bool *selected)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const struct gloss_catalogs *set = gloss_counters_catalogs(c);
    struct gloss_source_counts *counts;
    struct gloss_hit hits[FOUND_MAX];
    struct gloss_unknown unknown[FOUND_MAX];
    struct gloss_line line = {.hits = hits, .unknown = unknown, .begins = true, .ends = true};
    struct gloss_block block = {
        .bytes = gloss_span_str(text), .begins_line = true, .ends_line = true};
    int r = gloss_counters_source(c, source, &counts);
    struct gloss_times *times;

    if (r < 0)
        return r;
    times = counting_times(source, &block);
    if (!times)
        return -ENOMEM;
    line.text = gloss_span(text, strcspn(text, "\n"));
    line.number = counts->lines + 1;
    for (const char *at = text; *at; at += strcspn(at, letters)) {
        struct gloss_span word = gloss_span(at, strspn(at, letters));
        const struct gloss_entry *entry = gloss_catalogs_find(set, word);

        if (entry) {
            hits[line.n_hits] = (struct gloss_hit){
                .entry = entry, .text = word, .first = is_first(hits, line.n_hits, entry)};
            line.n_hits++;
        } else if (word.len > 4 && memcmp(at, "BIZ_", 4) == 0) {
            unknown[line.n_unknown++] =
                (struct gloss_unknown){.catalog = gloss_catalogs_get(set, 0), .text = word};
        }
        at += word.len;
    }
    line.first_match = line.n_hits > 0;
    line.success = strstr(text, "ok=1") != NULL;
    r = 0;
    if (line.n_hits > 0 || line.n_unknown > 0 || line.success)
        r = gloss_counters_line(c, counts, &line, selected, times);
    if (r == 0)
        r = gloss_counters_block(c, counts, &block, 1, times);
    gloss_times_end(times);
    return r;
}
