/* Which files there are. The folders are walked through again when one of them has changed, as its
 * own times tell: an event for each line that is written must not cost a walk. */

#include "core/base/nanoseconds.h"
#include "io/files/glob.h"
#include "io/tail/follow.h"
#include "io/tail/follow_private.h"
#include "io/tail/identify.h"

#define WALK_NS MINUTE_NS
/* Fewer than paths that have turns at once, so that nobody waits longer. */
#define FOUND_AT_ONCE 8
#define FOUND_WORK 4096

static enum path_origin origin_of(const struct follow *f, const struct followed_path *path)
{
    if (f->scan == SCAN_NEVER)
        return path->oldest ? ORIGIN_LATER : ORIGIN_FIRST_SCAN;
    return follow_is_rotated_name(f, path->name, /* is_found= */ true) ? ORIGIN_ROTATED_NAME
                                                                       : ORIGIN_LATER;
}

/* The first look at a path that was found. Returns 0 or -ENOMEM. */
static int look_first(struct follow *f, struct followed_path *path)
{
    int r;

    path->origin = origin_of(f, path);
    r = identify_look(path, &f->context);
    follow_make_room(f, path);
    due_queue_put(&f->queue, path, f->context.now_ns);
    follow_awake(f, path);
    return r;
}

int follow_look_at_found(struct follow *f)
{
    uint64_t before = follow_context_work(&f->context);
    int r = 0;

    for (size_t i = 0; i < FOUND_AT_ONCE && r == 0 && f->found.first && !f->context.line; i++) {
        struct followed_path *path = path_list_take(&f->found);

        path->is_new = false;
        if (!path->is_queued)
            r = look_first(f, path);
        if (follow_context_work(&f->context) - before > FOUND_WORK)
            break;
    }
    return r;
}

/* A path that was found. The first scan looks at all of them; later somebody may make thousands at
 * once, and each has its first look in a turn. Returns 0 or -ENOMEM. */
static int note_found(struct follow *f, const char *name)
{
    struct followed_path *path = follow_ensure(f, name);

    if (!path)
        return -ENOMEM;
    if (path->is_queued || path->is_new)
        return 0;
    if (f->scan == SCAN_NEVER)
        return look_first(f, path);
    path->is_new = true;
    path_list_add(&f->found, path);
    return 0;
}

/* A path that names nothing, and of which nothing is remembered, is as if it had never been; where
 * the pattern is a path, it stays. */
static bool may_drop(const struct follow *f, const struct followed_path *path)
{
    return !path->oldest && !path->is_awake && !path->is_new &&
           !STREQ(path->name, f->context.options.pattern);
}

static void drop(struct follow *f, struct followed_path *path)
{
    if (path->is_queued)
        due_queue_remove(&f->queue, path);
    followed_path_free(path, &f->context);
}

/* Both lists are in one order. Where a folder could not be looked at nobody knows what is there. */
static void drop_gone(struct follow *f, const struct glob_found *found)
{
    size_t k = 0, kept = 0;

    if (found->n_troubles > 0)
        return;
    for (size_t i = 0; i < f->n; i++) {
        struct followed_path *path = f->paths[i];
        bool is_found;

        while (k < found->n_files && strcmp(found->files[k], path->name) < 0)
            k++;
        is_found = k < found->n_files && STREQ(found->files[k], path->name);
        if (!is_found && may_drop(f, path))
            drop(f, path);
        else
            f->paths[kept++] = path;
    }
    f->n = kept;
}

static int walk(struct follow *f)
{
    const struct follow_options *o = &f->context.options;
    CLEANUP(glob_found_deinit) struct glob_found found = {0};
    int r = glob_expand(&found, o->pattern, o->exclude, o->n_exclude, &o->links);

    if (r == 0)
        r = glob_dirs_set(&f->dirs, &f->context, &found);
    if (r == 0 && f->scan == SCAN_NEVER)
        f->context.started_ns = glob_dirs_newest_ns(&f->dirs);
    for (size_t i = 0; r == 0 && i < found.n_files; i++)
        r = note_found(f, found.files[i]);
    if (r == 0 && !glob_is_pattern(o->pattern))
        r = note_found(f, o->pattern);
    if (r == 0)
        drop_gone(f, &found);
    f->walk_ns = f->context.now_ns;
    return r;
}

/* What is remembered is looked for, whether it is still at its path or not. */
static int find_remembered(struct follow *f)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < f->n; i++)
        if (f->paths[i]->oldest && follow_wants(f, f->paths[i]->name))
            r = note_found(f, f->paths[i]->name);
    return r;
}

/* What is remembered and was not found: its age counts from now. */
static void start_ages(struct follow *f)
{
    for (size_t i = 0; i < f->n; i++)
        for (struct followed_file *file = f->paths[i]->oldest; file; file = file->younger)
            if (!followed_file_is_live(file) && file->position.last_seen_ns == 0)
                followed_file_seen(file, &f->context);
}

static int first_scan(struct follow *f)
{
    int r = find_remembered(f);

    if (r == 0)
        r = walk(f);
    if (r < 0)
        return r;
    start_ages(f);
    f->scan = SCAN_DONE;
    return 0;
}

int follow_scan(struct follow *f, uint64_t now_ns)
{
    follow_context_tick(&f->context, now_ns);
    f->scan_ns = now_ns;
    if (f->scan == SCAN_NEVER)
        return first_scan(f);
    f->scan = SCAN_DONE;
    if (now_ns - f->walk_ns < WALK_NS && !glob_dirs_changed(&f->dirs, &f->context))
        return 0;
    return walk(f);
}

void follow_report_folders(const struct follow *f)
{
    glob_dirs_report_folders(&f->dirs, &f->context);
    for (size_t i = 0; f->context.n_links > 0 && i < f->n; i++)
        identify_report_target(f->paths[i], &f->context);
}
