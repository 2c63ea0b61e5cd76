/* Whose turn it is.
 *
 *      paths   all of them, sorted by name
 *      queue   all of them, by when they want to be looked at though nothing wakes them
 *      awake   those that have something to do, served one after the other, a budget each
 *      found   new ones, which join the queue after a first look, a few in each round of turns
 *
 * An event makes a path awake, the clock does, and a path that could not read all goes to the end
 * of those that are awake. So a file that is written without pause costs the others one budget's
 * time, and nothing more. Looks at quiet files are spread over their interval by a number of the
 * path. Where a folder is watched, a file that was found unchanged is looked at once a minute, for
 * a write through a map of memory or another hard link; else more often. */

#include "io/tail/follow.h"

#include "core/base/nanoseconds.h"
#include "core/base/sorted.h"
#include "io/files/decompress_pool.h"
#include "io/tail/fd_budget.h"
#include "io/tail/follow_private.h"
#include "io/tail/followed_path_turn.h"
#include "io/tail/overlong_line.h"

#include <limits.h>
#include <stdio.h>

#define TURNS_AT_ONCE 10 /* that read something */
#define LOOKS_AT_ONCE 256
#define STOP_BUDGET ((size_t)256 * 1024)
#define SELDOM_NS MINUTE_NS
#define SCAN_POLL_NS (2 * SECOND_NS)
#define SCAN_WATCHED_NS (5 * SECOND_NS)
#define SCAN_AGAIN_NS (SECOND_NS / 4)
#define SCAN_PATH_NS (UINT64_C(10) * 1000)
#define WORK_AT_ONCE 4096
#define WORK_NS (UINT64_C(50) * 1000)
#define TICK_NS (SECOND_NS / 20)
#define TOGETHER_NS (SECOND_NS / 4)
#define QUIET_NS (10 * SECOND_NS)
#define HAND_STEPS 16
#define NEIGHBOURS 512

int follow_new(struct follow **ret_follow, const struct follow_options *options)
{
    CLEANUP(follow_freep) struct follow *f = calloc(1, sizeof(*f));
    int r;

    if (!f)
        return -ENOMEM;
    r = follow_context_init(&f->context, options);
    if (r < 0)
        return r;
    f->descriptors_max = fd_budget_limit();
    f->poll = options->poll;
    *ret_follow = TAKE_PTR(f);
    return 0;
}

struct follow *follow_free(struct follow *f)
{
    if (!f)
        return NULL;
    for (size_t i = 0; i < f->n; i++)
        followed_path_free(f->paths[i], &f->context);
    free(f->paths);
    due_queue_deinit(&f->queue);
    glob_dirs_deinit(&f->dirs);
    overlong_line_drop(&f->context);
    follow_context_deinit(&f->context);
    free(f);
    return NULL;
}

void follow_set_poll(struct follow *f, bool poll)
{
    f->poll = poll;
}

/* ---- paths by name ---- */

static const char *name_of(const void *paths, size_t i)
{
    return ((struct followed_path *const *)paths)[i]->name;
}

static size_t place_of(const struct follow *f, const char *name, bool *ret_found)
{
    return sorted_place(f->paths, f->n, name_of, name, ret_found);
}

struct followed_path *follow_find(const struct follow *f, const char *name)
{
    bool found;
    size_t at = place_of(f, name, &found);

    return found ? f->paths[at] : NULL;
}

struct followed_path *follow_find_original(const struct follow *f, char *name, bool is_found)
{
    for (char *end = name + strlen(name); end > name && *end != '/'; end--) {
        struct followed_path *path;
        char kept = *end;

        if (kept != '.' && kept != '-')
            continue;
        *end = '\0';
        path = follow_find(f, name);
        *end = kept;
        if (path && (path->is_queued || !is_found))
            return path;
    }
    return NULL;
}

bool follow_is_rotated_name(const struct follow *f, const char *path, bool is_found)
{
    char name[PATH_MAX]; /* a copy, for it is written to */
    size_t len = strlen(path);

    if (len >= sizeof(name))
        return false;
    memcpy(name, path, len + 1);
    return follow_find_original(f, name, is_found);
}

