/* To write to a state is also to make one, and to mend a damaged one: both are for a service. So it
 * is opened for reading first, and what cannot be read is left alone. */

#include "app/memory.h"

#include "app/catalogs.h"
#include "app/clock.h"
#include "app/config.h"
#include "app/place.h"
#include "app/say.h"
#include "core/util.h"

static int on_file(void *ctx, const struct store_file *file)
{
    struct memory *m = ctx;
    struct memory_file *item;

    if (GROW(&m->items, &m->size, m->n + 1) < 0)
        return -ENOMEM;
    item = &m->items[m->n++];
    *item = (struct memory_file){.source = strdup(file->source), .place = place_of_row(file)};
    item->place.path = strdup(file->path);
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
    const struct store_file file = place_to_row(f->source, &f->place);

    return store_put_file(store, &file);
}

int memory_find(const char *config, const char *state, struct config **ret_config, char **ret_path)
{
    const struct recall_options options = {.state = state, .config = config};
    int status = recall_config(&options, ret_config);

    if (status != CMD_OK)
        return status;
    *ret_path = strdup(state ? state : *ret_config ? (*ret_config)->state : CONFIG_DEFAULT_STATE);
    return *ret_path ? CMD_OK : say_no_memory();
}

static int open_as(const char *path, bool reads_only, struct store **ret_store)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    struct clock clock;
    struct store_options options = {.path = path, .read_only = reads_only};
    int r;

    clock_init(&clock);
    options.now_ns = clock.base.now_ns;
    r = store_open(ret_store, &options, &diags);
    if (r == -ENOMEM)
        return say_no_memory();
    if (r == STORE_E_ABSENT)
        return say_error(path, "no service has left its state here; --state FILE names another");
    if (r != 0)
        catalogs_say(&diags);
    return r == 0 ? CMD_OK : CMD_TROUBLE;
}

int memory_open(const char *path, bool writes, struct store **ret_store)
{
    int status = open_as(path, /* reads_only= */ true, ret_store);

    if (status != CMD_OK || !writes)
        return status;
    *ret_store = store_free(*ret_store);
    return open_as(path, /* reads_only= */ false, ret_store);
}
