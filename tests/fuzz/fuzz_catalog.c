/* Any bytes as a catalog. Either it is read, and then its entries are what catalog.h promises, or
 * it has mistakes, and these can be shown. */

#include "core/base/util.h"

#include <assert.h>
#include <gloss/buf.h>
#include <gloss/catalog.h>
#include <gloss/lookup.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_entry(const struct gloss_catalogs *set, const struct gloss_entry *entry)
{
    size_t n = strlen(entry->code);

    assert(n >= 1 && n <= GLOSS_CODE_MAX);
    for (size_t i = 0; i < n; i++)
        assert((unsigned char)entry->code[i] > ' ' && entry->code[i] != 0x7f);
    assert(entry->cause[0] && entry->solution[0]);
    assert(!strpbrk(entry->cause, "\r\n\t") && !strpbrk(entry->solution, "\r\n\t"));
    assert(entry->line >= 1 && entry->column >= 1);
    assert(gloss_catalogs_find(set, gloss_span_str(entry->code)) == entry);
    assert(gloss_catalogs_entry(set, entry->id) == entry);
}

static void check_diags(const struct gloss_diags *d)
{
    struct gloss_buf text = {0};

    for (size_t i = 0; i < d->n; i++) {
        assert(d->items[i].text[0]);
        assert(i == 0 || d->items[i - 1].line <= d->items[i].line);
        gloss_diag_format(&d->items[i], &text);
    }
    for (size_t i = 0; i < text.len; i++)
        assert((unsigned char)text.ptr[i] >= ' ' || strchr("\n\t", text.ptr[i]));
    gloss_buf_deinit(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = NULL;
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
    CLEANUP(gloss_lookup_deinit) struct gloss_lookup found = {.kind = GLOSS_LOOKUP_NONE};
    struct gloss_span text = gloss_span((const char *)data, size);
    int r = gloss_catalogs_new(&set);

    assert(r == 0);
    r = gloss_catalogs_read(set, "fuzz.yaml", text, &d);
    assert(r == (d.errors > 0 ? GLOSS_CATALOG_E_INVALID : 0));
    assert(gloss_catalogs_count(set) == (r == 0));
    for (uint32_t id = 0; id < gloss_catalogs_n_entries(set); id++)
        check_entry(set, gloss_catalogs_entry(set, id));
    check_diags(&d);
    r = gloss_lookup(set, NULL, text, &found);
    assert(r == 0);
    return 0;
}
