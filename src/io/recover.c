/* What a rotation left is looked for by what it is, never by its name alone:
 *
 *      a sibling with           is
 *      device, inode, prints    the generation itself, renamed
 *      prints only              a copy of it, made before the file was cut off
 *      neither, and born since  a generation that nobody has seen at the path
 *      neither, and older       history, or somebody else's
 *
 * A sibling that the glob finds as well has a lineage of its own when it is no generation of this
 * one, so it is not taken here. */

#include "io/recover.h"

#include "core/util.h"
#include "io/glob.h"
#include "io/print.h"
#include "io/siblings.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS UINT64_C(1000000000)
#define TICK_NS (SECOND_NS / 100)

struct generation *recover_youngest(const struct lineage *l)
{
    struct generation *g = l->oldest;

    while (g && g->younger)
        g = g->younger;
    return g;
}

struct generation *recover_insert(struct lineage *l, struct generation *before)
{
    struct generation *g = generation_new(l->path, before ? before->place.serial : l->next_serial);
    struct generation **at = &l->oldest;

    if (!g)
        return NULL;
    while (*at && *at != before)
        at = &(*at)->younger;
    g->younger = before;
    *at = g;
    for (; before; before = before->younger)
        generation_renumber(before,
                            before->younger ? before->younger->place.serial : l->next_serial);
    l->next_serial++;
    return g;
}

/* ---- one sibling ---- */

static int open_sibling(const struct sibling *s, struct stat *ret_stat)
{
    CLEANUP(closep)
    int fd = open(s->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 || fstat(fd, ret_stat) < 0)
        return errno ? -errno : -EIO;
    if (!S_ISREG(ret_stat->st_mode) || ret_stat->st_ino != s->ino || ret_stat->st_dev != s->dev)
        return -ESTALE;
    return TAKE_FD(fd);
}

/* Whether it holds what a place remembers of its file. */
static bool holds(int fd, const struct stat *st, const struct follow_place *place)
{
    return (uint64_t)st->st_size >= place->offset && print_fits(fd, place) == 1;
}

/* Whether somebody reads it, or has read it. Of what nothing was read, nothing is known. */
static bool is_known(const struct desk *d, int fd, const struct stat *st)
{
    const struct generation *g = NULL;

    while ((g = desk_find(d, st->st_dev, st->st_ino, g)))
        if (generation_is_live(g) || (g->place.offset > 0 && holds(fd, st, &g->place)))
            return true;
    return false;
}

/* Short heads are alike too often to say so. */
static bool is_copy(const struct lineage *l, int fd, const struct stat *st)
{
    for (const struct generation *g = l->oldest; g; g = g->younger)
        if (g->place.head.len == FOLLOW_PRINT_BYTES && holds(fd, st, &g->place))
            return true;
    return false;
}

/* Whether a file with this inode was a generation, though it may hold other text now: it was cut
 * off and then renamed. */
static bool was_here(const struct lineage *l, const struct desk *d, const struct sibling *s)
{
    const struct generation *g = NULL;

    while ((g = desk_find(d, s->dev, s->ino, g)))
        if (g->place.path == l->path)
            return true;
    return false;
}

/* Whether the glob gives it a lineage of its own, or leaves it out. */
static bool is_elsewhere(const struct desk *d, const char *path)
{
    const struct follow_options *o = &d->options;

    return glob_match(o->pattern, path) || glob_excludes(o->exclude, o->n_exclude, path);
}

/* Births are told in steps of a clock's tick, other times may be finer; so what was made in the
 * same tick counts as later, unless it is older than the file itself. */
static uint64_t since_of(const struct generation *known)
{
    uint64_t seen = known->place.seen_ns - MIN(known->place.seen_ns, TICK_NS);

    return known->fd >= 0 ? MAX(seen, siblings_birth_ns(known->fd)) : seen;
}

/* ---- what a checkpoint remembers ---- */

static void say_gone(const struct desk *d, const struct generation *g)
{
    time_t seconds = (time_t)(g->place.seen_ns / SECOND_NS);
    struct tm tm;
    char text[32] = "";

    if (gmtime_r(&seconds, &tm))
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    desk_event(d, FOLLOW_GONE, g->place.path,
               "1 generation, last changed at %s, may hold lines that were not read", text);
}

/* Returns true when it was found and is taken care of. One of which nothing was read may hold other
 * text than it did: it is left to recover_younger(), which puts it where its text belongs. */
static bool find_renamed(struct generation *g, const struct siblings *s, uint64_t now_ns)
{
    for (size_t i = 0; i < s->n; i++) {
        struct stat st = {0};
        int fd;

        if (s->items[i].ino != g->place.ino || s->items[i].dev != g->place.dev)
            continue;
        if (g->place.offset == 0) {
            generation_close(g);
            return true;
        }
        fd = open_sibling(&s->items[i], &st);
        if (fd < 0)
            continue;
        if (holds(fd, &st, &g->place)) {
            generation_attach(g, fd, &st, now_ns);
            return true;
        }
        close(fd);
    }
    return false;
}

static int find_copy(struct lineage *l, struct desk *d, struct generation *past,
                     const struct follow_place *read, const struct siblings *s, uint64_t now_ns,
                     struct generation **ret_copy)
{
    uint64_t since = since_of(past);

