#include "app/common/state_files.h"

#include "core/base/util.h"

static int on_file(void *ctx, const struct store_file *file)
{
    struct state_files *files = ctx;
    struct state_file *item;

    if (GROW(&files->items, &files->size, files->n + 1) < 0)
        return -ENOMEM;
    item = &files->items[files->n++];
    *item = (struct state_file){.source = strdup(file->source), .position = file->position};
    item->position.path = strdup(file->position.path);
    return item->source && item->position.path ? 0 : -ENOMEM;
}

int state_files_load(struct state_files *files, struct store *store)
{
    return store_each_file(store, on_file, files);
}

void state_files_deinit(struct state_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        free(files->items[i].source);
        free((char *)(uintptr_t)files->items[i].position.path);
    }
    free(files->items);
    *files = (struct state_files){0};
}

int state_files_put(struct store *store, const struct state_file *file)
{
    const struct store_file row = {.source = file->source, .position = file->position};

    return store_put_file(store, &row);
}
