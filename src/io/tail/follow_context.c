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
static int init_marked(struct follow_context *d)
{
    int r = 0;

    for (int i = 0; i < GLOSS_ENCODING_GUESSES && r == 0; i++) {
        const char *name = gloss_encoding_name((enum gloss_encoding_guess)i);

        r = name ? line_encoding_init(&d->marked[i], name) : 0;
    }
    return r;
}

int follow_context_init(struct follow_context *d, const struct follow_options *options)
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};
    int r;

    getrlimit(RLIMIT_NOFILE, &limit);
    *d = (struct follow_context){.options = *options, .descriptors_max = limit.rlim_cur};
    r = line_encoding_init(&d->plain, /* encoding= */ NULL);
    if (r == 0)
        r = init_marked(d);
    d->by_mark = options->encoding && goes_by_mark(options->encoding);
    if (r == 0 && options->encoding)
        r = line_encoding_init(&d->named, options->encoding);
    return r;
}

void follow_context_deinit(struct follow_context *d)
{
    for (size_t i = 0; i < ARRAY_SIZE(d->marked); i++)
        line_encoding_deinit(&d->marked[i]);
    line_encoding_deinit(&d->named);
    gloss_buf_deinit(&d->decoded);
    gloss_lines_free(d->line.parts);
    rotated_names_folder_deinit(&d->folder);
    free(d->buckets);
}

void follow_context_tick(struct follow_context *d, uint64_t now_ns)
{
    const struct follow_options *o = &d->options;

    d->now_ns = now_ns;
    d->wall_ns = o->ops->wall ? o->ops->wall(o->ctx) : now_ns;
}

void follow_context_event(const struct follow_context *d, enum follow_event event, const char *path,
                          const char *format, ...)
{
    char detail[256];
    va_list args;

    va_start(args, format);
    vsnprintf(detail, sizeof(detail), format, args);
    va_end(args);
    d->options.ops->event(d->options.ctx, event, path, detail);
}

uint64_t follow_context_silence_ns(const struct follow_context *d, const struct stat *st)
{
    uint64_t silent_ns = followed_file_time(st) + d->options.rotate_wait_ns;

    return silent_ns > d->wall_ns ? silent_ns - d->wall_ns : 0;
}

static struct followed_file **bucket_of(const struct follow_context *d, uint64_t dev, uint64_t ino)
{
    uint64_t hash = (ino ^ dev << 40) * UINT64_C(0x9e3779b97f4a7c15);

    return &d->buckets[(hash >> 32) & (d->n_buckets - 1)];
}

/* Changes within a step of the clock of the file system are told by no time. */
static struct follow_context_folder look_at_folder(const struct follow_context *d, const char *path)
{
    const struct follow_options *o = &d->options;
    struct follow_context_folder seen = {0};
    struct stat st;

    if (stat(path, &st) == 0 && followed_file_time(&st) + SECOND_NS < d->wall_ns)
        seen = (struct follow_context_folder){.dev = st.st_dev,
                                              .ino = st.st_ino,
                                              .time_ns = followed_file_time(&st),
                                              .prepared = o->ops->prepared &&
                                                          o->ops->prepared(o->ctx, path)};
    return seen;
}

struct follow_context_folder follow_context_look_at_folder(struct follow_context *d,
                                                           const char *path, size_t len)
{
    bool is_near =
        len < sizeof(d->near) && strncmp(d->near, path, len) == 0 && d->near[len] == '\0';

    if (len >= sizeof(d->near))
        return (struct follow_context_folder){0};
    if (is_near && d->near_ns == d->wall_ns)
        return d->near_seen;
    memcpy(d->near, path, len);
    d->near[len] = '\0';
    d->near_ns = d->wall_ns;
    d->near_seen = look_at_folder(d, d->near);
    return d->near_seen;
}

/* One that has no file any more is found by nobody, and may stand anywhere. */
static struct followed_file **bucket_for(const struct follow_context *d,
                                         const struct followed_file *g)
{
    return bucket_of(d, g->position.dev, g->position.ino ? g->position.ino : (uintptr_t)g);
}

static int grow_table(struct follow_context *d)
{
    size_t n = d->n_buckets, n_new = n > 0 ? 2 * n : 16;
    struct followed_file **old = d->buckets, **fresh = calloc(n_new, sizeof(*fresh));

    if (!fresh)
        return -ENOMEM;
    d->buckets = fresh;
    d->n_buckets = n_new;
    for (size_t i = 0; i < n; i++) {
        for (struct followed_file *g = old[i], *next; g; g = next) {
            struct followed_file **bucket = bucket_for(d, g);

            next = g->same_bucket;
            g->same_bucket = *bucket;
            *bucket = g;
        }
    }
    free(old);
    return 0;
}

int follow_context_list(struct follow_context *d, struct followed_file *g)
{
    struct followed_file **bucket;

    if (d->n_listed >= d->n_buckets) {
        int r = grow_table(d);

        if (r < 0)
            return r;
    }
    bucket = bucket_for(d, g);
    g->same_bucket = *bucket;
    *bucket = g;
    g->context = d;
    d->n_listed++;
    if (g->dirty)
        follow_context_changed(d, g);
    return 0;
}

void follow_context_unlist(struct follow_context *d, struct followed_file *g)
{
    struct followed_file **at;

    if (!g->context)
        return;
    follow_context_settled(g);
    at = bucket_for(d, g);
    while (*at != g)
        at = &(*at)->same_bucket;
    *at = g->same_bucket;
    g->context = NULL;
    d->n_listed--;
}

void follow_context_changed(struct follow_context *d, struct followed_file *g)
{
    if (g->changed_at)
        return;
    g->next_changed = d->changed;
    g->changed_at = &d->changed;
    if (d->changed)
        d->changed->changed_at = &g->next_changed;
    d->changed = g;
}

void follow_context_settled(struct followed_file *g)
{
    if (!g->changed_at)
        return;
    *g->changed_at = g->next_changed;
    if (g->next_changed)
        g->next_changed->changed_at = g->changed_at;
    g->changed_at = NULL;
}

struct followed_file *follow_context_find(const struct follow_context *d, uint64_t dev,
                                          uint64_t ino, const struct followed_file *after)
{
    struct followed_file *g = after ? after->same_bucket : NULL;

    if (!after && d->n_buckets > 0)
        g = *bucket_of(d, dev, ino);
    while (g && (g->position.dev != dev || g->position.ino != ino))
        g = g->same_bucket;
    return g;
}
