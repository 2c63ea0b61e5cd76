/* How many files are remembered that are not there any more. Such a file is remembered for its
 * copies, which may turn up later, packed or not. But whoever owns a folder can make and delete
 * files, or write one anew, as fast as the machine does; so they have a limit, and the oldest go.
 *
 * A file that is remembered is              if
 *      gone                                 it was deleted when it was closed; or its path names
 * the same file, which was written anew gone                                 no path has named it
 * for a while; a file that was renamed is found by the next walk through the folders there, and has
 * no limit              anything else
 *
 * One pass looks at all files, and the next one comes when there are PASS_FILES more. So a pass
 * costs a new file no more than all files cost divided by that number. */

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/tail/follow.h"
#include "io/tail/follow_private.h"

#define PASS_FILES 256
#define UNFOUND_NS (30 * SECOND_NS)
#define LOST_NS (2 * MINUTE_NS)
#define ROW_BYTES 120 /* of a position in the state, without its path and source */

/* Files that are gone. */
struct gone {
    struct followed_file **items; /* owned */
    size_t n, size, bytes;
};

static void gone_deinit(struct gone *gone)
{
    free(gone->items);
}

/* @newest  the youngest file of the path that is read; NULL: none is. */
static bool is_gone(const struct follow *f, const struct followed_path *path,
                    const struct followed_file *newest, const struct followed_file *file)
{
    const struct file_position *p = &file->position;
    uint64_t now_ns = f->context.now_ns;

    if (followed_file_is_live(file) || !p->done)
        return false;
    if (p->ino == 0 || (newest && newest->position.ino == p->ino && newest->position.dev == p->dev))
        return true;
    return !follow_is_pending(f, path) && now_ns >= file->closed_ns + UNFOUND_NS &&
           (file->found_ns == 0 || now_ns >= file->found_ns + LOST_NS);
}

static const struct followed_file *find_newest(const struct followed_path *path)
{
    const struct followed_file *newest = NULL;

    for (const struct followed_file *file = path->oldest; file; file = file->younger)
        if (followed_file_is_live(file))
            newest = file;
    return newest;
}

static size_t bytes_of(const struct follow *f, const struct followed_file *file)
{
    return strlen(file->position.path) + strlen(f->context.options.name) + ROW_BYTES;
}

/* Adds the path's files that are gone; the oldest are to be forgotten where there are too many. */
static int find_gone(const struct follow *f, struct followed_path *path, struct gone *gone)
{
    const struct followed_file *newest = find_newest(path);
    size_t first = gone->n;

    for (struct followed_file *file = path->oldest; file; file = file->younger) {
        file->is_trimmed = false;
        if (!is_gone(f, path, newest, file))
            continue;
        if (GROW(&gone->items, &gone->size, gone->n + 1) < 0)
            return -ENOMEM;
        gone->items[gone->n++] = file;
        gone->bytes += bytes_of(f, file);
    }
    for (; gone->n - first > FOLLOW_GONE_OF_PATH; first++) {
        gone->items[first]->is_trimmed = true;
        gone->bytes -= bytes_of(f, gone->items[first]);
    }
    return 0;
}

static int by_age(const void *a, const void *b)
{
    const struct followed_file *x = *(struct followed_file *const *)a;
    const struct followed_file *y = *(struct followed_file *const *)b;

    if (x->last_seen_ns != y->last_seen_ns)
        return x->last_seen_ns < y->last_seen_ns ? -1 : 1;
    return (x->position.serial > y->position.serial) - (x->position.serial < y->position.serial);
}

/* Marks the oldest until the others are few enough. */
static void mark_oldest(const struct follow *f, struct gone *gone)
{
    size_t left = 0;

    for (size_t i = 0; i < gone->n; i++)
        left += !gone->items[i]->is_trimmed;
    if (gone->n > 0)
        qsort(gone->items, gone->n, sizeof(*gone->items), by_age);
    for (size_t i = 0; i < gone->n && (left > FOLLOW_GONE_FILES || gone->bytes > FOLLOW_GONE_BYTES);
         i++) {
        if (gone->items[i]->is_trimmed)
            continue;
        gone->items[i]->is_trimmed = true;
        gone->bytes -= bytes_of(f, gone->items[i]);
        left--;
    }
}

static int forget_marked(struct followed_path *path,
                         int (*fn)(void *ctx, const struct file_position *position), void *ctx,
                         size_t *n)
{
    struct followed_file **at = &path->oldest;
    int r = 0;

    while (*at && r == 0) {
        struct followed_file *file = *at;

        if (!file->is_trimmed) {
            at = &file->younger;
            continue;
        }
        r = fn(ctx, &file->position);
        if (r < 0)
            break;
        *at = file->younger;
        followed_file_unlist(file);
        followed_file_free(file);
        (*n)++;
    }
    return r;
}

static void say_trimmed(struct follow *f)
{
    const struct follow_context *ctx = &f->context;

    if (f->was_trimmed && ctx->now_ns < f->said_trim_ns + HOUR_NS)
        return;
    f->was_trimmed = true;
    f->said_trim_ns = ctx->now_ns;
    follow_context_event_detail(ctx, FOLLOW_LIMITED, ctx->options.pattern, "%s",
                                FOLLOW_TRIMMED_TEXT);
}

int follow_trim(struct follow *f, int (*fn)(void *ctx, const struct file_position *position),
                void *ctx)
{
    CLEANUP(gone_deinit) struct gone gone = {0};
    size_t n = 0;
    int r = 0;

    f->trim_at = MIN(f->trim_at, f->context.index.n + PASS_FILES);
    if (f->context.index.n < f->trim_at)
        return 0;
    for (size_t i = 0; r == 0 && i < f->n; i++)
        r = find_gone(f, f->paths[i], &gone);
    if (r < 0)
        return r;
    mark_oldest(f, &gone);
    for (size_t i = 0; r == 0 && i < f->n; i++)
        r = forget_marked(f->paths[i], fn, ctx, &n);
    f->trim_at = f->context.index.n + PASS_FILES;
    if (n > 0)
        say_trimmed(f);
    return r;
}
