/* The files of a source, and whose turn it is.
 *
 *      lineages   sorted by path
 *      agenda     all of them, by when they want to be looked at though nothing wakes them
 *      queue      those that are awake, served one after the other, a budget each
 *
 * A wake puts a lineage into the queue, the clock does the same, and one that could not read all
 * goes to its end. So a file that is written without pause costs the others one budget's time, and
 * nothing more. Looks at quiet files are spread over their interval by a number made of the path.
 * Where all that happens is told, a look at a file that was found still is only the net below that,
 * for a write through a map or another hard link, and comes once a minute.
 *
 * Which files there are is looked at again when a watched folder has changed, as its own times
 * tell: an event for each line that is written must not cost a walk. */

#include "io/tail/follow.h"

#include "core/base/nanoseconds.h"
#include "core/base/sorted.h"
#include "core/base/util.h"
#include "io/files/glob.h"
#include "io/tail/fd_budget.h"
#include "io/tail/follow_private.h"
#include "io/tail/followed_path_turn.h"
#include "io/tail/identify.h"
#include "io/tail/overlong_line.h"

#include <limits.h>
#include <stdio.h>

#define TURNS_AT_ONCE 10
#define LOOKS_AT_ONCE 256
#define SELDOM_NS MINUTE_NS
#define SCAN_POLL_NS (2 * SECOND_NS)
#define SCAN_WATCHED_NS (5 * SECOND_NS)
#define SCAN_WHOLE_NS MINUTE_NS
#define SCAN_AGAIN_NS (SECOND_NS / 4)
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
        followed_path_free(f->items[i], &f->context);
    free(f->items);
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

/* ---- lineages by path ---- */

static const char *path_of(const void *items, size_t i)
{
    return ((struct followed_path *const *)items)[i]->name;
}

/* Where the path stands, or would stand. */
static size_t place_of(const struct follow *f, const char *path, bool *ret_found)
{
    return sorted_place(f->items, f->n, path_of, path, ret_found);
}

struct followed_path *follow_find(const struct follow *f, const char *path)
{
    bool found;
    size_t at = place_of(f, path, &found);

    return found ? f->items[at] : NULL;
}

struct followed_path *follow_ensure(struct follow *f, const char *name)
{
    bool found;
    size_t at = place_of(f, name, &found);
    struct followed_path *path;

    if (found)
        return f->items[at];
    if (GROW(&f->items, &f->size, f->n + 1) < 0 || due_queue_reserve(&f->queue, f->n + 1) < 0)
        return NULL;
    path = followed_path_new(name);
    if (!path)
        return NULL;
    memmove(f->items + at + 1, f->items + at, (f->n - at) * sizeof(*f->items));
    f->items[at] = path;
    path->number = f->n++;
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

/* ---- the queue ---- */

static void awake(struct follow *f, struct followed_path *path)
{
    if (path->awake)
        return;
    path->awake = true;
    path->next_awake = NULL;
    if (f->last_awake)
        f->last_awake->next_awake = path;
    else
        f->first_awake = path;
    f->last_awake = path;
}

static struct followed_path *take_awake(struct follow *f)
{
    struct followed_path *path = f->first_awake;

