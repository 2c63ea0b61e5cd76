#include "toy/toy.h"

#include "core/base/util.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct settings {
    const char *path;
};

struct toy_sink {
    struct sink sink;
    const char *path; /* owned */
    int fd;
};

static struct toy_sink *of(const struct sink *s)
{
    return container_of(s, struct toy_sink, sink);
}

static int toy_make(struct sink **ret_sink, const struct config_sink *config)
{
    const struct settings *settings = config->settings;
    struct toy_sink *t = calloc(1, sizeof(*t));

    if (!t)
        return -ENOMEM;
    t->fd = -1;
    t->path = strdup(settings->path);
    t->sink.name = t->path;
    *ret_sink = &t->sink;
    return t->path ? 0 : -ENOMEM;
}

static void toy_free(struct sink *s)
{
    close(of(s)->fd);
    free((char *)(uintptr_t)of(s)->path);
    free(of(s));
}

static int toy_open(struct sink *s)
{
    close(of(s)->fd);
    of(s)->fd = open(of(s)->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    return of(s)->fd < 0 ? -errno : 0;
}

static bool toy_is_open(const struct sink *s)
{
    return of(s)->fd >= 0;
}

static int toy_write(struct sink *s, const struct gloss_spans *spans)
{
    for (size_t i = 0; i < spans->n; i++)
        if (write(of(s)->fd, spans->items[i].ptr, spans->items[i].len) < 0)
            return -ENOMEM;
    return 0;
}

static bool toy_is_blocked(const struct sink *s)
{
    (void)s;
    return false;
}

static int toy_retry(struct sink *s)
{
    (void)s;
    return 0;
}

static int toy_failure(const struct sink *s)
{
    (void)s;
    return 0;
}

static struct gloss_span toy_pending(const struct sink *s)
{
    (void)s;
    return gloss_span("", 0);
}

static int toy_restore_pending(struct sink *s, struct gloss_span bytes)
{
    (void)s;
    return bytes.len == 0 ? 0 : -EINVAL;
}

static bool toy_position(struct sink *s, struct sink_position *ret_position)
{
    struct stat st;

    if (fstat(of(s)->fd, &st) < 0)
        return false;
    *ret_position = (struct sink_position){0};
    snprintf(ret_position->cursor, sizeof(ret_position->cursor), "length %lld",
             (long long)st.st_size);
    return true;
}

static int toy_cut_back(struct sink *s, const struct sink_position *position)
{
    long long length = strtoll(position->cursor + strlen("length "), NULL, 10);

    return truncate(of(s)->path, (off_t)length) < 0 ? -errno : 0;
}

static int toy_sync(struct sink *s)
{
    return fdatasync(of(s)->fd) < 0 ? -errno : 0;
}

static bool toy_may_commit(const struct sink *s)
{
    char hold[4096];

    snprintf(hold, sizeof(hold), "%s.hold", of(s)->path);
    return access(hold, F_OK) < 0;
}

static const struct sink_ops ops = {
    .make = toy_make,
    .free = toy_free,
    .open = toy_open,
    .is_open = toy_is_open,
    .write = toy_write,
    .is_blocked = toy_is_blocked,
    .retry = toy_retry,
    .failure = toy_failure,
    .pending = toy_pending,
    .restore_pending = toy_restore_pending,
    .position = toy_position,
    .cut_back = toy_cut_back,
    .sync = toy_sync,
    .may_commit = toy_may_commit,
};

static const char *toy_path(const void *settings)
{
    return ((const struct settings *)settings)->path;
}

static const struct config_field fields[] = {
    {"toy_out", CONFIG_PATH, .offset = offsetof(struct settings, path)}};

const struct sink_kind toy_sink_kind = {
    .config = {.key = "toy_out",
               .shown = "'toy_out'",
               .is = "sink is a toy",
               .table = {.fields = fields,
                         .n_fields = ARRAY_SIZE(fields),
                         .size = sizeof(struct settings)},
               .name = toy_path},
    .ops = &ops,
};