    *ret_copy = NULL;
    for (size_t i = 0; i < s->n && read->offset > 0; i++) {
        CLEANUP(closep) int fd = -1;
        struct generation *copy;
        struct stat st = {0};

        if (s->items[i].packed ||
            (past->place.head.len < FOLLOW_PRINT_BYTES && s->items[i].born_ns < since))
            continue;
        fd = open_sibling(&s->items[i], &st);
        if (fd < 0 || is_known(d, fd, &st) || !holds(fd, &st, read))
            continue;
        copy = recover_insert(l, past->younger);
        if (!copy)
            return -ENOMEM;
        copy->place.offset = past->place.offset;
        copy->place.lines = past->place.lines;
        copy->place.head = past->place.head;
        copy->place.mark = past->place.mark;
        copy->place.seen_ns = past->place.seen_ns;
        generation_attach(copy, TAKE_FD(fd), &st, now_ns);
        *ret_copy = copy;
        return desk_list(d, copy);
    }
    return 0;
}

int recover_copy(struct lineage *l, struct desk *d, struct generation *past,
                 const struct follow_place *read, uint64_t now_ns, struct generation **ret_copy)
{
    CLEANUP(siblings_deinit) struct siblings s = {0};
    int r = siblings_list(&s, l->path);

    *ret_copy = NULL;
    if (r < 0)
        return r == -ENOMEM ? r : -r;
    return find_copy(l, d, past, read, &s, now_ns, ret_copy);
}

/* Whether what is not found may be there again later: the folder is missing, or another file system
 * is mounted there now. */
static bool may_come_back(const struct generation *g)
{
    CLEANUP(freep) char *folder = strdup(g->place.path);
    char *slash = folder ? strrchr(folder, '/') : NULL;
    struct stat st;

    if (!slash)
        return false;
    slash[slash == folder] = '\0';
    return stat(folder, &st) < 0 || st.st_dev != g->place.dev;
}

/* One remembered generation that is not at the path. */
static int find_remembered(struct lineage *l, struct desk *d, struct generation *g,
                           const struct siblings *s, bool path_is_file, bool same_file,
                           uint64_t now_ns)
{
    struct generation *copy;
    int r;

    if (!same_file && find_renamed(g, s, now_ns))
        return 0;
    r = find_copy(l, d, g, &g->place, s, now_ns, &copy);
    if (r < 0)
        return r;
    if (!copy && !path_is_file && may_come_back(g))
        return 1;
    if (!copy && same_file)
        desk_event(d, FOLLOW_TRUNCATED, l->path, "while nobody looked");
    else if (!copy)
        say_gone(d, g);
    generation_close(g);
    d->wants_commit = true;
    return 0;
}

int recover_remembered(struct lineage *l, struct desk *d, int fd, const struct stat *st,
                       uint64_t now_ns)
{
    struct generation *newest = recover_youngest(l), *next;
    CLEANUP(siblings_deinit) struct siblings s = {0};
    int r = newest ? siblings_list(&s, l->path) : 0, result = 0;

    if (r < 0)
        return r == -ENOMEM ? r : -r;
    for (struct generation *g = l->oldest; g; g = next) {
        bool same_file = fd >= 0 && g->place.dev == st->st_dev && g->place.ino == st->st_ino;

        next = g->younger;
        if (g->place.done || generation_is_live(g) || (same_file && holds(fd, st, &g->place)))
            continue;
        r = find_remembered(l, d, g, &s, fd >= 0, same_file, now_ns);
        if (r < 0)
            return r;
        result = MAX(result, r);
    }
    return result;
}

/* ---- what came and went ---- */

/* What was written after a generation does not belong before it. */
static uint64_t until_of(const struct generation *before)
{
    struct stat st;

    if (!before || before->fd < 0 || fstat(before->fd, &st) < 0)
        return UINT64_MAX;
    return (uint64_t)st.st_mtim.tv_sec * SECOND_NS + (uint64_t)st.st_mtim.tv_nsec;
}

static bool is_candidate(const struct lineage *l, const struct desk *d, const struct sibling *s,
                         uint64_t since_ns)
{
    if (s->packed || s->size == 0 || is_elsewhere(d, s->path))
        return false;
    return (s->born_ns >= since_ns && s->mtime_ns >= since_ns) || was_here(l, d, s);
}

int recover_younger(struct lineage *l, struct desk *d, struct generation *before,
                    const struct generation *known, uint64_t now_ns)
{
    uint64_t since = since_of(known), until = until_of(before);
    CLEANUP(siblings_deinit) struct siblings s = {0};
    int r = siblings_list(&s, l->path);

    for (size_t i = 0; r == 0 && i < s.n; i++) {
        CLEANUP(closep) int fd = -1;
        struct generation *g;
        struct stat st = {0};

        if (s.items[i].mtime_ns > until || !is_candidate(l, d, &s.items[i], since))
            continue;
        fd = open_sibling(&s.items[i], &st);
        if (fd < 0 || is_known(d, fd, &st) || is_copy(l, fd, &st))
            continue;
        g = recover_insert(l, before);
        if (!g)
            return -ENOMEM;
        generation_attach(g, TAKE_FD(fd), &st, now_ns);
        desk_event(d, FOLLOW_OPENED, l->path, "from 0, as %s", s.items[i].path);
        r = desk_list(d, g);
    }
    return r < 0 && r != -ENOMEM ? -r : r;
}