    f->first_awake = path->next_awake;
    if (!f->first_awake)
        f->last_awake = NULL;
    path->awake = false;
    return path;
}

/* Spreads looks over a quarter of their interval, but those of neighbours in memory. */
static uint64_t spread(const struct followed_path *path, uint64_t look_ns, uint64_t now_ns)
{
    uint64_t hash = (path->number / NEIGHBOURS * UINT64_C(0x9e3779b97f4a7c15)) >> 48;

    return look_ns - (look_ns - now_ns) / 4 * hash / 65536;
}

/* Looks that come some time later come together, so that there are fewer times to wake up; and in
 * the order in which their memory was taken, ours and the kernel's, of which each page serves for
 * many then. */
static uint64_t together(const struct followed_path *path, uint64_t look_ns, uint64_t now_ns)
{
    if (look_ns <= now_ns + SECOND_NS)
        return look_ns;
    return look_ns - look_ns % TOGETHER_NS + MIN(path->number, TICK_NS);
}

/* ---- too many descriptors ---- */

static bool park_one_of(struct followed_path *path, const struct followed_path *but,
                        uint64_t now_ns)
{
    for (struct followed_file *file = path->oldest; file && path != but; file = file->younger) {
        if (fd_budget_may(file) && now_ns - file->active_ns >= QUIET_NS) {
            fd_budget_close(file);
            return true;
        }
    }
    return false;
}

/* Parks a quiet file, found by a hand that goes round, in place of the one that was opened last; or
 * that one. One that was not read yet is only put off. */
static void make_room(struct follow *f, struct followed_path *path, uint64_t now_ns)
{
    for (struct followed_file *file = path->oldest; file; file = file->younger) {
        bool parked = false;

        if (!fd_budget_is_tight(f->descriptors_max, file->fd) ||
            overlong_line_is_of(&f->context, file))
            continue;
        for (size_t i = 0; i < HAND_STEPS && !parked; i++) {
            f->hand = (f->hand + 1) % f->n;
            parked = park_one_of(f->items[f->hand], path, now_ns);
        }
        if (parked)
            fd_budget_move_down(file);
        else if (fd_budget_may(file) || fd_budget_may_renamed(file) || !file->looked_at)
            fd_budget_close(file);
    }
}

/* ---- which files there are ---- */

/* The lineage of which the name may be a sibling's; NULL: none. The path is as before in the end.
 */
static struct followed_path *find_original(const struct follow *f, char *name)
{
    for (char *end = name + strlen(name); end > name && *end != '/'; end--) {
        struct followed_path *path;
        char kept = *end;

        if (kept != '.' && kept != '-')
            continue;
        *end = '\0';
        path = follow_find(f, name);
        *end = kept;
        if (path && path->is_queued)
            return path;
    }
    return NULL;
}

static bool is_beside_another(const struct follow *f, const struct followed_path *path)
{
    char name[PATH_MAX]; /* one that nobody searches by */
    size_t len = strlen(path->name);

    if (len >= sizeof(name))
        return false;
    memcpy(name, path->name, len + 1);
    return find_original(f, name);
}

/* Returns 0 or -ENOMEM. */
static int arrive(struct follow *f, const char *name, uint64_t now_ns)
{
    struct followed_path *path = follow_ensure(f, name);
    int r;

    if (!path)
        return -ENOMEM;
    if (path->is_queued)
        return 0;
    path->at_start = !f->scanned && !path->oldest;
    path->beside_another = f->scanned && is_beside_another(f, path);
    r = identify_look(path, &f->context, now_ns);
    make_room(f, path, now_ns);
    due_queue_put(&f->queue, path, now_ns);
    awake(f, path);
    return r;
}

/* A path that names nothing, and of which nothing is remembered, is as if it had never been; the
 * pattern itself stays, when it is a path. */
static bool may_drop(const struct follow *f, const struct followed_path *path)
{
    return !path->oldest && !path->awake && !STREQ(path->name, f->context.options.pattern);
}

/* Both lists are in one order. Where a place could not be looked at, nobody knows what is there. */
static void drop_gone(struct follow *f, const struct glob_found *found)
{
    size_t k = 0, kept = 0;

    for (size_t i = 0; i < f->n && found->n_troubles == 0; i++) {
        struct followed_path *path = f->items[i];

        while (k < found->n_files && strcmp(found->files[k], path->name) < 0)
            k++;
        if ((k == found->n_files || !STREQ(found->files[k], path->name)) && may_drop(f, path)) {
            if (path->is_queued)
                due_queue_remove(&f->queue, path);
            followed_path_free(path, &f->context);
        } else {
            f->items[kept++] = path;
        }
    }
    if (found->n_troubles == 0)
        f->n = kept;
}

static int walk(struct follow *f, uint64_t now_ns)
{
    const struct follow_options *o = &f->context.options;
    CLEANUP(glob_found_deinit) struct glob_found found = {0};
    int r = glob_expand(&found, o->pattern, o->exclude, o->n_exclude);

    if (r == 0)
        r = glob_dirs_set(&f->dirs, &f->context, &found);
    if (r == 0 && !f->scanned)
        f->context.started_ns = glob_dirs_newest_ns(&f->dirs);
    for (size_t i = 0; r == 0 && i < found.n_files; i++)
        r = arrive(f, found.files[i], now_ns);
    if (r == 0 && !glob_is_pattern(o->pattern))
        r = arrive(f, o->pattern, now_ns);
    if (r == 0)
        drop_gone(f, &found);
    f->whole_scan_ns = now_ns;
    return r;
}

/* What is remembered and was not found: its age counts from now. */
static void begin_ages(struct follow *f)
{
    for (size_t i = 0; i < f->n; i++)
        for (struct followed_file *file = f->items[i]->oldest; file; file = file->younger)
            if (!followed_file_is_live(file) && file->position.last_seen_ns == 0)
                followed_file_seen(file, &f->context);
}

int follow_scan(struct follow *f, uint64_t now_ns)
{
    int r = 0;

    follow_context_tick(&f->context, now_ns);
    f->scan_wanted = false;
    f->scan_ns = now_ns;
    for (size_t i = 0; r == 0 && !f->scanned && i < f->n; i++)
        if (f->items[i]->oldest && follow_wants(f, f->items[i]->name))
            r = arrive(f, f->items[i]->name, now_ns);
    if (r == 0 && (!f->scanned || now_ns - f->whole_scan_ns >= SCAN_WHOLE_NS ||
                   glob_dirs_changed(&f->dirs, &f->context)))
        r = walk(f, now_ns);
    if (r == 0 && !f->scanned)
        begin_ages(f);
    f->scanned = f->scanned || r == 0;
    return r;
}

void follow_report_folders(const struct follow *f)
{
    glob_dirs_report_folders(&f->dirs, &f->context);
    for (size_t i = 0; f->context.n_links > 0 && i < f->n; i++)
        identify_report_target(f->items[i], &f->context);
}

/* ---- being woken ---- */

void follow_wake_all(struct follow *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i]->is_queued)
            awake(f, f->items[i]);
    f->scan_wanted = true;
}

