#include "io/tail/follow_context.h"

#include "core/base/util.h"
#include "io/files/decompress_pool.h"

#include <stdarg.h>
#include <stdio.h>

int follow_context_init(struct follow_context *ctx, const struct follow_options *options)
{
    *ctx = (struct follow_context){
        .options = *options,
        .decompressed_limits = {.pool = options->pool, .ratio = options->packed_ratio}};
    return text_encodings_init(&ctx->encodings, options->encoding);
}

void follow_context_deinit(struct follow_context *ctx)
{
    text_encodings_deinit(&ctx->encodings);
    gloss_buf_deinit(&ctx->decoded);
    rotated_names_folder_deinit(&ctx->folder_names);
    file_index_deinit(&ctx->index);
}

/* To open a file and look at its start takes about eight times as long as to read a name. */
uint64_t follow_context_work(const struct follow_context *ctx)
{
    return ctx->folder_names.work + 8 * ctx->files_met;
}

void follow_context_tick(struct follow_context *ctx, uint64_t now_ns)
{
    const struct follow_options *o = &ctx->options;

    ctx->now_ns = now_ns;
    if (o->pool)
        decompress_pool_set_time(o->pool, now_ns);
    ctx->wall_ns = o->ops->wall ? o->ops->wall(o->ctx) : now_ns;
}

void follow_context_event(const struct follow_context *ctx, enum follow_event event,
                          const char *path)
{
    ctx->options.ops->event(ctx->options.ctx, event, path, /* detail= */ NULL);
}

void follow_context_event_detail(const struct follow_context *ctx, enum follow_event event,
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

struct folder_look follow_context_look_at_folder(struct follow_context *ctx, const char *path,
                                                 size_t len)
{
    return folder_cache_look(&ctx->folder_cache, &ctx->options, ctx->wall_ns, path, len);
}
