/* A look at a path, and a turn.
 *
 *      the path names                        what follows
 *      nothing                               the door stays shut
 *      a generation that is open here        nothing, it is read
 *      a file of another lineage or source   it is theirs, and said where it is odd
 *      a generation that is remembered       it goes on at its offset
 *      any other file                        the next generation, from 0; before it what came and
 *                                            went since the last one was seen
 *
 * Generations are read oldest first, and a younger one waits while an older one has bytes: so a
 * backlog comes in its order. One that only lingers keeps nobody waiting. One that cannot be read
 * keeps nobody waiting either. */

#include "io/lineage.h"

#include "core/util.h"
#include "io/park.h"
#include "io/print.h"
#include "io/recover.h"
#include "io/siblings.h"

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#define SECOND_NS UINT64_C(1000000000)
#define POLL_NS (SECOND_NS / 4)
#define POLL_QUIET_NS (2 * SECOND_NS)
#define WATCHED_NS (5 * SECOND_NS)
#define ACTIVE_NS (10 * SECOND_NS)

/* What the path names. */
struct view {
    enum tail_path kind; /* OTHER: a file, whose it is has to be seen */
    int error;           /* UNKNOWN: why */
    struct stat st;
};

struct lineage *lineage_new(const char *path)
{
    struct lineage *l = calloc(1, sizeof(*l));

    if (!l)
        return NULL;
    l->next_serial = 1;
    l->path = strdup(path);
    if (!l->path) {
        free(l);
        return NULL;
    }
    return l;
}

struct lineage *lineage_free(struct lineage *l, struct desk *d)
{
    if (!l)
        return NULL;
    while (l->oldest) {
        struct generation *g = l->oldest;

        l->oldest = g->younger;
        desk_unlist(d, g);
        generation_free(g);
    }
    free(l->target);
    free(l->path);
    free(l);
    return NULL;
}

int lineage_remember(struct lineage *l, struct desk *d, const struct follow_place *place)
{
    struct generation **at = &l->oldest, *g = generation_new(l->path, place->serial);

    if (!g)
        return -ENOMEM;
    g->place = *place;
    g->place.path = l->path;
    g->tail.state = TAIL_DONE;
    while (*at && (*at)->place.serial < place->serial)
        at = &(*at)->younger;
    g->younger = *at;
    *at = g;
    l->next_serial = MAX(l->next_serial, place->serial + 1);
    return desk_list(d, g);
}

static struct view look_at_path(const struct lineage *l)
{
    struct view v = {.kind = TAIL_PATH_OTHER};

    if (stat(l->path, &v.st) == 0)
        return v;
    v.error = errno;
    v.kind = v.error == ENOENT || v.error == ENOTDIR ? TAIL_PATH_GONE : TAIL_PATH_UNKNOWN;
    return v;
}

/* Said once, until it can be looked at again. */
static void say_unreadable(struct lineage *l, const struct desk *d, int error)
{
    if (!l->unreadable)
        desk_event(d, FOLLOW_UNREADABLE, l->path, "%s", strerror(error));
    l->unreadable = true;
}

static void say_readable(struct lineage *l, const struct desk *d)
{
    if (l->unreadable)
        d->options.ops->event(d->options.ctx, FOLLOW_READABLE, l->path, /* detail= */ NULL);
    l->unreadable = false;
}

/* ---- the door ---- */

static void refuse(struct lineage *l, const struct desk *d, const struct stat *st, const char *why)
{
    l->refused_dev = st->st_dev;
    l->refused_ino = st->st_ino;
    l->refused_ns = generation_time(st);
    if (why && !l->skipped)
        desk_event(d, FOLLOW_SKIPPED, l->path, "%s", why);
    l->skipped = l->skipped || why;
}

static const char *oddity(mode_t mode)
{
    return S_ISDIR(mode)    ? "it is a folder"
           : S_ISFIFO(mode) ? "it is a pipe"
           : S_ISSOCK(mode) ? "it is a socket"
                            : "it is a device";
}