/* Those that have a rotated name of the path at that place stand behind it. */
static void note_rotated_names(struct follow *f, size_t at)
{
    struct followed_path *path = f->paths[at];
    size_t len = strlen(path->name);

    path->is_rotated_name = follow_is_rotated_name(f, path->name, /* is_found= */ false);
    while (++at < f->n && strncmp(f->paths[at]->name, path->name, len) == 0)
        if (rotated_names_named(f->paths[at]->name, path->name))
            f->paths[at]->is_rotated_name = true;
}

struct followed_path *follow_ensure(struct follow *f, const char *name)
{
    bool found;
    size_t at = place_of(f, name, &found);
    struct followed_path *path;

    if (found)
        return f->paths[at];
    if (GROW(&f->paths, &f->size, f->n + 1) < 0 || due_queue_reserve(&f->queue, f->n + 1) < 0)
        return NULL;
    path = followed_path_new(name);
    if (!path)
        return NULL;
    memmove(f->paths + at + 1, f->paths + at, (f->n - at) * sizeof(*f->paths));
    f->paths[at] = path;
    path->number = f->n++;
    note_rotated_names(f, at);
    return path;
}

int follow_remember(struct follow *f, const struct file_position *position)
{
    struct followed_path *path = follow_ensure(f, position->path);

    return path ? followed_path_remember(path, &f->context, position) : -ENOMEM;
}

bool follow_owns(const struct follow *f, uint64_t dev, uint64_t ino)
{
    const struct followed_file *file = NULL;

    while ((file = followed_file_find(&f->context, dev, ino, file)))
        if (!file->position.done && follow_wants(f, file->position.path))
            return true;
    return false;
}

/* ---- those that are awake ---- */

void path_list_add(struct path_list *list, struct followed_path *path)
{
    path->next_awake = NULL;
    if (list->last)
        list->last->next_awake = path;
    else
        list->first = path;
    list->last = path;
}

struct followed_path *path_list_take(struct path_list *list)
{
    struct followed_path *path = list->first;

    list->first = path->next_awake;
    if (!list->first)
        list->last = NULL;
    return path;
}

void follow_awake(struct follow *f, struct followed_path *path)
{
    if (path->is_awake)
        return;
    if (path->rests_until_ns > f->context.now_ns) {
        due_queue_put(&f->queue, path, path->rests_until_ns);
        return;
    }
    path->is_awake = true;
    path_list_add(&f->awake, path);
}

static struct followed_path *take_awake(struct follow *f)
{
    struct followed_path *path = path_list_take(&f->awake);

    path->is_awake = false;
    return path;
}

/* ---- descriptors run short ---- */

static bool suspend_one_of(struct followed_path *path, uint64_t now_ns)
{
    for (struct followed_file *file = path->oldest; file; file = file->younger) {
        if (fd_budget_may_suspend(file) && now_ns - file->read_ns >= QUIET_NS) {
            followed_file_suspend(file);
            return true;
        }
    }
    return false;
}

/* Suspends a quiet file of another path. The search goes on where the last one ended, and round. */
static bool suspend_another(struct follow *f, const struct followed_path *path)
{
    for (size_t i = 0; i < HAND_STEPS; i++) {
        f->hand = (f->hand + 1) % f->n;
        if (f->paths[f->hand] != path && suspend_one_of(f->paths[f->hand], f->context.now_ns))
            return true;
    }
    return false;
}

/* Whether the file that was opened last may be suspended itself. One that was not looked at yet
 * may: it is only put off. */
static bool may_suspend_last(const struct followed_file *file)
{
    return fd_budget_may_suspend(file) || fd_budget_may_suspend_renamed(file) ||
           !file->look.since_open;
}

void follow_make_room(struct follow *f, struct followed_path *path)
{
    for (struct followed_file *file = path->oldest; file; file = file->younger) {
        if (!fd_budget_is_tight(f->descriptors_max, file->fd) ||
            overlong_line_is_of(&f->context, file))
            continue;
        if (suspend_another(f, path))
            fd_budget_move_down(file);
        else if (may_suspend_last(file))
            followed_file_suspend(file);
    }
}

/* ---- being woken ---- */

static void want_scan(struct follow *f)
{
    if (f->scan == SCAN_DONE)
        f->scan = SCAN_WANTED;
}

void follow_wake_all(struct follow *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->paths[i]->is_queued)
            follow_awake(f, f->paths[i]);
    want_scan(f);
}

