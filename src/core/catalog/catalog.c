/* A set of catalogs, which does not change after it was read.
 *
 * For each catalog there is a shelf: an arena with its strings and an array of its entries. The set
 * finds an entry by its id and by its code. A shelf is added whole or not at all: all memory that
 * is needed is taken before anything changes. */

#include "core/base/name_distance.h"
#include "core/base/name_index.h"
#include "core/base/util.h"
#include "core/catalog/catalog_set.h"

struct shelf {
    struct gloss_catalog catalog;
    struct gloss_entry *entries;
    struct arena arena;
};

struct gloss_catalogs {
    struct shelf **shelves;
    size_t n, size;
    const struct gloss_entry **by_id;
    size_t n_entries, by_id_size;
    struct name_index names; /* from code to id */
};

static const char *const severity_names[] = {
    [GLOSS_SEVERITY_INFO] = "info",
    [GLOSS_SEVERITY_WARNING] = "warning",
    [GLOSS_SEVERITY_ERROR] = "error",
    [GLOSS_SEVERITY_CRITICAL] = "critical",
};

const char *gloss_severity_name(enum gloss_severity severity)
{
    return severity_names[severity];
}

int gloss_severity_parse(struct gloss_span word, enum gloss_severity *ret_severity)
{
    for (size_t i = 0; i < ARRAY_SIZE(severity_names); i++)
        if (gloss_span_equal(word, gloss_span_str(severity_names[i]))) {
            *ret_severity = (enum gloss_severity)i;
            return 0;
        }
    return -EINVAL;
}

void catalog_draft_deinit(struct catalog_draft *draft)
{
    arena_deinit(&draft->arena);
    free(draft->entries);
    *draft = (struct catalog_draft){0};
}

static struct shelf *shelf_free(struct shelf *s)
{
    if (!s)
        return NULL;
    arena_deinit(&s->arena);
    free(s->entries);
    free(s);
    return NULL;
}

static void shelf_freep(struct shelf **s)
{
    *s = shelf_free(*s);
}

int gloss_catalogs_new(struct gloss_catalogs **ret_set)
{
    struct gloss_catalogs *set = calloc(1, sizeof(*set));

    if (!set)
        return -ENOMEM;
    *ret_set = set;
    return 0;
}

struct gloss_catalogs *gloss_catalogs_free(struct gloss_catalogs *set)
{
    if (!set)
        return NULL;
    for (size_t i = 0; i < set->n; i++)
        shelf_free(set->shelves[i]);
    free(set->shelves);
    free(set->by_id);
    name_index_deinit(&set->names);
    free(set);
    return NULL;
}

int catalogs_add(struct gloss_catalogs *set, struct catalog_draft *draft)
{
    CLEANUP(shelf_freep) struct shelf *s = calloc(1, sizeof(*s));

    if (!s || name_index_reserve(&set->names, set->n_entries + draft->n) < 0 ||
        GROW(&set->shelves, &set->size, set->n + 1) < 0 ||
        GROW(&set->by_id, &set->by_id_size, set->n_entries + draft->n) < 0)
        return -ENOMEM;
    s->catalog = draft->fields;
    s->catalog.entries = draft->entries;
    s->catalog.n_entries = draft->n;
    s->catalog.index = set->n;
    s->entries = TAKE_PTR(draft->entries);
    s->arena = draft->arena;
    for (size_t i = 0; i < draft->n; i++) {
        struct gloss_entry *entry = &s->entries[i];

        entry->catalog = &s->catalog;
        entry->id = (uint32_t)set->n_entries;
        set->by_id[set->n_entries++] = entry;
        name_index_put(&set->names, gloss_span_str(entry->code), entry->id);
    }
    set->shelves[set->n++] = TAKE_PTR(s);
    *draft = (struct catalog_draft){0};
    return 0;
}

const struct gloss_catalog *catalogs_by_name(const struct gloss_catalogs *set, const char *name)
{
    for (size_t i = 0; i < set->n; i++)
        if (STREQ(set->shelves[i]->catalog.name, name))
            return &set->shelves[i]->catalog;
    return NULL;
}

size_t gloss_catalogs_count(const struct gloss_catalogs *set)
{
    return set->n;
}

const struct gloss_catalog *gloss_catalogs_get(const struct gloss_catalogs *set, size_t index)
{
    return &set->shelves[index]->catalog;
}

size_t gloss_catalogs_n_entries(const struct gloss_catalogs *set)
{
    return set->n_entries;
}

const struct gloss_entry *gloss_catalogs_entry(const struct gloss_catalogs *set, uint32_t id)
{
    return set->by_id[id];
}

const struct gloss_entry *gloss_catalogs_find(const struct gloss_catalogs *set,
                                              struct gloss_span code)
{
    uint32_t id;

    return name_index_get(&set->names, code, &id) ? set->by_id[id] : NULL;
}

const struct gloss_entry *gloss_catalogs_nearest(const struct gloss_catalogs *set,
                                                 const struct gloss_catalog *catalog,
                                                 struct gloss_span word)
{
    unsigned limit = (unsigned)MIN(word.len / 4, (size_t)2);
    const struct gloss_entry *nearest = NULL;

    for (size_t i = 0; i < set->n_entries; i++) {
        const struct gloss_entry *entry = set->by_id[i];
        unsigned distance;

        if (catalog && entry->catalog != catalog)
            continue;
        distance = name_distance(word, gloss_span_str(entry->code), limit);
        if (distance > limit)
            continue;
        if (!nearest || distance < limit || strcmp(entry->code, nearest->code) < 0)
            nearest = entry;
        limit = distance;
    }
    return nearest;
}
