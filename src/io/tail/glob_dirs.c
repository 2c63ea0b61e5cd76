/* A folder's own times tell whether a name in it came, went or changed. They move in steps of some
 * milliseconds, so a folder that was changed within the last second counts as changed. */

#include "io/tail/glob_dirs.h"

#include "core/base/nanoseconds.h"
#include "core/base/sorted.h"
#include "core/base/util.h"

#include <fcntl.h>
#include <stdio.h>

static void forget_folders(struct glob_dirs *dirs)
{
    for (size_t i = 0; i < dirs->n_folders; i++)
        free(dirs->folders[i].path);
    dirs->n_folders = 0;
}

static void forget_skipped(struct glob_dirs *dirs)
{
    for (size_t i = 0; i < dirs->n_skipped; i++)
        free(dirs->skipped[i]);
    free(dirs->skipped);
}

void glob_dirs_deinit(struct glob_dirs *dirs)
{
    forget_folders(dirs);
    free(dirs->folders);
    for (size_t i = 0; i < dirs->n_unreadable; i++)
        free(dirs->unreadable[i]);
    free(dirs->unreadable);
    forget_skipped(dirs);
    *dirs = (struct glob_dirs){0};
}

static const char *path_at(const void *paths, size_t i)
{
    return ((char *const *)paths)[i];
}

/* @paths  sorted by bytes, as glob_expand() sorts what it finds. */
static bool is_among(char *const *paths, size_t n, const char *path)
{
    bool found;

    sorted_place(paths, n, path_at, path, &found);
    return found;
}

static int set_unreadable(struct glob_dirs *dirs, const struct follow_context *ctx,
                          struct glob_found *found)
{
    char **before = dirs->unreadable, **now = calloc(found->n_troubles + 1, sizeof(*now));
    size_t n_before = dirs->n_unreadable, n = 0;

    if (!now)
        return -ENOMEM;
    for (size_t i = 0; i < found->n_troubles; i++) {
        struct glob_trouble *t = &found->troubles[i];

        if (STREQ(t->path, ctx->options.pattern))
            continue;
        if (!is_among(before, n_before, t->path))
            follow_context_event_detail(ctx, FOLLOW_UNREADABLE, t->path, "%s", strerror(t->error));
        now[n++] = TAKE_PTR(t->path);
    }
    for (size_t i = 0; i < n_before; i++) {
        if (!is_among(now, n, before[i]))
            follow_context_event(ctx, FOLLOW_READABLE, before[i]);
        free(before[i]);
    }
    free(before);
    dirs->unreadable = now;
    dirs->n_unreadable = n;
    return 0;
}

void glob_dirs_report_folders(const struct glob_dirs *dirs, const struct follow_context *ctx)
{
    for (size_t i = 0; i < dirs->n_folders && ctx->options.ops->folder; i++)
        ctx->options.ops->folder(ctx->options.ctx, dirs->folders[i].path);
}

static int set_folders(struct glob_dirs *dirs, const struct follow_context *ctx,
                       struct glob_found *found)
{
    forget_folders(dirs);
    if (GROW(&dirs->folders, &dirs->folders_size, found->n_folders) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < found->n_folders; i++) {
        struct glob_dir *folder = &dirs->folders[dirs->n_folders++];

        *folder = (struct glob_dir){.path = TAKE_PTR(found->folders[i])};
    }
    glob_dirs_report_folders(dirs, ctx);
    return 0;
}

void glob_dirs_why_skipped(const struct link_policy *links, const char *path,
                           struct link_refusal *ret_why)
{
    CLEANUP(link_target_close) struct link_target target = {.fd = -1, .folder = -1};
    int r = link_resolver_find(AT_FDCWD, path, links, &target, ret_why);

    if (r != LINK_RESOLVER_E_REFUSED)
        snprintf(ret_why->text, sizeof(ret_why->text), "%s",
                 r == 0 ? glob_dirs_not_a_file(target.st.st_mode)
                        : "it is a link that leads nowhere");
}

/* Both lists are sorted, so one way through them is enough. */
static void say_skipped(struct glob_dirs *dirs, const struct follow_context *ctx,
                        struct glob_found *found)
{
    struct link_refusal why;
    size_t k = 0;

    for (size_t i = 0; i < found->n_skipped; i++) {
        while (k < dirs->n_skipped && strcmp(dirs->skipped[k], found->skipped[i]) < 0)
            k++;
        if (k < dirs->n_skipped && STREQ(dirs->skipped[k], found->skipped[i]))
            continue;
        glob_dirs_why_skipped(&ctx->options.links, found->skipped[i], &why);
        follow_context_event_detail(ctx, FOLLOW_SKIPPED, found->skipped[i], "%s", why.text);
    }
    forget_skipped(dirs);
    dirs->n_skipped = found->n_skipped;
    dirs->skipped = TAKE_PTR(found->skipped);
    found->n_skipped = 0;
}

int glob_dirs_set(struct glob_dirs *dirs, const struct follow_context *ctx,
                  struct glob_found *found)
{
    int r = set_unreadable(dirs, ctx, found);

    if (r == 0)
        r = set_folders(dirs, ctx, found);
    if (r == 0 && glob_is_pattern(ctx->options.pattern))
        say_skipped(dirs, ctx, found);
    if (r == 0)
        glob_dirs_changed(dirs, ctx);
    return r;
}

const char *glob_dirs_not_a_file(mode_t mode)
{
    return S_ISDIR(mode)    ? "it is a folder"
           : S_ISFIFO(mode) ? "it is a pipe"
           : S_ISSOCK(mode) ? "it is a socket"
           : S_ISREG(mode)  ? "it was no file a moment ago"
                            : "it is a device";
}

bool glob_dirs_changed(struct glob_dirs *dirs, const struct follow_context *ctx)
{
    bool changed = dirs->n_folders == 0;

    for (size_t i = 0; i < dirs->n_folders; i++) {
        struct glob_dir *folder = &dirs->folders[i];
        struct file_stamp before = folder->stamp;
        struct stat st = {0};

        if (stat(folder->path, &st) < 0 || !file_stamp_equal(file_stamp_of(&st), before) ||
            before.time_ns + SECOND_NS > ctx->wall_ns)
            changed = true;
        folder->stamp = file_stamp_of(&st);
    }
    return changed;
}

uint64_t glob_dirs_newest_ns(const struct glob_dirs *dirs)
{
    uint64_t newest = 0;

    for (size_t i = 0; i < dirs->n_folders; i++)
        newest = MAX(newest, dirs->folders[i].stamp.time_ns);
    return newest;
}