static void wake_folder(struct follow *f, const char *folder)
{
    size_t len = strlen(folder);

    for (size_t i = 0; i < f->n; i++) {
        struct followed_path *path = f->items[i];

        if (path->is_queued &&
            (path->target || (strncmp(path->name, folder, len) == 0 && path->name[len] == '/')))
            awake(f, path);
    }
    f->scan_wanted = true;
}

static bool wake_by_sibling(struct follow *f, char *name)
{
    struct followed_path *path = find_original(f, name);

    if (path)
        awake(f, path);
    return path;
}

static void wake_by_target(struct follow *f, const char *name)
{
    for (size_t i = 0; f->context.n_links > 0 && i < f->n; i++) {
        struct followed_path *path = f->items[i];

        if (path->is_queued && path->target && STREQ(path->target, name))
            awake(f, path);
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
        awake(f, path);
        return;
    }
    f->scan_wanted = true;
    if (!wake_by_sibling(f, full))
        wake_by_target(f, full);
}

/* ---- turns ---- */

static int turn_of(struct follow *f, struct followed_path *path, struct turn_buffer *buffer,
                   uint64_t now_ns, size_t budget)
{
    bool more;
    int r = followed_path_turn(path, &f->context, buffer, now_ns, budget, &more);
    uint64_t due = followed_path_due_ns(path, f->poll, now_ns);

    make_room(f, path, now_ns);
    due_queue_put(&f->queue, path, together(path, spread(path, due, now_ns), now_ns));
    if (r < 0 || more)
        awake(f, path);
    return r;
}