/* Whether the file at the path is read already, here or by somebody else. */
static bool is_taken(struct lineage *l, const struct desk *d, const struct stat *st)
{
    const struct generation *g = NULL;

    while ((g = desk_find(d, st->st_dev, st->st_ino, g))) {
        if (!generation_is_live(g))
            continue;
        if (g->place.path == l->path) {
            l->door.state = TAIL_READING;
            return true;
        }
        refuse(l, d, st,
               siblings_named(l->path, g->place.path) ? NULL : "it is followed by another name");
        return true;
    }
    if (!d->options.ops->taken || !d->options.ops->taken(d->options.ctx, st->st_dev, st->st_ino))
        return false;
    refuse(l, d, st, "another source follows it");
    return true;
}

/* Of two that fit: the one that is not read to its end, the one of this lineage, the last one. */
static bool is_better(const struct lineage *l, const struct generation *a,
                      const struct generation *b)
{
    bool a_here = a->place.path == l->path, b_here = b->place.path == l->path;

    if (a->place.done != b->place.done)
        return !a->place.done;
    return a_here != b_here ? a_here : a->place.serial > b->place.serial;
}

/* A generation that is not open and whose file this is. */
static struct generation *find_known(const struct lineage *l, const struct desk *d, int fd,
                                     const struct stat *st)
{
    struct generation *g = NULL, *best = NULL;

    while ((g = desk_find(d, st->st_dev, st->st_ino, g)))
        if (!generation_is_live(g) && (uint64_t)st->st_size >= g->place.offset &&
            print_fits(fd, &g->place) == 1 && (!best || is_better(l, g, best)))
            best = g;
    return best;
}

/* A file that another path's lineage knows: unless it has more than was read there, it is no news.
 */
static int adopt(struct lineage *l, struct desk *d, struct generation *known, int fd,
                 const struct stat *st, uint64_t now_ns)
{
    bool sibling = siblings_named(l->path, known->place.path);
    struct generation *g;

    if ((sibling && !known->place.done) || (uint64_t)st->st_size == known->place.offset) {
        refuse(l, d, st, /* why= */ NULL);
        close(fd);
        return 0;
    }
    g = recover_insert(l, /* before= */ NULL);
    if (!g)
        return -ENOMEM;
    g->place.offset = known->place.offset;
    g->place.lines = known->place.lines;
    g->place.head = known->place.head;
    g->place.mark = known->place.mark;
    generation_close(known);
    generation_attach(g, fd, st, now_ns);
    l->door.state = TAIL_READING;
    return desk_list(d, g);
}

/* The file was in this lineage under the same device and inode, with other text: a writer that does
 * not append may leave a hole. */
static bool was_cut_off(const struct lineage *l, const struct stat *st)
{
    for (const struct generation *g = l->oldest; g; g = g->younger)
        if (g->place.dev == st->st_dev && g->place.ino == st->st_ino)
            return true;
    return false;
}

static int begin(struct lineage *l, struct desk *d, int fd, const struct stat *st, uint64_t now_ns)
{
    struct generation *youngest = recover_youngest(l), *g;
    bool at_end = l->at_start && !youngest && d->options.start_at_end;
    bool cut = was_cut_off(l, st);
    int r = 0;

    if (youngest)
        r = recover_younger(l, d, /* before= */ NULL, youngest, now_ns);
    if (r != 0)
        return r;
    g = recover_insert(l, /* before= */ NULL);
    if (!g)
        return -ENOMEM;
    if (at_end)
        r = generation_attach_at_end(g, fd, st, now_ns);
    else
        generation_attach(g, fd, st, now_ns);
    if (r < 0)
        return r == -ENOMEM ? r : -r;
    g->may_have_hole = cut;
    l->door.state = TAIL_READING;
    desk_event(d, FOLLOW_OPENED, l->path, "from %" PRIu64, g->place.offset);
    return desk_list(d, g);
}

/* Lets the file behind a descriptor in, which stays with the caller where the result is not 0. */
static int let_in(struct lineage *l, struct desk *d, int fd, const struct stat *st, uint64_t now_ns)
{
    struct generation *known;
    int r;

    if (!l->begun) {
        r = recover_remembered(l, d, fd, st, now_ns);
        if (r != 0)
            return r == 1 ? EAGAIN : r;
        l->begun = true;
    }
    known = find_known(l, d, fd, st);
    if (known && known->place.path != l->path)
        return adopt(l, d, known, fd, st, now_ns);
    if (!known)
        return begin(l, d, fd, st, now_ns);
    if (known->place.offset == 0) { /* it may have had other text, that was copied away */
        r = recover_younger(l, d, known, known, now_ns);
        if (r != 0)
            return r;
    }
    generation_attach(known, fd, st, now_ns);
    known->may_have_hole = known->place.lines == 0 && known != l->oldest;
    l->door.state = TAIL_READING;
    desk_event(d, FOLLOW_OPENED, l->path, "from %" PRIu64, known->place.offset);
    return 0;
}

