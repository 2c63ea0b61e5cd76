/* Generations are found by device and inode in a table of buckets that doubles as it fills. The
 * same file may be in it several times: what was in a file before it was cut off is a generation of
 * its own. */

#include "io/tail/follow_context.h"

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/tail/followed_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>
#include <sys/resource.h>

int follow_buffer_new(struct follow_buffer **ret_buffer)
{
    struct follow_buffer *buffer = calloc(1, sizeof(*buffer));

    if (!buffer)
        return -ENOMEM;
    *ret_buffer = buffer;
    return 0;
}

struct follow_buffer *follow_buffer_free(struct follow_buffer *buffer)
{
    if (buffer)
        free(buffer->bytes);
    free(buffer);
    return NULL;
}

int follow_buffer_reserve(struct follow_buffer *buffer, size_t size)
{
    char *bytes;

    if (size <= buffer->size)
        return 0;
    bytes = malloc(size);
    if (!bytes)
        return -ENOMEM;
    free(buffer->bytes);
    buffer->bytes = bytes;
    buffer->size = size;
    return 0;
}

/* Without a word about the order of bytes. */
static bool goes_by_mark(const char *encoding)
{
    static const char *const names[] = {"utf-16", "utf16", "utf-32", "utf32"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcasecmp(encoding, names[i]) == 0)
            return true;
    return false;
}

/* One for each encoding that a mark tells. */
static int init_marked(struct follow_context *ctx)
{
    int r = 0;

    for (int i = 0; i < GLOSS_ENCODING_GUESSES && r == 0; i++) {
        const char *name = gloss_encoding_name((enum gloss_encoding_guess)i);

        r = name ? line_encoding_init(&ctx->marked[i], name) : 0;
    }
    return r;
}

int follow_context_init(struct follow_context *ctx, const struct follow_options *options)
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};
    int r;

    getrlimit(RLIMIT_NOFILE, &limit);
    *ctx = (struct follow_context){.options = *options, .descriptors_max = limit.rlim_cur};
    r = line_encoding_init(&ctx->plain, /* encoding= */ NULL);
    if (r == 0)
        r = init_marked(ctx);
    ctx->by_mark = options->encoding && goes_by_mark(options->encoding);
    if (r == 0 && options->encoding)
        r = line_encoding_init(&ctx->named, options->encoding);
    return r;
}

void follow_context_deinit(struct follow_context *ctx)
{
    for (size_t i = 0; i < ARRAY_SIZE(ctx->marked); i++)
        line_encoding_deinit(&ctx->marked[i]);
    line_encoding_deinit(&ctx->named);
    gloss_buf_deinit(&ctx->decoded);
    gloss_lines_free(ctx->line.parts);
    rotated_names_folder_deinit(&ctx->folder);
    free(ctx->buckets);
}

void follow_context_tick(struct follow_context *ctx, uint64_t now_ns)
{
    const struct follow_options *o = &ctx->options;

    ctx->now_ns = now_ns;
    ctx->wall_ns = o->ops->wall ? o->ops->wall(o->ctx) : now_ns;
}

void follow_context_event(const struct follow_context *ctx, enum follow_event event,
                          const char *path, const char *format, ...)
{
    char detail[256];
    va_list args;

    va_start(args, format);
    vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    ctx->options.ops->event(ctx->options.ctx, event, path, detail);
}

uint64_t follow_context_silence_ns(const struct follow_context *ctx, const struct stat *st)
{
    uint64_t silent_ns = file_time_ns(st) + ctx->options.rotate_wait_ns;

    return silent_ns > ctx->wall_ns ? silent_ns - ctx->wall_ns : 0;
}

static struct followed_file **bucket_of(const struct follow_context *ctx, uint64_t dev,
                                        uint64_t ino)
{
    uint64_t hash = (ino ^ dev << 40) * UINT64_C(0x9e3779b97f4a7c15);

    return &ctx->buckets[(hash >> 32) & (ctx->n_buckets - 1)];
}

