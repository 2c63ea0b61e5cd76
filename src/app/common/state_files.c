#include "app/common/state_files.h"

#include "core/base/util.h"

static int on_file(void *ctx, const struct store_file *file)
{
    struct memory *m = ctx;
    struct memory_file *item;

    if (GROW(&m->items, &m->size, m->n + 1) < 0)
        return -ENOMEM;
    item = &m->items[m->n++];
    *item = (struct memory_file){.source = strdup(file->source), .place = file->place};
    item->place.path = strdup(file->place.path);
    return item->source && item->place.path ? 0 : -ENOMEM;
}

int memory_load(struct memory *m, struct store *store)
{
    return store_each_file(store, on_file, m);
}

void memory_deinit(struct memory *m)
{
    for (size_t i = 0; i < m->n; i++) {
        free(m->items[i].source);
        free((char *)(uintptr_t)m->items[i].place.path);
    }
    free(m->items);
    *m = (struct memory){0};
}

int memory_put(struct store *store, const struct memory_file *f)
{
    const struct store_file file = {.source = f->source, .place = f->place};

    return store_put_file(store, &file);
}
