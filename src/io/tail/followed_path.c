/* A turn with a path: what it names is looked at once, then each generation is looked at, the
 * oldest first.
 *
 * A younger generation waits while an older one has bytes: so a backlog comes in its order. One
 * that only lingers keeps nobody waiting, nor does one that cannot be read. */

#include "io/tail/followed_path.h"

#include "core/base/util.h"
#include "io/files/fingerprint.h"
#include "io/tail/compressed_match.h"
#include "io/tail/fd_budget.h"
#include "io/tail/find_rotated.h"
#include "io/tail/identify.h"

#include <inttypes.h>
#include <unistd.h>

#define SECOND_NS UINT64_C(1000000000)
#define POLL_NS (SECOND_NS / 4)
#define POLL_QUIET_NS (2 * SECOND_NS)
#define WATCHED_NS (5 * SECOND_NS)
#define ACTIVE_NS (10 * SECOND_NS)

struct lineage *lineage_new(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct lineage *l = calloc(1, sizeof(*l));

    if (!l)
        return NULL;
    l->next_serial = 1;
    l->folder_len = slash ? (size_t)(slash - path) : 0;
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
    d->n_targets -= l->target != NULL;
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
    g->met_ns = place->met_ns;
    g->tail.state = TAIL_DONE;
    while (*at && (*at)->place.serial < place->serial)
        at = &(*at)->younger;
    g->younger = *at;
    *at = g;
    d->remembers = true;
    l->next_serial = MAX(l->next_serial, place->serial + 1);
    return desk_list(d, g);
}

int lineage_look(struct lineage *l, struct desk *d, uint64_t now_ns)
{
    struct door_view v = door_view(l);

    return door_try(l, d, &v, now_ns);
}

/* ---- what tail_step() leaves to do ---- */

/* Its text was cut off or replaced: what was there becomes a generation of the past, and the
 * descriptor goes on with the next one. */
