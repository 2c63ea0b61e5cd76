/* A folder's own times tell whether a name in it came, went or changed. They move in steps of some
 * milliseconds, so a folder that was changed within the last second counts as changed. */

#include "io/tail/glob_dirs.h"

#include "core/base/util.h"
#include "io/tail/followed_file.h"

#define SECOND_NS UINT64_C(1000000000)

static void forget_folders(struct glob_dirs *p)
{
    for (size_t i = 0; i < p->n_folders; i++)
        free(p->folders[i].path);
    p->n_folders = 0;
}

static void forget_odd(struct glob_dirs *p)
{
    for (size_t i = 0; i < p->n_odd; i++)
        free(p->odd[i]);
    free(p->odd);
}

void glob_dirs_deinit(struct glob_dirs *p)
{
    forget_folders(p);
    free(p->folders);
    for (size_t i = 0; i < p->n_troubled; i++)
        free(p->troubled[i]);
    free(p->troubled);
    forget_odd(p);
    *p = (struct glob_dirs){0};
}

static bool is_among(char *const *paths, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++)
        if (STREQ(paths[i], path))
            return true;
    return false;
}

static int set_troubles(struct glob_dirs *p, const struct follow_context *d,
                        struct glob_found *found)
{
    char **before = p->troubled, **now = calloc(found->n_troubles + 1, sizeof(*now));
    size_t n_before = p->n_troubled, n = 0;

    if (!now)
        return -ENOMEM;
    for (size_t i = 0; i < found->n_troubles; i++) {
        struct glob_trouble *t = &found->troubles[i];

        if (STREQ(t->path, d->options.pattern))
            continue;
        if (!is_among(before, n_before, t->path))
            follow_context_event(d, FOLLOW_UNREADABLE, t->path, "%s", strerror(t->error));
        now[n++] = TAKE_PTR(t->path);
    }
    for (size_t i = 0; i < n_before; i++) {
        if (!is_among(now, n, before[i]))
            d->options.ops->event(d->options.ctx, FOLLOW_READABLE, before[i], /* detail= */ NULL);
        free(before[i]);
    }
    free(before);
    p->troubled = now;
    p->n_troubled = n;
    return 0;
}

void glob_dirs_report_folders(const struct glob_dirs *p, const struct follow_context *d)
{
    for (size_t i = 0; i < p->n_folders && d->options.ops->folder; i++)
        d->options.ops->folder(d->options.ctx, p->folders[i].path);
}

static int set_folders(struct glob_dirs *p, const struct follow_context *d,
                       struct glob_found *found)
{
    forget_folders(p);
    if (GROW(&p->folders, &p->folders_size, found->n_folders) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < found->n_folders; i++) {
        struct place_folder *folder = &p->folders[p->n_folders++];

        *folder = (struct place_folder){.path = TAKE_PTR(found->folders[i])};
    }
    glob_dirs_report_folders(p, d);
    return 0;
}

static const char *oddity(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? glob_dirs_oddity(st.st_mode) : "it is a link that leads nowhere";
}

/* Both lists are in one order, so one way through them is enough. */
static void say_odd(struct glob_dirs *p, const struct follow_context *d, struct glob_found *found)
{
    size_t k = 0;

    for (size_t i = 0; i < found->n_odd; i++) {
        while (k < p->n_odd && strcmp(p->odd[k], found->odd[i]) < 0)
            k++;
        if (k == p->n_odd || !STREQ(p->odd[k], found->odd[i]))
            follow_context_event(d, FOLLOW_SKIPPED, found->odd[i], "%s", oddity(found->odd[i]));
    }
    forget_odd(p);
    p->n_odd = found->n_odd;
    p->odd = TAKE_PTR(found->odd);
    found->n_odd = 0;
}

int glob_dirs_set(struct glob_dirs *p, const struct follow_context *d, struct glob_found *found)
{
    int r = set_troubles(p, d, found);

    if (r == 0)
        r = set_folders(p, d, found);
    if (r == 0 && glob_is_pattern(d->options.pattern))
        say_odd(p, d, found);
    if (r == 0)
        glob_dirs_changed(p, d);
    return r;
}

const char *glob_dirs_oddity(mode_t mode)
{
    return S_ISDIR(mode)    ? "it is a folder"
           : S_ISFIFO(mode) ? "it is a pipe"
           : S_ISSOCK(mode) ? "it is a socket"
           : S_ISREG(mode)  ? "it was no file a moment ago"
                            : "it is a device";
}

bool glob_dirs_changed(struct glob_dirs *p, const struct follow_context *d)
{
    bool changed = p->n_folders == 0;

    for (size_t i = 0; i < p->n_folders; i++) {
        struct place_folder *folder = &p->folders[i];
        struct stat st = {0};

        if (stat(folder->path, &st) < 0 || st.st_dev != folder->dev || st.st_ino != folder->ino ||
            followed_file_time(&st) != folder->time_ns || folder->time_ns + SECOND_NS > d->wall_ns)
            changed = true;
        folder->dev = st.st_dev;
        folder->ino = st.st_ino;
        folder->time_ns = followed_file_time(&st);
    }
    return changed;
}

uint64_t glob_dirs_newest_ns(const struct glob_dirs *p)
{
    uint64_t newest = 0;

    for (size_t i = 0; i < p->n_folders; i++)
        newest = MAX(newest, p->folders[i].time_ns);
    return newest;
}
