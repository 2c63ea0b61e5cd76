/* What is asked of a file that a source wants to open:
 *
 *     it is                                            then it is ours
 *     open in a sink, or at the path of a sink         yes
 *     the state, or a file that lies beside it         yes
 *     by device and inode what a sink has written      if its first bytes are ours: the inode of a
 *                                                      deleted file is given out again
 *     called like a rotated sink, in its folder        if its first bytes are ours: a copy, or a
 *                                                      compressed file
 *     anything else                                    no
 *
 * A file that is shorter than the first bytes that are known of ours, and is so far equal to them,
 * counts as ours: it may be a copy that is not complete yet. */

#include "app/service/own_files.h"

#include "core/base/util.h"
#include "io/files/rotated_names.h"

static void item_deinit(struct own_file *file)
{
    free(file->path);
}

void own_files_deinit(struct own_files *own)
{
    for (size_t i = 0; i < own->n; i++)
        item_deinit(&own->items[i]);
    free(own->items);
    *own = (struct own_files){0};
}

/* ---- what sinks write ---- */

static int add(struct own_files *own, const struct store_output *output, bool is_saved)
{
    struct own_file *file;

    if (GROW(&own->items, &own->size, own->n + 1) < 0)
        return -ENOMEM;
    file = &own->items[own->n];
    *file = (struct own_file){.path = strdup(output->path),
                              .serial = output->serial,
                              .dev = output->dev,
                              .ino = output->ino,
                              .head_len = MIN(output->head.len, sizeof(file->head)),
                              .is_saved = is_saved};
    if (!file->path)
        return -ENOMEM;
    memcpy(file->head, output->head.ptr, file->head_len);
    own->n++;
    return 0;
}

static int on_output(void *ctx, const struct store_output *output)
{
    return add(ctx, output, /* is_saved= */ true);
}

int own_files_load(struct own_files *own, struct store *store)
{
    return store_each_output(store, on_output, own);
}

static struct own_file *newest_of(const struct own_files *own, const char *path)
{
    for (size_t i = own->n; i > 0; i--)
        if (STREQ(own->items[i - 1].path, path))
            return &own->items[i - 1];
    return NULL;
}

static bool begins_alike(const struct own_file *file, struct gloss_span head)
{
    return memcmp(file->head, head.ptr, MIN(file->head_len, head.len)) == 0;
}

/* Removes the oldest file of that sink, when it has too many. */
static void make_room(struct own_files *own, const char *path)
{
    size_t n = 0, first = own->n;

    for (size_t i = own->n; i > 0; i--) {
        if (!STREQ(own->items[i - 1].path, path))
            continue;
        first = i - 1;
        n++;
    }
    if (n <= OWN_FILES_MAX)
        return;
    item_deinit(&own->items[first]);
    own->n--;
    memmove(&own->items[first], &own->items[first + 1], (own->n - first) * sizeof(*own->items));
}

static int note(struct own_files *own, const char *path, const struct sink_file_identity *now)
{
    struct own_file *newest = newest_of(own, path);
    struct store_output output = {.path = path,
                                  .serial = newest ? newest->serial + 1 : 1,
                                  .dev = now->dev,
                                  .ino = now->ino,
                                  .head = now->head};
    int r;

    if (!newest || newest->dev != now->dev || newest->ino != now->ino ||
        !begins_alike(newest, now->head)) {
        r = add(own, &output, /* is_saved= */ false);
        if (r == 0)
            make_room(own, path);
        return r;
    }
    if (now->head.len <= newest->head_len)
        return 0;
    memcpy(newest->head, now->head.ptr, now->head.len);
    newest->head_len = now->head.len;
    newest->is_saved = false;
    return 0;
}

int own_files_look(struct own_files *own, const struct topology *t)
{
    int r = 0;

    for (size_t i = 0; i < t->n_sinks && r == 0; i++) {
        struct sink_file_identity now;

        if (sink_identity(t->sinks[i], &now) && now.head.len > 0)
            r = note(own, t->sinks[i]->name, &now);
    }
    return r;
}

int own_files_put(struct own_files *own, struct store *store)
{
    int r = 0;

    for (size_t i = 0; i < own->n && r == 0; i++) {
        struct own_file *file = &own->items[i];
        const struct store_output output = {.path = file->path,
                                            .serial = file->serial,
                                            .dev = file->dev,
                                            .ino = file->ino,
                                            .head = gloss_span(file->head, file->head_len)};

        if (file->is_saved)
            continue;
        r = store_put_output(store, &output);
        if (r == 0 && file->serial > OWN_FILES_MAX)
            r = store_drop_output(store, file->path, file->serial - OWN_FILES_MAX);
        file->is_saved = true;
    }
    return r;
}

void own_files_settle(struct own_files *own, bool committed)
{
    for (size_t i = 0; i < own->n && !committed; i++)
        own->items[i].is_saved = false;
}

/* ---- whether a file is ours ---- */

/* Another program may have put a file at the sink's path that is not opened yet. It is known by its
 * name, or has another one as a hard link. */
static bool is_written_now(const struct sink *s, const struct link_target *target)
{
    const struct stat *st = &target->st;
    const char *slash = strrchr(s->name, '/');
    struct sink_file_identity now;
    struct stat there;

    if (sink_identity(s, &now) && now.dev == st->st_dev && now.ino == st->st_ino)
        return true;
    return slash && (st->st_nlink > 1 || STREQ(slash + 1, target->name)) &&
           lstat(s->name, &there) == 0 && there.st_dev == st->st_dev && there.st_ino == st->st_ino;
}

static bool is_in_folder_of(const char *path, int folder)
{
    const char *slash = strrchr(path, '/');
    CLEANUP(freep) char *name = slash ? strndup(path, (size_t)(slash - path) + 1) : NULL;
    struct stat ours, theirs;

    return name && stat(name, &ours) == 0 && fstat(folder, &theirs) == 0 &&
           ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

static bool may_be(const struct own_file *file, const struct link_target *target)
{
    const char *slash = strrchr(file->path, '/');

    if (file->dev == target->st.st_dev && file->ino == target->st.st_ino)
        return true;
    return slash && rotated_names_named(target->name, slash + 1) &&
           is_in_folder_of(file->path, target->folder);
}

enum follow_ours own_files_has(const struct own_files *own, const struct topology *t,
                               const struct store *store, const struct link_target *target)
{
    for (size_t i = 0; i < t->n_sinks; i++)
        if (is_written_now(t->sinks[i], target))
            return FOLLOW_OURS;
    if (store_has_file(store, target))
        return FOLLOW_OURS;
    for (size_t i = 0; i < own->n; i++)
        if (may_be(&own->items[i], target))
            return FOLLOW_MAYBE_OURS;
    return FOLLOW_NOT_OURS;
}

bool own_files_begin_with(const struct own_files *own, struct gloss_span head)
{
    for (size_t i = 0; i < own->n; i++)
        if (begins_alike(&own->items[i], head))
            return true;
    return false;
}