/* Changes within a step of the clock of the file system are told by no time. */
static struct follow_context_folder look_at_folder(const struct follow_context *ctx,
                                                   const char *path)
{
    const struct follow_options *o = &ctx->options;
    struct follow_context_folder seen = {0};
    struct stat st;

    if (stat(path, &st) == 0 && file_time_ns(&st) + SECOND_NS < ctx->wall_ns)
        seen = (struct follow_context_folder){.stamp = file_stamp_of(&st),
                                              .prepared = o->ops->prepared &&
                                                          o->ops->prepared(o->ctx, path)};
    return seen;
}

struct follow_context_folder follow_context_look_at_folder(struct follow_context *ctx,
                                                           const char *path, size_t len)
{
    bool is_near =
        len < sizeof(ctx->near) && strncmp(ctx->near, path, len) == 0 && ctx->near[len] == '\0';

    if (len >= sizeof(ctx->near))
        return (struct follow_context_folder){0};
    if (is_near && ctx->near_ns == ctx->wall_ns)
        return ctx->near_seen;
    memcpy(ctx->near, path, len);
    ctx->near[len] = '\0';
    ctx->near_ns = ctx->wall_ns;
    ctx->near_seen = look_at_folder(ctx, ctx->near);
    return ctx->near_seen;
}

/* One that has no file any more is found by nobody, and may stand anywhere. */
static struct followed_file **bucket_for(const struct follow_context *ctx,
                                         const struct followed_file *file)
{
    return bucket_of(ctx, file->position.dev,
                     file->position.ino ? file->position.ino : (uintptr_t)file);
}

static int grow_table(struct follow_context *ctx)
{
    size_t n = ctx->n_buckets, n_new = n > 0 ? 2 * n : 16;
    struct followed_file **old = ctx->buckets, **fresh = calloc(n_new, sizeof(*fresh));

    if (!fresh)
        return -ENOMEM;
    ctx->buckets = fresh;
    ctx->n_buckets = n_new;
    for (size_t i = 0; i < n; i++) {
        for (struct followed_file *file = old[i], *next; file; file = next) {
            struct followed_file **bucket = bucket_for(ctx, file);

            next = file->same_bucket;
            file->same_bucket = *bucket;
            *bucket = file;
        }
    }
    free(old);
    return 0;
}

int follow_context_list(struct follow_context *ctx, struct followed_file *file)
{
    struct followed_file **bucket;

    if (ctx->n_listed >= ctx->n_buckets) {
        int r = grow_table(ctx);

        if (r < 0)
            return r;
    }
    bucket = bucket_for(ctx, file);
    file->same_bucket = *bucket;
    *bucket = file;
    file->context = ctx;
    ctx->n_listed++;
    if (file->dirty)
        follow_context_changed(ctx, file);
    return 0;
}

void follow_context_unlist(struct follow_context *ctx, struct followed_file *file)
{
    struct followed_file **at;

    if (!file->context)
        return;
    follow_context_settled(file);
    at = bucket_for(ctx, file);
    while (*at != file)
        at = &(*at)->same_bucket;
    *at = file->same_bucket;
    file->context = NULL;
    ctx->n_listed--;
}

void follow_context_changed(struct follow_context *ctx, struct followed_file *file)
{
    if (file->changed_at)
        return;
    file->next_changed = ctx->changed;
    file->changed_at = &ctx->changed;
    if (ctx->changed)
        ctx->changed->changed_at = &file->next_changed;
    ctx->changed = file;
}

void follow_context_settled(struct followed_file *file)
{
    if (!file->changed_at)
        return;
    *file->changed_at = file->next_changed;
    if (file->next_changed)
        file->next_changed->changed_at = file->changed_at;
    file->changed_at = NULL;
}

struct followed_file *follow_context_find(const struct follow_context *ctx, uint64_t dev,
                                          uint64_t ino, const struct followed_file *after)
{
    struct followed_file *file = after ? after->same_bucket : NULL;

    if (!after && ctx->n_buckets > 0)
        file = *bucket_of(ctx, dev, ino);
    while (file && (file->position.dev != dev || file->position.ino != ino))
        file = file->same_bucket;
    return file;
}