/* Remembers where a link leads, so that its folder is watched too. */
static void note_target(struct lineage *l, const struct desk *d)
{
    char *target = realpath(l->path, NULL), *slash;

    free(l->target);
    l->target = NULL;
    if (!target || STREQ(target, l->path)) {
        free(target);
        return;
    }
    l->target = target;
    slash = strrchr(target, '/');
    if (!d->options.ops->folder || !slash)
        return;
    *slash = '\0';
    d->options.ops->folder(d->options.ctx, slash == target ? "/" : target);
    *slash = '/';
}

/* The path names a file that is not open. Returns 0, a positive errno, or -ENOMEM. */
static int knock(struct lineage *l, struct desk *d, const struct stat *seen, uint64_t now_ns)
{
    struct stat st;
    int fd, r;

    l->door.state = TAIL_FOUND;
    if (!S_ISREG(seen->st_mode)) {
        refuse(l, d, seen, oddity(seen->st_mode));
        return 0;
    }
    if (seen->st_dev == l->refused_dev && seen->st_ino == l->refused_ino &&
        generation_time(seen) == l->refused_ns)
        return 0;
    if (is_taken(l, d, seen))
        return 0;
    fd = open(l->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : errno;
    r = fstat(fd, &st) < 0 ? errno : 0;
    if (r == 0 && (st.st_dev != seen->st_dev || st.st_ino != seen->st_ino))
        r = ESTALE;
    if (r == 0)
        r = let_in(l, d, fd, &st, now_ns);
    if (r != 0) {
        close(fd);
        return r;
    }
    note_target(l, d);
    return 0;
}

/* What a checkpoint remembers is looked for even where the path names nothing. */
static int begin_without_file(struct lineage *l, struct desk *d, uint64_t now_ns)
{
    int r = l->begun ? 0 : recover_remembered(l, d, /* fd= */ -1, /* st= */ NULL, now_ns);

    if (r == 1)
        return 0;
    l->begun = l->begun || r == 0;
    return r;
}

static int try_door(struct lineage *l, struct desk *d, const struct view *v, uint64_t now_ns)
{
    struct tail_seen seen = {.path = v->kind};
    int error = v->error, r = 0;

    if (l->door.state != TAIL_FOUND || l->door.retry_ns > now_ns)
        return 0;
    if (v->kind == TAIL_PATH_GONE)
        r = begin_without_file(l, d, now_ns);
    else if (v->kind == TAIL_PATH_OTHER)
        r = knock(l, d, &v->st, now_ns);
    if (r < 0)
        return r;
    if (r > 0) {
        error = r;
        seen.path = TAIL_PATH_UNKNOWN;
    }
    if (seen.path == TAIL_PATH_OTHER)
        l->door.failures = 0;
    else if (tail_step(&l->door, &seen, /* rotate_wait_ns= */ 0, now_ns) == TAIL_BACK_OFF)
        say_unreadable(l, d, error);
    if (seen.path == TAIL_PATH_OTHER)
        say_readable(l, d);
    return 0;
}

int lineage_look(struct lineage *l, struct desk *d, uint64_t now_ns)
{
    struct view v = look_at_path(l);

    return try_door(l, d, &v, now_ns);
}

/* ---- what tail_step() leaves to do ---- */

/* Its text was cut off or replaced: what was there becomes a generation of the past, and the
 * descriptor goes on with the next one. */
static int rewind_generation(struct lineage *l, struct desk *d, struct generation *g,
                             uint64_t now_ns)
{
    struct follow_place place = g->place, read = g->place;
    struct generation *past = recover_insert(l, g), *copy;
    int r;

    if (!past)
        return -ENOMEM;
    place.serial = past->place.serial;
    past->place = place;
    past->tail.state = TAIL_DONE;
    r = desk_list(d, past);
    read.offset = g->read_to;
    read.mark = g->mark;
    if (r == 0)
        r = recover_copy(l, d, past, &read, now_ns, &copy);
    if (r < 0)
        return r;
    if (r > 0)
        say_unreadable(l, d, r);
    if (!copy) {
        r = generation_flush(g, d, /* cut_off= */ true);
        if (r < 0)
            return r;
        past->place = g->place;
        past->place.serial = place.serial;
    }
    generation_close(past);
    r = recover_younger(l, d, g, g, now_ns);
    if (r < 0)
        return r;
    g->place.seen_ns = g->changed_ns;
    g->place.lines = g->stream.lines = 0;
    g->place.head = (struct follow_print){0};
    g->overlong = false;
    g->text = NULL;
    g->hole = 0;
    g->may_have_hole = true;
    generation_moved(g, 0, (struct follow_print){0});
    g->unread = true;
    d->wants_commit = true;
    d->options.ops->event(d->options.ctx, FOLLOW_TRUNCATED, l->path, /* detail= */ NULL);
    return 0;
}

static void finish(struct lineage *l, struct desk *d, struct generation *g)
{
    struct stat st;
    bool nameless = fstat(g->fd, &st) == 0 && st.st_nlink == 0;

    generation_close(g);
    d->wants_commit = true;
    if (nameless) { /* its inode will be another file's */
        desk_unlist(d, g);
        g->place.ino = 0;
    }
    d->options.ops->event(d->options.ctx, FOLLOW_FINISHED, l->path, /* detail= */ NULL);
}

static int flush_and_finish(struct lineage *l, struct desk *d, struct generation *g)
{
    int r = generation_flush(g, d, /* cut_off= */ false);

    if (r == 0 && d->line.of != g)
        finish(l, d, g);
    return r;
}

static int next_generation(struct lineage *l, struct desk *d, struct generation *g,
                           const struct view *v, uint64_t now_ns)
{
    int r;

    d->wants_commit = true;
    l->door = (struct tail){.state = TAIL_FOUND};
    r = recover_younger(l, d, /* before= */ NULL, g, now_ns);
    return r < 0 ? r : try_door(l, d, v, now_ns);
}

static int act(struct lineage *l, struct desk *d, struct generation *g, enum tail_action action,
               int error, const struct view *v, uint64_t now_ns)
{
    switch (action) {
    case TAIL_REWIND:
        return rewind_generation(l, d, g, now_ns);
    case TAIL_NEXT:
        return next_generation(l, d, g, v, now_ns);
    case TAIL_FINISH:
        return flush_and_finish(l, d, g);
    case TAIL_BACK_OFF:
        say_unreadable(l, d, error > 0 ? error : v->error > 0 ? v->error : EIO);
        return 0;
    case TAIL_WAIT:
    case TAIL_READ:
    case TAIL_IDENTIFY:
        break;
    }
    return 0;
}

/* ---- a turn ---- */

static enum tail_path path_for(const struct generation *g, const struct view *v)
{
    if (v->kind != TAIL_PATH_OTHER)
        return v->kind;
    return v->st.st_dev == g->place.dev && v->st.st_ino == g->place.ino ? TAIL_PATH_SAME
                                                                        : TAIL_PATH_OTHER;
}

/* It was empty when it was looked at last, and was written since. It may have had other bytes than
 * now, that were copied away. Returns 1 when there is something to read before it, 0, or a negative
 * errno. */
static int look_beside(struct lineage *l, struct desk *d, struct generation *g,
                       const struct view *v, uint64_t now_ns)
{
    uint64_t serial = g->place.serial;
    struct stat st = v->st;
    int r;

    if (!g->was_empty || g->fd < 0)
        return 0;
    if (path_for(g, v) != TAIL_PATH_SAME && fstat(g->fd, &st) < 0)
        return 0;
    if (generation_time(&st) == g->changed_ns)
        return 0;
    g->was_empty = false;
    r = recover_younger(l, d, g, g, now_ns);
    return r < 0 ? r : g->place.serial != serial;
}

/* It was read to its end when it was closed; what came behind that is gone with it. */
static int lose_parked(struct lineage *l, struct desk *d, struct generation *g,
                       const struct view *v, uint64_t now_ns)
{
    int r;

    desk_event(d, FOLLOW_GONE, l->path,
               "1 generation, read to %" PRIu64 "; what was written behind that is not known",
               g->tail.offset);
    r = generation_flush(g, d, /* cut_off= */ true);
    if (r < 0)
        return r;
    finish(l, d, g);
    return next_generation(l, d, g, v, now_ns);
}

/* A parked file is opened when there is something to look at. Returns 0 when it is open, 1 when
 * nothing is to be done with it now, or a negative errno. */
static int wake_parked(struct lineage *l, struct desk *d, struct generation *g,
                       const struct view *v, uint64_t now_ns)
{
    enum tail_path path = path_for(g, v);
    int r;

    if (g->tail.retry_ns > now_ns)
        return 1;
    if (path == TAIL_PATH_SAME && generation_is_quiet(g, &v->st, now_ns))
        return 1;
    r = park_reopen(l, g, path == TAIL_PATH_SAME);
    if (r <= 0)
        return r;
    if (r == PARK_E_LOST && path != TAIL_PATH_UNKNOWN && path != TAIL_PATH_SAME) {
        r = lose_parked(l, d, g, v, now_ns);
    } else {
        g->tail.failures++;
        g->tail.retry_ns = now_ns + tail_backoff_ns(g->tail.failures);
        say_unreadable(l, d, r);
        r = 0;
    }
    return r < 0 ? r : 1;
}

int lineage_turn(struct lineage *l, struct desk *d, struct follow_buffer *b, uint64_t now_ns,
                 size_t budget, bool *ret_more)
{
    struct view v = look_at_path(l);
    int r = try_door(l, d, &v, now_ns);
    struct generation *next;

    *ret_more = false;
    for (struct generation *g = l->oldest; r == 0 && g && !d->paused && !d->line.of; g = next) {
        enum tail_action action;

        next = g->younger;
        if (!generation_is_live(g))
            continue;
        if (g->parked) {
            r = wake_parked(l, d, g, &v, now_ns);
            if (r != 0) {
                r = MIN(r, 0);
                continue;
            }
        }
        if (g->tail.state == TAIL_DONE) { /* its last line, an overlong one, is out */
            finish(l, d, g);
            continue;
        }
        r = look_beside(l, d, g, &v, now_ns);
        if (r != 0) {
            *ret_more = true;
            return MIN(r, 0);
        }
        r = generation_turn(g, d, b, path_for(g, &v), &v.st, now_ns, budget, &action);
        if (r >= 0)
            r = act(l, d, g, action, r, &v, now_ns);
        if (g->tail.failures == 0 && l->door.failures == 0)
            say_readable(l, d);
        if (r == 0 && action == TAIL_NEXT)
            next = g->younger; /* there may be one now */
        if (g->unread || action == TAIL_REWIND) {
            *ret_more = true;
            break;
        }
    }
    *ret_more = *ret_more || d->paused || d->line.of;
    return r;
}

int lineage_stop(struct lineage *l, struct desk *d, struct follow_buffer *b, uint64_t now_ns,
                 size_t budget, bool *ret_more)
{
    int r = 0;

    *ret_more = false;
    for (struct generation *g = l->oldest; r == 0 && g; g = g->younger) {
        enum tail_action action;
        struct stat st;

        if (g->fd < 0 || fstat(g->fd, &st) < 0 || st.st_nlink > 0)
            continue;
        r = generation_turn(g, d, b, TAIL_PATH_GONE, &st, now_ns, budget, &action);
        if (r >= 0 && action == TAIL_REWIND)
            r = rewind_generation(l, d, g, now_ns);
        else if (r >= 0 && action != TAIL_READ && action != TAIL_BACK_OFF)
            r = flush_and_finish(l, d, g);
        *ret_more = r == 0 && generation_is_live(g) && action != TAIL_BACK_OFF;
        if (*ret_more || d->line.of || d->paused)
            break;
    }
    return MIN(r, 0);
}

uint64_t lineage_due_ns(const struct lineage *l, bool poll, uint64_t now_ns)
{
    uint64_t due = now_ns + (poll ? POLL_QUIET_NS : WATCHED_NS);

    if (l->door.state == TAIL_FOUND && l->door.retry_ns > now_ns)
        due = MIN(due, l->door.retry_ns);
    for (const struct generation *g = l->oldest; g; g = g->younger) {
        if (!generation_is_live(g))
            continue;
        if (g->tail.retry_ns > now_ns)
            due = MIN(due, g->tail.retry_ns);
        if (g->tail.state == TAIL_LINGERING || (poll && now_ns - g->active_ns < ACTIVE_NS))
            due = MIN(due, now_ns + POLL_NS);
    }
    return due;
}
