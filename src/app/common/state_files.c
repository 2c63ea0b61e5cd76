#include "app/common/state_files.h"

#include "core/base/util.h"

static int on_file(void *ctx, const struct store_file *file)
{
    struct state_files *m = ctx;
    struct state_file *item;

    if (GROW(&m->items, &m->size, m->n + 1) < 0)
        return -ENOMEM;
    item = &m->items[m->n++];
    *item = (struct state_file){.source = strdup(file->source), .position = file->position};
    item->position.path = strdup(file->position.path);
    return item->source && item->position.path ? 0 : -ENOMEM;
}

int state_files_load(struct state_files *m, struct store *store)
{
    return store_each_file(store, on_file, m);
}

void state_files_deinit(struct state_files *m)
{
    for (size_t i = 0; i < m->n; i++) {
        free(m->items[i].source);
        free((char *)(uintptr_t)m->items[i].position.path);
    }
    free(m->items);
    *m = (struct state_files){0};
}

int state_files_put(struct store *store, const struct state_file *f)
{
    const struct store_file file = {.source = f->source, .position = f->position};

    return store_put_file(store, &file);
}
