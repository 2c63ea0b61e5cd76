/* Generations are found by device and inode in a table of buckets that doubles as it fills. The
 * same file may be in it several times: what was in a file before it was cut off is a generation of
 * its own. */

#include "io/tail/follow_context.h"

#include "core/base/util.h"
#include "io/tail/followed_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>
#include <sys/resource.h>

#define SECOND_NS UINT64_C(1000000000)

int follow_buffer_new(struct follow_buffer **ret_buffer)
{
    struct follow_buffer *b = calloc(1, sizeof(*b));

    if (!b)
        return -ENOMEM;
    *ret_buffer = b;
    return 0;
}

struct follow_buffer *follow_buffer_free(struct follow_buffer *b)
{
    if (b)
        free(b->bytes);
    free(b);
    return NULL;
}

int follow_buffer_reserve(struct follow_buffer *b, size_t size)
{
    char *bytes;

    if (size <= b->size)
        return 0;
    bytes = malloc(size);
    if (!bytes)
        return -ENOMEM;
    free(b->bytes);
    b->bytes = bytes;
    b->size = size;
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
static int init_marked(struct desk *d)
{
    int r = 0;

    for (int i = 0; i < GLOSS_ENCODING_GUESSES && r == 0; i++) {
        const char *name = gloss_encoding_name((enum gloss_encoding_guess)i);

        r = name ? text_init(&d->marked[i], name) : 0;
    }
    return r;
}

int desk_init(struct desk *d, const struct follow_options *options)
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};
    int r;

    getrlimit(RLIMIT_NOFILE, &limit);
    *d = (struct desk){.options = *options, .descriptors_max = limit.rlim_cur};
    r = text_init(&d->plain, /* encoding= */ NULL);
    if (r == 0)
        r = init_marked(d);
    d->by_mark = options->encoding && goes_by_mark(options->encoding);
    if (r == 0 && options->encoding)
        r = text_init(&d->named, options->encoding);
    return r;
}

void desk_deinit(struct desk *d)
{
    for (size_t i = 0; i < ARRAY_SIZE(d->marked); i++)
        text_deinit(&d->marked[i]);
    text_deinit(&d->named);
    gloss_buf_deinit(&d->decoded);
    gloss_lines_free(d->line.parts);
    siblings_folder_deinit(&d->folder);
    free(d->buckets);
}

void desk_tick(struct desk *d, uint64_t now_ns)
{
    const struct follow_options *o = &d->options;

    d->now_ns = now_ns;
    d->wall_ns = o->ops->wall ? o->ops->wall(o->ctx) : now_ns;
}

void desk_event(const struct desk *d, enum follow_event event, const char *path, const char *format,
                ...)
{
    char detail[256];
    va_list args;

    va_start(args, format);
    vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    d->options.ops->event(d->options.ctx, event, path, detail);
}

uint64_t desk_silence_ns(const struct desk *d, const struct stat *st)
{
    uint64_t silent_ns = generation_time(st) + d->options.rotate_wait_ns;

    return silent_ns > d->wall_ns ? silent_ns - d->wall_ns : 0;
}

static struct generation **bucket_of(const struct desk *d, uint64_t dev, uint64_t ino)
{
    uint64_t hash = (ino ^ dev << 40) * UINT64_C(0x9e3779b97f4a7c15);

    return &d->buckets[(hash >> 32) & (d->n_buckets - 1)];
}

/* Changes within a step of the clock of the file system are told by no time. */
static struct desk_folder look_at_folder(const struct desk *d, const char *path)
{
    const struct follow_options *o = &d->options;
    struct desk_folder seen = {0};
    struct stat st;

    if (stat(path, &st) == 0 && generation_time(&st) + SECOND_NS < d->wall_ns)
        seen = (struct desk_folder){.dev = st.st_dev,
                                    .ino = st.st_ino,
                                    .time_ns = generation_time(&st),
                                    .told = o->ops->told && o->ops->told(o->ctx, path)};
    return seen;
}

struct desk_folder desk_look_at_folder(struct desk *d, const char *path, size_t len)
{
    bool is_near =
        len < sizeof(d->near) && strncmp(d->near, path, len) == 0 && d->near[len] == '\0';

    if (len >= sizeof(d->near))
        return (struct desk_folder){0};
    if (is_near && d->near_ns == d->wall_ns)
        return d->near_seen;
    memcpy(d->near, path, len);
    d->near[len] = '\0';
    d->near_ns = d->wall_ns;
    d->near_seen = look_at_folder(d, d->near);
    return d->near_seen;
}

/* One that has no file any more is found by nobody, and may stand anywhere. */
static struct generation **bucket_for(const struct desk *d, const struct generation *g)
{
    return bucket_of(d, g->place.dev, g->place.ino ? g->place.ino : (uintptr_t)g);
}

static int grow_table(struct desk *d)
{
    size_t n = d->n_buckets, n_new = n > 0 ? 2 * n : 16;
    struct generation **old = d->buckets, **fresh = calloc(n_new, sizeof(*fresh));

    if (!fresh)
        return -ENOMEM;
    d->buckets = fresh;
    d->n_buckets = n_new;
    for (size_t i = 0; i < n; i++) {
        for (struct generation *g = old[i], *next; g; g = next) {
            struct generation **bucket = bucket_for(d, g);

            next = g->same_bucket;
            g->same_bucket = *bucket;
            *bucket = g;
        }
    }
    free(old);
    return 0;
}

int desk_list(struct desk *d, struct generation *g)
{
    struct generation **bucket;

    if (d->n_listed >= d->n_buckets) {
        int r = grow_table(d);

        if (r < 0)
            return r;
    }
    bucket = bucket_for(d, g);
    g->same_bucket = *bucket;
    *bucket = g;
    g->desk = d;
    d->n_listed++;
    if (g->dirty)
        desk_changed(d, g);
    return 0;
}

void desk_unlist(struct desk *d, struct generation *g)
{
    struct generation **at;

    if (!g->desk)
        return;
    desk_settled(g);
    at = bucket_for(d, g);
    while (*at != g)
        at = &(*at)->same_bucket;
    *at = g->same_bucket;
    g->desk = NULL;
    d->n_listed--;
}

void desk_changed(struct desk *d, struct generation *g)
{
    if (g->changed_at)
        return;
    g->next_changed = d->changed;
    g->changed_at = &d->changed;
    if (d->changed)
        d->changed->changed_at = &g->next_changed;
    d->changed = g;
}

void desk_settled(struct generation *g)
{
    if (!g->changed_at)
        return;
    *g->changed_at = g->next_changed;
    if (g->next_changed)
        g->next_changed->changed_at = g->changed_at;
    g->changed_at = NULL;
}

struct generation *desk_find(const struct desk *d, uint64_t dev, uint64_t ino,
                             const struct generation *after)
{
    struct generation *g = after ? after->same_bucket : NULL;

    if (!after && d->n_buckets > 0)
        g = *bucket_of(d, dev, ino);
    while (g && (g->place.dev != dev || g->place.ino != ino))
        g = g->same_bucket;
    return g;
}
