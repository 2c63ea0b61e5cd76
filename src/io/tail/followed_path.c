#include "io/tail/followed_path.h"

struct followed_path *followed_path_new(const char *name)
{
    const char *slash = strrchr(name, '/');
    struct followed_path *path = calloc(1, sizeof(*path));

    if (!path)
        return NULL;
    path->next_serial = 1;
    path->folder_len = slash ? (size_t)(slash - name) : 0;
    path->name = strdup(name);
    if (!path->name) {
        free(path);
        return NULL;
    }
    return path;
}

struct followed_path *followed_path_free(struct followed_path *path, struct follow_context *ctx)
{
    if (!path)
        return NULL;
    while (path->oldest) {
        struct followed_file *file = path->oldest;

        path->oldest = file->younger;
        followed_file_unlist(file);
        followed_file_free(file);
    }
    ctx->n_links -= path->target != NULL;
    free(path->skipped_why);
    free(path->target);
    free(path->name);
    free(path);
    return NULL;
}

int followed_path_remember(struct followed_path *path, struct follow_context *ctx,
                           const struct file_position *position)
{
    struct followed_file *file = followed_file_new(path->name, position->serial);
    struct followed_file **at = &path->oldest;

    if (!file)
        return -ENOMEM;
    file->position = *position;
    file->position.path = path->name;
    file->last_seen_ns = position->last_seen_ns;
    rotation_close(&file->rotation);
    while (*at && (*at)->position.serial < position->serial)
        at = &(*at)->younger;
    file->younger = *at;
    *at = file;
    ctx->has_history = true;
    path->next_serial = MAX(path->next_serial, position->serial + 1);
    return followed_file_list(file, ctx);
}

struct followed_file *followed_path_youngest(const struct followed_path *path)
{
    struct followed_file *file = path->oldest;

    while (file && file->younger)
        file = file->younger;
    return file;
}

struct followed_file *followed_path_insert(struct followed_path *path, struct followed_file *before)
{
    uint64_t serial = before ? before->position.serial : path->next_serial;
    struct followed_file *file = followed_file_new(path->name, serial);
    struct followed_file **at = &path->oldest;

    if (!file)
        return NULL;
    while (*at && *at != before)
        at = &(*at)->younger;
    file->younger = before;
    *at = file;
    for (; before; before = before->younger)
        followed_file_renumber(before, before->younger ? before->younger->position.serial
                                                       : path->next_serial);
    path->next_serial++;
    return file;
}
