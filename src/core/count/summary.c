/* All counters are added up and put in order once, and the writer of the wanted format walks over
 * the result. Only codes that were seen are kept: a catalog of ten thousand codes costs a summary
 * of three of them no more than a look at each count. */

#include "core/count/summary.h"

#include "core/base/util.h"
#include "core/catalog/catalog_set.h"

/* Most hits first, ties by name, then by the order of the catalogs. */
static int compare_codes(const void *a, const void *b)
{
    const struct summary_code *x = a, *y = b;
    int r;

    if (x->count.hits != y->count.hits)
        return x->count.hits < y->count.hits ? 1 : -1;
    r = strcmp(x->entry->code, y->entry->code);
    return r != 0 ? r : (x->entry->id > y->entry->id) - (x->entry->id < y->entry->id);
}

static int compare_places(const void *a, const void *b)
{
    const struct summary_place *x = a, *y = b;

    if (x->count.hits != y->count.hits)
        return x->count.hits < y->count.hits ? 1 : -1;
    return strcmp(x->source->name, y->source->name);
}

static int compare_unknown_names(const void *a, const void *b)
{
    const struct gloss_unknown_count *x = a, *y = b;
    int r = strcmp(x->code, y->code);

    return r != 0 ? r : strcmp(x->catalog, y->catalog);
}

static int compare_unknown(const void *a, const void *b)
{
    const struct gloss_unknown_count *x = a, *y = b;

    if (x->hits != y->hits)
        return x->hits < y->hits ? 1 : -1;
    return compare_unknown_names(a, b);
}

/* The earlier of two times; 0 is no time. */
static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static void count_add(struct gloss_count *sum, const struct gloss_count *count)
{
    sum->hits += count->hits;
    sum->lines += count->lines;
    sum->first_ns = earlier(sum->first_ns, count->first_ns);
    sum->last_ns = MAX(sum->last_ns, count->last_ns);
}

/* The count of an entry in a source; in all sources together where source is NULL. */
static struct gloss_count count_of(const struct summary *s, size_t id,
                                   const struct gloss_source_counts *source)
{
    struct gloss_count sum = {0};

    if (source) {
        if (source->codes)
            count_add(&sum, &source->codes[id]);
        return sum;
    }
    for (size_t i = 0; i < gloss_counters_n_sources(s->counters); i++) {
        const struct gloss_source_counts *each = gloss_counters_source_at(s->counters, i);

        if (each->codes)
            count_add(&sum, &each->codes[id]);
    }
    return sum;
}

int summary_codes_of(const struct summary *s, const struct gloss_source_counts *source,
                     struct summary_code **ret_codes, size_t *ret_n)
{
    const struct gloss_catalogs *set = gloss_counters_catalogs(s->counters);
    CLEANUP(freep) struct summary_code *codes = NULL;
    size_t n = 0, size = 0, n_entries = gloss_catalogs_n_entries(set);

    for (size_t id = 0; id < n_entries; id++) {
        struct gloss_count count = count_of(s, id, source);

        if (count.hits == 0)
            continue;
        if (GROW(&codes, &size, n + 1) < 0)
            return -ENOMEM;
        codes[n++] = (struct summary_code){gloss_catalogs_entry(set, (uint32_t)id), count};
    }
    if (n > 0)
        qsort(codes, n, sizeof(*codes), compare_codes);
    *ret_codes = TAKE_PTR(codes);
    *ret_n = n;
    return 0;
}

size_t summary_places(struct summary *s, const struct gloss_entry *entry)
{
    size_t n = 0;

    for (size_t i = 0; i < gloss_counters_n_sources(s->counters); i++) {
        const struct gloss_source_counts *source = gloss_counters_source_at(s->counters, i);

        if (source->codes && source->codes[entry->id].hits > 0)
            s->places[n++] = (struct summary_place){source, source->codes[entry->id]};
    }
    if (n > 0)
        qsort(s->places, n, sizeof(*s->places), compare_places);
    return n;
}