static void wake_folder(struct follow *f, const char *folder)
{
    size_t len = strlen(folder);

    for (size_t i = 0; i < f->n; i++) {
        struct followed_path *path = f->paths[i];
        bool is_in = strncmp(path->name, folder, len) == 0 && path->name[len] == '/';

        if (path->is_queued && (is_in || path->target))
            follow_awake(f, path);
    }
    want_scan(f);
}

static bool wake_original(struct follow *f, char *name)
{
    struct followed_path *path = follow_find_original(f, name, /* is_found= */ true);

    if (path)
        follow_awake(f, path);
    return path;
}

static void wake_by_target(struct follow *f, const char *name)
{
    for (size_t i = 0; f->context.n_links > 0 && i < f->n; i++) {
        struct followed_path *path = f->paths[i];

        if (path->is_queued && path->target && STREQ(path->target, name))
            follow_awake(f, path);
    }
}

void follow_wake(struct follow *f, const char *folder, const char *name)
{
    char full[PATH_MAX];
    struct followed_path *path;
    int n;

    if (!name) {
        wake_folder(f, folder);
        return;
    }
    n = snprintf(full, sizeof(full), "%s/%s", STREQ(folder, "/") ? "" : folder, name);
    if (n < 0 || (size_t)n >= sizeof(full))
        return;
    path = follow_find(f, full);
    if (path && path->is_queued) {
        follow_awake(f, path);
        return;
    }
    want_scan(f);
    if (!wake_original(f, full))
        wake_by_target(f, full);
}

/* ---- by the clock ---- */

/* Spreads looks over a quarter of their interval, but those of neighbours in memory. */
static uint64_t spread(const struct followed_path *path, uint64_t due_ns, uint64_t now_ns)
{
    uint64_t hash = (path->number / NEIGHBOURS * UINT64_C(0x9e3779b97f4a7c15)) >> 48;

    return due_ns - (due_ns - now_ns) / 4 * hash / 65536;
}

/* Looks that are due later come together, so that there are fewer times to wake up; and in the
 * order in which paths were made, so that what is near in memory, ours and the kernel's, is looked
 * at in one go. */
static uint64_t together(const struct followed_path *path, uint64_t due_ns, uint64_t now_ns)
{
    if (due_ns <= now_ns + SECOND_NS)
        return due_ns;
    return due_ns - due_ns % TOGETHER_NS + MIN(path->number, TICK_NS);
}

static bool is_due(const struct follow *f)
{
    const struct due_queue_item *first = due_queue_first(&f->queue);

    return first && first->due_ns <= f->context.now_ns;
}

/* When a path that was found still wants to be looked at again. */
static uint64_t still_until_ns(const struct follow *f, const struct followed_path *path,
                               bool is_watched)
{
    uint64_t now_ns = f->context.now_ns, due_ns = followed_path_due_ns(path, f->poll, now_ns);

    if (is_watched && !f->poll)
        due_ns = spread(path, now_ns + SELDOM_NS, now_ns);
    return together(path, due_ns, now_ns);
}

/* One path that is due: where it is still, it has no turn. */
static void wake_due_path(struct follow *f, struct followed_path *path)
{
    bool is_watched;

    if (!path->is_awake && followed_path_is_still(path, &f->context, &is_watched)) {
        due_queue_put(&f->queue, path, still_until_ns(f, path, is_watched));
        return;
    }
    due_queue_put(&f->queue, path, UINT64_MAX);
    follow_awake(f, path);
}

static void wake_due(struct follow *f)
{
    for (size_t i = 0; i < LOOKS_AT_ONCE && is_due(f); i++)
        wake_due_path(f, due_queue_first(&f->queue)->path);
}

static uint64_t scan_due_ns(const struct follow *f)
{
    if (f->scan == SCAN_WANTED)
        return f->scan_ns + SCAN_AGAIN_NS + f->n * SCAN_PATH_NS;
    return f->scan_ns + (f->poll ? SCAN_POLL_NS : SCAN_WATCHED_NS);
}

uint64_t follow_due_ns(const struct follow *f, uint64_t now_ns)
{
    const struct due_queue_item *first = due_queue_first(&f->queue);
    uint64_t due_ns = f->scan == SCAN_NEVER ? now_ns : scan_due_ns(f);

    if (f->context.line)
        return MAX(now_ns, overlong_line_retry_ns(&f->context));
    if (f->awake.first || f->found.first)
        return now_ns;
    if (first)
        due_ns = MIN(due_ns, first->due_ns);
    return MAX(now_ns, due_ns - due_ns % TICK_NS + TICK_NS);
}

