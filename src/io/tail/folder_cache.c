#include "io/tail/folder_cache.h"

#include <string.h>

/* Two changes within one step of the file system's clock give the folder one time. */
static struct folder_look look(const struct follow_options *options, uint64_t wall_ns,
                               const char *path)
{
    const struct follow_ops *ops = options->ops;
    struct folder_look seen = {0};
    struct stat st;

    if (stat(path, &st) < 0 || file_time_ns(&st) + SECOND_NS >= wall_ns)
        return seen;
    seen.stamp = file_stamp_of(&st);
    seen.is_watched = ops->watched && ops->watched(options->ctx, path);
    return seen;
}

struct folder_look folder_cache_look(struct folder_cache *cache,
                                     const struct follow_options *options, uint64_t wall_ns,
                                     const char *path, size_t len)
{
    bool is_same;

    if (len >= sizeof(cache->path))
        return (struct folder_look){0};
    is_same = strncmp(cache->path, path, len) == 0 && cache->path[len] == '\0';
    if (is_same && cache->asked_ns == wall_ns)
        return cache->seen;
    memcpy(cache->path, path, len);
    cache->path[len] = '\0';
    cache->asked_ns = wall_ns;
    cache->seen = look(options, wall_ns, cache->path);
    return cache->seen;
}