static int rewind_generation(struct lineage *l, struct desk *d, struct generation *g,
                             uint64_t now_ns)
{
    struct follow_place place = g->place, read = g->place;
    struct generation *past = recover_insert(l, g), *copy = NULL;
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
        door_say_unreadable(l, d, r);
    if (!copy) {
        r = generation_flush(g, d, /* cut_off= */ true);
        if (r < 0)
            return r;
        past->place = g->place;
        past->place.serial = place.serial;
    }
    generation_close(past, d);
    r = recover_younger(l, d, g, g, now_ns);
    if (r < 0)
        return r;
    if (g->at_path) /* else what changed it last may be a rename, behind files that nobody saw */
        g->place.seen_ns = MAX(g->place.seen_ns, g->changed_ns);
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

static int finish(struct lineage *l, struct desk *d, struct generation *g, uint64_t now_ns)
{
    struct stat st;
    bool nameless = fstat(g->fd, &st) == 0 && st.st_nlink == 0;
    int r = 0;

    generation_close(g, d);
    d->wants_commit = true;
    if (nameless) { /* its inode will be another file's */
        desk_unlist(d, g);
        g->place.ino = 0;
        r = desk_list(d, g);
    }
    if (!g->silent)
        d->options.ops->event(d->options.ctx, FOLLOW_FINISHED, l->path, /* detail= */ NULL);
    if (r < 0 || !l->waits_for_done)
        return r;
    l->waits_for_done = false;
    r = recover_younger(l, d, g->younger, g, now_ns);
    if (r > 0)
        door_say_unreadable(l, d, r);
    return MIN(r, 0);
}

static int flush_and_finish(struct lineage *l, struct desk *d, struct generation *g,
                            uint64_t now_ns)
{
    int r = generation_flush(g, d, /* cut_off= */ false);

    return r == 0 && d->line.of != g ? finish(l, d, g, now_ns) : r;
}

/* It was let in while it was empty, and is packed: nothing was read of it, and the door decides
 * anew what it is. */
static int identify(struct lineage *l, struct desk *d, struct generation *g,
                    const struct door_view *v, uint64_t now_ns)
{
    bool at_path = g->at_path;

    generation_close(g, d);
    if (!at_path)
        return recover_younger(l, d, g->younger, g, now_ns);
    l->door = (struct tail){.state = TAIL_FOUND};
    return door_try(l, d, v, now_ns);
}

/* Then that one comes to the end of it, and what came between was looked for when it was found. */
static bool is_before_another(const struct generation *g)
{
    for (g = g->younger; g; g = g->younger)
        if (generation_is_live(g) && g->tail.state == TAIL_READING)
            return true;
    return false;
}

static int next_generation(struct lineage *l, struct desk *d, struct generation *g,
                           const struct door_view *v, uint64_t now_ns)
{
    int r;

    d->wants_commit = true;
    if (is_before_another(g))
        return 0;
    l->door = (struct tail){.state = TAIL_FOUND};
    r = recover_younger(l, d, /* before= */ NULL, g, now_ns);
    return r < 0 ? r : door_try(l, d, v, now_ns);
}

static int act(struct lineage *l, struct desk *d, struct generation *g, enum tail_action action,
               int error, const struct door_view *v, uint64_t now_ns)
{
    switch (action) {
    case TAIL_REWIND:
        if (!g->guess)
            return rewind_generation(l, d, g, now_ns);
        guess_again(l, d, g);
        return 0;
    case TAIL_NEXT:
        return next_generation(l, d, g, v, now_ns);
    case TAIL_FINISH:
        return flush_and_finish(l, d, g, now_ns);
    case TAIL_IDENTIFY:
        return identify(l, d, g, v, now_ns);
    case TAIL_BACK_OFF:
        door_say_unreadable(l, d, error > 0 ? error : v->error > 0 ? v->error : EIO);
        return 0;
    case TAIL_WAIT:
    case TAIL_READ:
        break;
    }
    return 0;
}

/* ---- a turn ---- */

static enum tail_path path_for(const struct generation *g, const struct door_view *v)
{
    if (v->kind != TAIL_PATH_OTHER)
        return v->kind;
    return v->st.st_dev == g->place.dev && v->st.st_ino == g->place.ino ? TAIL_PATH_SAME
                                                                        : TAIL_PATH_OTHER;
}

/* Nothing was read of it, and it was written since it was looked at last. It may have had other
 * bytes than now, that were copied away. Returns 1 when there is something to read before it, 0, or
 * a negative errno. */
static int look_beside(struct lineage *l, struct desk *d, struct generation *g,
                       const struct door_view *v, uint64_t now_ns)
{
    uint64_t serial = g->place.serial;
    struct stat st = v->st;
    int r;

    if (!print_is_blank(g->mark) || g->fd < 0)
        return 0;
    if (path_for(g, v) != TAIL_PATH_SAME && fstat(g->fd, &st) < 0)
        return 0;
    if (generation_time(&st) == g->changed_ns)
        return 0;
    g->changed_ns = generation_time(&st);
    g->may_have_hole = !g->packed;
    r = recover_younger(l, d, g, g, now_ns);
    return r < 0 ? r : g->place.serial != serial;
}

/* It was read to its end when it was closed; what came behind that is gone with it. */
static int lose_parked(struct lineage *l, struct desk *d, struct generation *g,
                       const struct door_view *v, uint64_t now_ns)
{
    int r;

    desk_event(d, FOLLOW_GONE, l->path,
               "1 generation, read to %" PRIu64 "; what was written behind that is not known",
               g->tail.offset);
    r = generation_flush(g, d, /* cut_off= */ true);
    if (r < 0)
        return r;
    r = finish(l, d, g, now_ns);
    return r < 0 ? r : next_generation(l, d, g, v, now_ns);
}

/* A parked file is opened when there is something to look at. Returns 0 when it is open, 1 when
 * nothing is to be done with it now, or a negative errno. */
static int wake_parked(struct lineage *l, struct desk *d, struct generation *g,
                       const struct door_view *v, uint64_t now_ns)
{
    enum tail_path path = path_for(g, v);
    int r;

    if (g->tail.retry_ns > now_ns)
        return 1;
    if (path == TAIL_PATH_SAME && generation_is_quiet(g, d, &v->st))
        return 1;
    r = park_reopen(l, d, g, path == TAIL_PATH_SAME);
    if (r <= 0)
        return r;
    if (r == PARK_E_LOST && path != TAIL_PATH_UNKNOWN && path != TAIL_PATH_SAME) {
        r = lose_parked(l, d, g, v, now_ns);
    } else {
        g->tail.failures++;
        g->tail.retry_ns = now_ns + tail_backoff_ns(g->tail.failures);
        door_say_unreadable(l, d, r);
        r = 0;
    }
    return r < 0 ? r : 1;
}

/* In a folder that is as it was. */
static bool is_open_there(const struct lineage *l, const struct generation *g,
                          const struct desk_folder *now, struct stat *ret_stat)
{
    return l->folder.time_ns != 0 && now->dev == l->folder.dev && now->ino == l->folder.ino &&
           now->time_ns == l->folder.time_ns && fstat(g->fd, ret_stat) == 0;
}

bool lineage_is_still(const struct lineage *l, struct desk *d, bool *ret_told)
{
    const struct generation *g = l->oldest;
    struct desk_folder now;
    struct stat st;

    while (g && !generation_is_live(g))
        g = g->younger;
    if (!g || g->younger || !g->at_path || g->unread || l->target ||
        g->tail.state != TAIL_READING || g->tail.failures > 0)
        return false;
    now = desk_look_at_folder(d, l->path, l->folder_len);
    if (!(g->parked ? generation_is_at_path(g, &st) /* all that can be asked */
                    : is_open_there(l, g, &now, &st)) ||
        !generation_is_quiet(g, d, &st))
        return false;
    /* Elsewhere it may be written to by another name. */
    *ret_told = now.told && st.st_dev == now.dev && st.st_nlink == 1;
    return true;
}

int lineage_turn(struct lineage *l, struct desk *d, struct follow_buffer *b, uint64_t now_ns,
                 size_t budget, bool *ret_more)
{
    struct generation *next;
    struct door_view v;
    int r;

    *ret_more = false;
    l->folder = desk_look_at_folder(d, l->path, l->folder_len);
    v = door_view(l);
    r = door_try(l, d, &v, now_ns);
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
            r = finish(l, d, g, now_ns);
            continue;
        }
        g->at_path = path_for(g, &v) == TAIL_PATH_SAME;
        r = look_beside(l, d, g, &v, now_ns);
        if (r != 0) {
            *ret_more = true;
            return MIN(r, 0);
        }
        r = generation_turn(g, d, b, path_for(g, &v), &v.st, now_ns, budget, &action);
        if (r >= 0)
            r = act(l, d, g, action, r, &v, now_ns);
        if (g->tail.failures == 0 && l->door.failures == 0)
            door_say_readable(l, d);
        if (r == 0 && action == TAIL_NEXT) { /* there may be others now, older ones too */
            next = g->younger;
            *ret_more = true;
        }
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
            r = flush_and_finish(l, d, g, now_ns);
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