/* ---- turns ---- */

/* A turn may have to look at all that stands beside the path, and whoever owns the folder may put
 * thousands of files there. So that these delay nobody else, the path has no turn for several times
 * as long as that has taken. */
static void let_rest(const struct follow *f, struct followed_path *path, uint64_t work)
{
    path->rests_until_ns = work > WORK_AT_ONCE ? f->context.now_ns + work * WORK_NS : 0;
}

static int turn_path(struct follow *f, struct followed_path *path, struct turn_buffer *buffer,
                     size_t budget)
{
    uint64_t now_ns = f->context.now_ns, before = follow_context_work(&f->context), due_ns;
    uint64_t reads = f->context.reads;
    bool more;
    int r = followed_path_turn(path, &f->context, buffer, budget, &more);

    f->context.reads += more && f->context.reads == reads;
    let_rest(f, path, follow_context_work(&f->context) - before);
    due_ns = followed_path_due_ns(path, f->poll, now_ns);
    follow_make_room(f, path);
    due_queue_put(&f->queue, path, together(path, spread(path, due_ns, now_ns), now_ns));
    if (r < 0 || more)
        follow_awake(f, path);
    return r;
}

/* Whether there is an overlong line that cannot be read now. */
static bool has_to_wait(const struct follow *f)
{
    return f->context.line && overlong_line_retry_ns(&f->context) > f->context.now_ns;
}

int follow_turn(struct follow *f, struct turn_buffer *buffer, uint64_t now_ns, size_t budget)
{
    struct follow_context *ctx = &f->context;
    uint64_t before = follow_context_work(ctx), reads = ctx->reads;
    int r = 0;

    follow_context_tick(ctx, now_ns);
    ctx->is_paused = false;
    if (f->scan != SCAN_NEVER && scan_due_ns(f) <= now_ns && !ctx->line) {
        r = follow_scan(f, now_ns);
        if (r < 0)
            return r;
    }
    wake_due(f);
    r = follow_look_at_found(f);
    for (size_t i = 0; i < LOOKS_AT_ONCE && r == 0 && !ctx->is_paused; i++) {
        if (has_to_wait(f))
            return 0;
        if ((!ctx->line && !f->awake.first) || ctx->reads - reads >= TURNS_AT_ONCE ||
            follow_context_work(ctx) - before > WORK_AT_ONCE)
            break;
        ctx->reads += ctx->line != NULL;
        r = ctx->line ? overlong_line_turn(ctx, buffer, budget)
                      : turn_path(f, take_awake(f), buffer, budget);
    }
    if (r < 0)
        return r;
    return ctx->line ? !has_to_wait(f) : f->awake.first || f->found.first || is_due(f);
}

/* Returns 0, 1: it has to go on later, or a negative errno. */
static int stop_path(struct follow *f, struct followed_path *path, struct turn_buffer *buffer)
{
    struct follow_context *ctx = &f->context;
    bool more = true;

    while (more && !ctx->is_paused) {
        int r = ctx->line ? overlong_line_turn(ctx, buffer, STOP_BUDGET)
                          : followed_path_stop(path, ctx, buffer, STOP_BUDGET, &more);

        if (r < 0)
            return r;
        if (has_to_wait(f))
            return 1;
    }
    return ctx->is_paused;
}

int follow_stop(struct follow *f, struct turn_buffer *buffer, uint64_t now_ns)
{
    int r = 0;

    follow_context_tick(&f->context, now_ns);
    if (f->context.options.pool) /* what is not read now has no use for its decompressor */
        decompress_pool_set_time(f->context.options.pool, now_ns + DECOMPRESS_POOL_IDLE_NS);
    f->context.is_paused = false;
    for (size_t i = 0; r == 0 && i < f->n; i++)
        r = stop_path(f, f->paths[i], buffer);
    return r;
}

bool follow_in_line(const struct follow *f)
{
    return f->context.line != NULL;
}

bool follow_wants_commit(struct follow *f)
{
    bool wants = f->context.wants_commit;

    f->context.wants_commit = false;
    return wants;
}