static bool is_due(const struct follow *f, uint64_t now_ns)
{
    const struct due_queue_item *first = due_queue_first(&f->queue);

    return first && first->look_ns <= now_ns;
}

/* When one that was found still wants to be looked at again. */
static uint64_t still_until_ns(const struct follow *f, const struct followed_path *path,
                               bool is_watched, uint64_t now_ns)
{
    uint64_t due = followed_path_due_ns(path, f->poll, now_ns);

    return is_watched && !f->poll ? spread(path, now_ns + SELDOM_NS, now_ns) : due;
}

static void wake_due(struct follow *f, uint64_t now_ns)
{
    for (size_t i = 0; i < LOOKS_AT_ONCE && is_due(f, now_ns); i++) {
        struct followed_path *path = due_queue_first(&f->queue)->path;
        bool is_watched;

        if (!path->awake && followed_path_is_still(path, &f->context, &is_watched)) {
            due_queue_put(&f->queue, path,
                          together(path, still_until_ns(f, path, is_watched, now_ns), now_ns));
            continue;
        }
        awake(f, path);
        due_queue_put(&f->queue, path, UINT64_MAX);
    }
}

static uint64_t scan_due_ns(const struct follow *f)
{
    return f->scan_ns + (f->scan_wanted ? SCAN_AGAIN_NS : f->poll ? SCAN_POLL_NS : SCAN_WATCHED_NS);
}

int follow_turn(struct follow *f, struct turn_buffer *buffer, uint64_t now_ns, size_t budget)
{
    int r = 0;

    follow_context_tick(&f->context, now_ns);
    f->context.is_paused = false;
    if (f->scanned && scan_due_ns(f) <= now_ns && !f->context.line) {
        r = follow_scan(f, now_ns);
        if (r < 0)
            return r;
    }
    wake_due(f, now_ns);
    for (size_t i = 0; i < TURNS_AT_ONCE && r == 0 && !f->context.is_paused; i++) {
        if (f->context.line && overlong_line_retry_ns(&f->context) > now_ns)
            return 0;
        if (f->context.line)
            r = overlong_line_turn(&f->context, buffer, budget);
        else if (f->first_awake)
            r = turn_of(f, take_awake(f), buffer, now_ns, budget);
        else
            break;
    }
    if (f->context.line)
        return r < 0 ? r : overlong_line_retry_ns(&f->context) <= now_ns;
    return r < 0 ? r : f->first_awake || is_due(f, now_ns);
}

int follow_stop(struct follow *f, struct turn_buffer *buffer, uint64_t now_ns)
{
    size_t budget = 256 * 1024;

    follow_context_tick(&f->context, now_ns);
    f->context.is_paused = false;
    for (size_t i = 0; i < f->n; i++) {
        bool more = true;
        int r;

        while (more && !f->context.is_paused) {
            if (f->context.line)
                r = overlong_line_turn(&f->context, buffer, budget);
            else
                r = followed_path_stop(f->items[i], &f->context, buffer, now_ns, budget, &more);
            if (r < 0)
                return r;
            if (f->context.line && overlong_line_retry_ns(&f->context) > now_ns)
                return 1;
        }
        if (f->context.is_paused)
            return 1;
    }
    return 0;
}

uint64_t follow_due_ns(const struct follow *f, uint64_t now_ns)
{
    const struct due_queue_item *first = due_queue_first(&f->queue);
    uint64_t due = f->scanned ? scan_due_ns(f) : now_ns;

    if (f->context.line)
        return MAX(now_ns, overlong_line_retry_ns(&f->context));
    if (f->first_awake)
        return now_ns;
    if (first)
        due = MIN(due, first->look_ns);
    return MAX(now_ns, due - due % TICK_NS + TICK_NS);
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
