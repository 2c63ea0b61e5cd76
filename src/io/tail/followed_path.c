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

struct followed_path *followed_path_new(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct followed_path *l = calloc(1, sizeof(*l));

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

struct followed_path *followed_path_free(struct followed_path *l, struct follow_context *d)
{
    if (!l)
        return NULL;
    while (l->oldest) {
        struct followed_file *g = l->oldest;

        l->oldest = g->younger;
        follow_context_unlist(d, g);
        followed_file_free(g);
    }
    d->n_targets -= l->target != NULL;
    free(l->target);
    free(l->path);
    free(l);
    return NULL;
}

int followed_path_remember(struct followed_path *l, struct follow_context *d,
                           const struct file_position *position)
{
    struct followed_file **at = &l->oldest, *g = followed_file_new(l->path, position->serial);

    if (!g)
        return -ENOMEM;
    g->position = *position;
    g->position.path = l->path;
    g->last_seen_ns = position->last_seen_ns;
    g->rotation.state = ROTATION_DONE;
    while (*at && (*at)->position.serial < position->serial)
        at = &(*at)->younger;
    g->younger = *at;
    *at = g;
    d->remembers = true;
    l->next_serial = MAX(l->next_serial, position->serial + 1);
    return follow_context_list(d, g);
}

int followed_path_look(struct followed_path *l, struct follow_context *d, uint64_t now_ns)
{
    struct path_view v = path_view(l);

    return identify_open(l, d, &v, now_ns);
}

/* ---- what rotation_step() leaves to do ---- */

/* Its text was cut off or replaced: what was there becomes a generation of the past, and the
 * descriptor goes on with the next one. */
static int rewind_file(struct followed_path *l, struct follow_context *d, struct followed_file *g,
                       uint64_t now_ns)
{
    struct file_position position = g->position, read = g->position;
    struct followed_file *past = find_rotated_insert(l, g), *copy = NULL;
    int r;

    if (!past)
        return -ENOMEM;
    position.serial = past->position.serial;
    past->position = position;
    past->rotation.state = ROTATION_DONE;
    r = follow_context_list(d, past);
    read.offset = g->read_to;
    read.tail_print = g->mark;
    if (r == 0)
        r = find_rotated_copy(l, d, past, &read, now_ns, &copy);
    if (r < 0)
        return r;
    if (r > 0)
        identify_say_unreadable(l, d, r);
    if (!copy) {
        r = followed_file_flush(g, d, /* cut_off= */ true);
        if (r < 0)
            return r;
        past->position = g->position;
        past->position.serial = position.serial;
    }
    followed_file_close(past, d);
    r = find_rotated_younger(l, d, g, g, now_ns);
    if (r < 0)
        return r;
    if (g->at_path) /* else what changed it last may be a rename, behind files that nobody saw */
        g->position.file_time_ns = MAX(g->position.file_time_ns, g->changed_ns);
    g->position.lines = g->stream.lines = 0;
    g->position.head_print = (struct fingerprint){0};
    g->overlong = false;
    g->text = NULL;
    g->hole = 0;
    g->may_have_hole = true;
    followed_file_moved(g, 0, (struct fingerprint){0});
    g->unread = true;
    d->wants_commit = true;
    d->options.ops->event(d->options.ctx, FOLLOW_TRUNCATED, l->path, /* detail= */ NULL);
    return 0;
}

static int finish(struct followed_path *l, struct follow_context *d, struct followed_file *g,
                  uint64_t now_ns)
{
    struct stat st;
    bool nameless = fstat(g->fd, &st) == 0 && st.st_nlink == 0;
    int r = 0;

    followed_file_close(g, d);
    d->wants_commit = true;
    if (nameless) { /* its inode will be another file's */
        follow_context_unlist(d, g);
        g->position.ino = 0;
        r = follow_context_list(d, g);
    }
    if (!g->silent)
        d->options.ops->event(d->options.ctx, FOLLOW_FINISHED, l->path, /* detail= */ NULL);
    if (r < 0 || !l->waits_for_done)
        return r;
    l->waits_for_done = false;
    r = find_rotated_younger(l, d, g->younger, g, now_ns);
    if (r > 0)
        identify_say_unreadable(l, d, r);
    return MIN(r, 0);
}

static int flush_and_finish(struct followed_path *l, struct follow_context *d,
                            struct followed_file *g, uint64_t now_ns)
{
    int r = followed_file_flush(g, d, /* cut_off= */ false);

    return r == 0 && d->line.of != g ? finish(l, d, g, now_ns) : r;
}

/* It was let in while it was empty, and is packed: nothing was read of it, and the door decides
 * anew what it is. */
static int identify(struct followed_path *l, struct follow_context *d, struct followed_file *g,
                    const struct path_view *v, uint64_t now_ns)
{
    bool at_path = g->at_path;

    followed_file_close(g, d);
    if (!at_path)
        return find_rotated_younger(l, d, g->younger, g, now_ns);
    l->arrival = (struct rotation){.state = ROTATION_FOUND};
    return identify_open(l, d, v, now_ns);
}

/* Then that one comes to the end of it, and what came between was looked for when it was found. */
static bool is_before_another(const struct followed_file *g)
{
    for (g = g->younger; g; g = g->younger)
        if (followed_file_is_live(g) && g->rotation.state == ROTATION_READING)
            return true;
    return false;
}

static int next_file(struct followed_path *l, struct follow_context *d, struct followed_file *g,
                     const struct path_view *v, uint64_t now_ns)
{
    int r;

    d->wants_commit = true;
    if (is_before_another(g))
        return 0;
    l->arrival = (struct rotation){.state = ROTATION_FOUND};
    r = find_rotated_younger(l, d, /* before= */ NULL, g, now_ns);
    return r < 0 ? r : identify_open(l, d, v, now_ns);
}

static int act(struct followed_path *l, struct follow_context *d, struct followed_file *g,
               enum rotation_action action, int error, const struct path_view *v, uint64_t now_ns)
{
    switch (action) {
    case ROTATION_REWIND:
        if (!g->guess)
            return rewind_file(l, d, g, now_ns);
        compressed_match_again(l, d, g);
        return 0;
    case ROTATION_NEXT:
        return next_file(l, d, g, v, now_ns);
    case ROTATION_FINISH:
        return flush_and_finish(l, d, g, now_ns);
    case ROTATION_IDENTIFY:
        return identify(l, d, g, v, now_ns);
    case ROTATION_BACK_OFF:
        identify_say_unreadable(l, d, error > 0 ? error : v->error > 0 ? v->error : EIO);
        return 0;
    case ROTATION_WAIT:
    case ROTATION_READ:
        break;
    }
    return 0;
}

/* ---- a turn ---- */

static enum path_names path_for(const struct followed_file *g, const struct path_view *v)
{
    if (v->kind != PATH_OTHER)
        return v->kind;
    return v->st.st_dev == g->position.dev && v->st.st_ino == g->position.ino ? PATH_SAME
                                                                              : PATH_OTHER;
}

/* Nothing was read of it, and it was written since it was looked at last. It may have had other
 * bytes than now, that were copied away. Returns 1 when there is something to read before it, 0, or
 * a negative errno. */
static int look_beside(struct followed_path *l, struct follow_context *d, struct followed_file *g,
                       const struct path_view *v, uint64_t now_ns)
{
    uint64_t serial = g->position.serial;
    struct stat st = v->st;
    int r;

    if (!fingerprint_is_blank(g->mark) || g->fd < 0)
        return 0;
    if (path_for(g, v) != PATH_SAME && fstat(g->fd, &st) < 0)
        return 0;
    if (followed_file_time(&st) == g->changed_ns)
        return 0;
    g->changed_ns = followed_file_time(&st);
    g->may_have_hole = !g->packed;
    r = find_rotated_younger(l, d, g, g, now_ns);
    return r < 0 ? r : g->position.serial != serial;
}

/* It was read to its end when it was closed; what came behind that is gone with it. */
static int lose_parked(struct followed_path *l, struct follow_context *d, struct followed_file *g,
                       const struct path_view *v, uint64_t now_ns)
{
    int r;

    follow_context_event(d, FOLLOW_GONE, l->path,
                         "1 generation, read to %" PRIu64
                         "; what was written behind that is not known",
                         g->rotation.offset);
    r = followed_file_flush(g, d, /* cut_off= */ true);
    if (r < 0)
        return r;
    r = finish(l, d, g, now_ns);
    return r < 0 ? r : next_file(l, d, g, v, now_ns);
}

/* A parked file is opened when there is something to look at. Returns 0 when it is open, 1 when
 * nothing is to be done with it now, or a negative errno. */
static int wake_parked(struct followed_path *l, struct follow_context *d, struct followed_file *g,
                       const struct path_view *v, uint64_t now_ns)
{
    enum path_names path = path_for(g, v);
    int r;

    if (g->rotation.retry_ns > now_ns)
        return 1;
    if (path == PATH_SAME && followed_file_is_quiet(g, d, &v->st))
        return 1;
    r = fd_budget_reopen(l, d, g, path == PATH_SAME);
    if (r <= 0)
        return r;
    if (r == FD_BUDGET_E_LOST && path != PATH_UNKNOWN && path != PATH_SAME) {
        r = lose_parked(l, d, g, v, now_ns);
    } else {
        g->rotation.failures++;
        g->rotation.retry_ns = now_ns + rotation_backoff_ns(g->rotation.failures);
        identify_say_unreadable(l, d, r);
        r = 0;
    }
    return r < 0 ? r : 1;
}

/* In a folder that is as it was. */
static bool is_open_there(const struct followed_path *l, const struct followed_file *g,
                          const struct follow_context_folder *now, struct stat *ret_stat)
{
    return l->folder.time_ns != 0 && now->dev == l->folder.dev && now->ino == l->folder.ino &&
           now->time_ns == l->folder.time_ns && fstat(g->fd, ret_stat) == 0;
}

bool followed_path_is_still(const struct followed_path *l, struct follow_context *d, bool *ret_told)
{
    const struct followed_file *g = l->oldest;
    struct follow_context_folder now;
    struct stat st;

    while (g && !followed_file_is_live(g))
        g = g->younger;
    if (!g || g->younger || !g->at_path || g->unread || l->target ||
        g->rotation.state != ROTATION_READING || g->rotation.failures > 0)
        return false;
    now = follow_context_look_at_folder(d, l->path, l->folder_len);
    if (!(g->parked ? followed_file_is_at_path(g, &st) /* all that can be asked */
                    : is_open_there(l, g, &now, &st)) ||
        !followed_file_is_quiet(g, d, &st))
        return false;
    /* Elsewhere it may be written to by another name. */
    *ret_told = now.prepared && st.st_dev == now.dev && st.st_nlink == 1;
    return true;
}

int followed_path_turn(struct followed_path *l, struct follow_context *d, struct follow_buffer *b,
                       uint64_t now_ns, size_t budget, bool *ret_more)
{
    struct followed_file *next;
    struct path_view v;
    int r;

    *ret_more = false;
    l->folder = follow_context_look_at_folder(d, l->path, l->folder_len);
    v = path_view(l);
    r = identify_open(l, d, &v, now_ns);
    for (struct followed_file *g = l->oldest; r == 0 && g && !d->paused && !d->line.of; g = next) {
        enum rotation_action action;

        next = g->younger;
        if (!followed_file_is_live(g))
            continue;
        if (g->parked) {
            r = wake_parked(l, d, g, &v, now_ns);
            if (r != 0) {
                r = MIN(r, 0);
                continue;
            }
        }
        if (g->rotation.state == ROTATION_DONE) { /* its last line, an overlong one, is out */
            r = finish(l, d, g, now_ns);
            continue;
        }
        g->at_path = path_for(g, &v) == PATH_SAME;
        r = look_beside(l, d, g, &v, now_ns);
        if (r != 0) {
            *ret_more = true;
            return MIN(r, 0);
        }
        r = followed_file_turn(g, d, b, path_for(g, &v), &v.st, now_ns, budget, &action);
        if (r >= 0)
            r = act(l, d, g, action, r, &v, now_ns);
        if (g->rotation.failures == 0 && l->arrival.failures == 0)
            identify_say_readable(l, d);
        if (r == 0 && action == ROTATION_NEXT) { /* there may be others now, older ones too */
            next = g->younger;
            *ret_more = true;
        }
        if (g->unread || action == ROTATION_REWIND) {
            *ret_more = true;
            break;
        }
    }
    *ret_more = *ret_more || d->paused || d->line.of;
    return r;
}

int followed_path_stop(struct followed_path *l, struct follow_context *d, struct follow_buffer *b,
                       uint64_t now_ns, size_t budget, bool *ret_more)
{
    int r = 0;

    *ret_more = false;
    for (struct followed_file *g = l->oldest; r == 0 && g; g = g->younger) {
        enum rotation_action action;
        struct stat st;

        if (g->fd < 0 || fstat(g->fd, &st) < 0 || st.st_nlink > 0)
            continue;
        r = followed_file_turn(g, d, b, PATH_GONE, &st, now_ns, budget, &action);
        if (r >= 0 && action == ROTATION_REWIND)
            r = rewind_file(l, d, g, now_ns);
        else if (r >= 0 && action != ROTATION_READ && action != ROTATION_BACK_OFF)
            r = flush_and_finish(l, d, g, now_ns);
        *ret_more = r == 0 && followed_file_is_live(g) && action != ROTATION_BACK_OFF;
        if (*ret_more || d->line.of || d->paused)
            break;
    }
    return MIN(r, 0);
}

uint64_t followed_path_due_ns(const struct followed_path *l, bool poll, uint64_t now_ns)
{
    uint64_t due = now_ns + (poll ? POLL_QUIET_NS : WATCHED_NS);

    if (l->arrival.state == ROTATION_FOUND && l->arrival.retry_ns > now_ns)
        due = MIN(due, l->arrival.retry_ns);
    for (const struct followed_file *g = l->oldest; g; g = g->younger) {
        if (!followed_file_is_live(g))
            continue;
        if (g->rotation.retry_ns > now_ns)
            due = MIN(due, g->rotation.retry_ns);
        if (g->rotation.state == ROTATION_LINGERING || (poll && now_ns - g->active_ns < ACTIVE_NS))
            due = MIN(due, now_ns + POLL_NS);
    }
    return due;
}