/* Adds up the counts that several sources have of one unknown code. */
static void merge_unknown(struct summary *s)
{
    size_t n = 0;

    qsort(s->unknown, s->n_unknown, sizeof(*s->unknown), compare_unknown_names);
    for (size_t i = 0; i < s->n_unknown; i++) {
        if (n > 0 && compare_unknown_names(&s->unknown[n - 1], &s->unknown[i]) == 0)
            s->unknown[n - 1].hits += s->unknown[i].hits;
        else
            s->unknown[n++] = s->unknown[i];
    }
    s->n_unknown = n;
    qsort(s->unknown, n, sizeof(*s->unknown), compare_unknown);
}

static int gather_unknown(struct summary *s)
{
    size_t n = gloss_counters_n_unknown(s->counters);

    s->unknown_hits = gloss_counters_unknown_dropped(s->counters);
    if (n == 0)
        return 0;
    s->unknown = reallocarray(NULL, n, sizeof(*s->unknown));
    if (!s->unknown)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const struct gloss_unknown_count *u = gloss_counters_unknown_at(s->counters, i);

        s->unknown_hits += u->hits;
        if (u->hits > 0)
            s->unknown[s->n_unknown++] = *u;
    }
    merge_unknown(s);
    return 0;
}

static int gather_sources(struct summary *s)
{
    size_t n = gloss_counters_n_sources(s->counters);

    for (size_t i = 0; i < n; i++) {
        const struct gloss_source_counts *source = gloss_counters_source_at(s->counters, i);
        uint64_t first, last;

        s->bytes += source->bytes;
        s->lines += source->lines;
        s->matched_lines += source->matched_lines;
        s->hits += source->hits;
        s->successes += source->successes;
        gloss_counters_span(source, &first, &last);
        s->first_ns = earlier(s->first_ns, first);
        s->last_ns = MAX(s->last_ns, last);
    }
    s->places = reallocarray(NULL, MAX(n, (size_t)1), sizeof(*s->places));
    return s->places ? 0 : -ENOMEM;
}

/* Adds up all counters. Returns 0 or -ENOMEM; summary_deinit() is due in either case. */
static int summary_init(struct summary *s, struct gloss_counters *c,
                        const struct gloss_summary_options *options)
{
    *s = (struct summary){.counters = c, .options = options};
    if (gather_sources(s) < 0 || gather_unknown(s) < 0)
        return -ENOMEM;
    return summary_codes_of(s, /* source= */ NULL, &s->codes, &s->n_codes);
}

static void summary_deinit(struct summary *s)
{
    free(s->codes);
    free(s->unknown);
    free(s->places);
}

const char *summary_nearest(const struct summary *s, const struct gloss_unknown_count *u)
{
    const struct gloss_catalogs *set = gloss_counters_catalogs(s->counters);
    const struct gloss_entry *entry;

    entry = gloss_catalogs_nearest(set, catalogs_by_name(set, u->catalog), gloss_span_str(u->code));
    return entry ? entry->code : NULL;
}

uint64_t summary_error_ppm(uint64_t matched_lines, uint64_t successes)
{
    double all = (double)matched_lines + (double)successes;

    return (uint64_t)(1e6 * (double)matched_lines / all + 0.5);
}

void gloss_summary_write(struct gloss_counters *c, const struct gloss_summary_options *options,
                         struct gloss_buf *out)
{
    static void (*const writers[])(struct summary * s, struct gloss_buf * out) = {
        [GLOSS_SUMMARY_TABLE] = summary_write_table,
        [GLOSS_SUMMARY_JSON] = summary_write_json,
        [GLOSS_SUMMARY_CSV] = summary_write_csv,
        [GLOSS_SUMMARY_PROMETHEUS] = summary_write_prometheus,
    };
    struct summary s;

    if (summary_init(&s, c, options) < 0)
        out->failed = true;
    else
        writers[options->format](&s, out);
    summary_deinit(&s);
}
