/* A turn with a path: what it names is looked at once, then each generation is looked at, the
 * oldest first.
 *
 * A younger generation waits while an older one has bytes: so a backlog comes in its order. One
 * that only lingers keeps nobody waiting, nor does one that cannot be read. */

#include "io/tail/followed_path_turn.h"

#include "core/base/backoff.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/files/fingerprint.h"
#include "io/tail/compressed_match.h"
#include "io/tail/fd_budget.h"
#include "io/tail/find_rotated.h"
#include "io/tail/followed_file_turn.h"
#include "io/tail/identify.h"
#include "io/tail/overlong_line.h"

#include <inttypes.h>
#include <unistd.h>

#define POLL_NS (SECOND_NS / 4)
#define POLL_QUIET_NS (2 * SECOND_NS)
#define WATCHED_NS (5 * SECOND_NS)
#define ACTIVE_NS (10 * SECOND_NS)

/* ---- what rotation_step() leaves to do ---- */

/* Its text was cut off or replaced: what was there becomes a generation of the past, and the
 * descriptor goes on with the next one. */
static int rewind_file(struct followed_path *path, struct follow_context *ctx,
                       struct followed_file *file, uint64_t now_ns)
{
    struct file_position position = file->position, read = file->position;
    struct followed_file *past = followed_path_insert(path, file), *copy = NULL;
    int r;

    if (!past)
        return -ENOMEM;
    position.serial = past->position.serial;
    past->position = position;
    past->rotation.state = ROTATION_DONE;
    r = followed_file_list(ctx, past);
    read.offset = file->read_to;
    read.tail_print = file->mark;
    if (r == 0)
        r = find_rotated_copy(path, ctx, past, &read, now_ns, &copy);
    if (r < 0)
        return r;
    if (r > 0)
        identify_say_unreadable(path, ctx, r);
    if (!copy) {
        r = followed_file_flush(file, ctx, /* cut_off= */ true);
        if (r < 0)
            return r;
        past->position = file->position;
        past->position.serial = position.serial;
    }
    followed_file_close(past, ctx);
    r = find_rotated_younger(path, ctx, file, file, now_ns);
    if (r < 0)
        return r;
    if (file->at_path) /* else what changed it last may be a rename, behind files that nobody saw */
        file->position.file_time_ns = MAX(file->position.file_time_ns, file->changed_ns);
    file->position.lines = file->stream.lines = 0;
    file->position.head_print = (struct fingerprint){0};
    file->overlong = false;
    file->text = NULL;
    file->hole = 0;
    file->may_have_hole = true;
    followed_file_moved(file, 0, (struct fingerprint){0});
    file->unread = true;
    ctx->wants_commit = true;
    follow_context_event(ctx, FOLLOW_TRUNCATED, path->name);
    return 0;
}

static int finish(struct followed_path *path, struct follow_context *ctx,
                  struct followed_file *file, uint64_t now_ns)
{
    struct stat st;
    bool nameless = fstat(file->fd, &st) == 0 && st.st_nlink == 0;
    int r = 0;

    followed_file_close(file, ctx);
    ctx->wants_commit = true;
    if (nameless) { /* its inode will be another file's */
        followed_file_unlist(file);
        file->position.ino = 0;
        r = followed_file_list(ctx, file);
    }
    if (!file->silent)
        follow_context_event(ctx, FOLLOW_FINISHED, path->name);
    if (r < 0 || !path->waits_for_done)
        return r;
    path->waits_for_done = false;
    r = find_rotated_younger(path, ctx, file->younger, file, now_ns);
    if (r > 0)
        identify_say_unreadable(path, ctx, r);
    return MIN(r, 0);
}

static int flush_and_finish(struct followed_path *path, struct follow_context *ctx,
                            struct followed_file *file, uint64_t now_ns)
{
    int r = followed_file_flush(file, ctx, /* cut_off= */ false);

    return r == 0 && !overlong_line_is_of(ctx, file) ? finish(path, ctx, file, now_ns) : r;
}

/* It was let in while it was empty, and is packed: nothing was read of it, and the door decides
 * anew what it is. */
static int identify(struct followed_path *path, struct follow_context *ctx,
                    struct followed_file *file, const struct path_view *view, uint64_t now_ns)
{
    bool at_path = file->at_path;

    followed_file_close(file, ctx);
    if (!at_path)
        return find_rotated_younger(path, ctx, file->younger, file, now_ns);
    path->arrival = (struct rotation){.state = ROTATION_FOUND};
    return identify_open(path, ctx, view, now_ns);
}

/* Then that one comes to the end of it, and what came between was looked for when it was found. */
static bool is_before_another(const struct followed_file *file)
{
    for (file = file->younger; file; file = file->younger)
        if (followed_file_is_live(file) && file->rotation.state == ROTATION_READING)
            return true;
    return false;
}

static int next_file(struct followed_path *path, struct follow_context *ctx,
                     struct followed_file *file, const struct path_view *view, uint64_t now_ns)
{
    int r;

    ctx->wants_commit = true;
    if (is_before_another(file))
        return 0;
    path->arrival = (struct rotation){.state = ROTATION_FOUND};
    r = find_rotated_younger(path, ctx, /* before= */ NULL, file, now_ns);
    return r < 0 ? r : identify_open(path, ctx, view, now_ns);
}

static int act(struct followed_path *path, struct follow_context *ctx, struct followed_file *file,
               enum rotation_action action, int error, const struct path_view *view,
               uint64_t now_ns)
{
    switch (action) {
    case ROTATION_REWIND:
        if (!file->guess)
            return rewind_file(path, ctx, file, now_ns);
        compressed_match_again(path, ctx, file);
        return 0;
    case ROTATION_NEXT:
        return next_file(path, ctx, file, view, now_ns);
    case ROTATION_FINISH:
        return flush_and_finish(path, ctx, file, now_ns);
    case ROTATION_IDENTIFY:
        return identify(path, ctx, file, view, now_ns);
    case ROTATION_BACK_OFF:
        identify_say_unreadable(path, ctx, error > 0 ? error : view->error > 0 ? view->error : EIO);
        return 0;
    case ROTATION_WAIT:
    case ROTATION_READ:
        break;
    }
    return 0;
}

/* ---- a turn ---- */

static enum path_names path_for(const struct followed_file *file, const struct path_view *view)
{
    if (view->kind != PATH_OTHER)
        return view->kind;
    return view->st.st_dev == file->position.dev && view->st.st_ino == file->position.ino
               ? PATH_SAME
               : PATH_OTHER;
}

/* Nothing was read of it, and it was written since it was looked at last. It may have had other
 * bytes than now, that were copied away. Returns 1 when there is something to read before it, 0, or
 * a negative errno. */
static int look_beside(struct followed_path *path, struct follow_context *ctx,
                       struct followed_file *file, const struct path_view *view, uint64_t now_ns)
{
    uint64_t serial = file->position.serial;
    struct stat st = view->st;
    int r;

    if (!fingerprint_is_blank(file->mark) || file->fd < 0)
        return 0;
    if (path_for(file, view) != PATH_SAME && fstat(file->fd, &st) < 0)
        return 0;
    if (file_time_ns(&st) == file->changed_ns)
        return 0;
    file->changed_ns = file_time_ns(&st);
    file->may_have_hole = !file->packed;
    r = find_rotated_younger(path, ctx, file, file, now_ns);
    return r < 0 ? r : file->position.serial != serial;
}

/* It was read to its end when it was closed; what came behind that is gone with it. */
static int lose_parked(struct followed_path *path, struct follow_context *ctx,
                       struct followed_file *file, const struct path_view *view, uint64_t now_ns)
{
    int r;

    follow_context_event_detail(ctx, FOLLOW_GONE, path->name,
                                "1 generation, read to %" PRIu64
                                "; what was written behind that is not known",
                                file->rotation.offset);
    r = followed_file_flush(file, ctx, /* cut_off= */ true);
    if (r < 0)
        return r;
    r = finish(path, ctx, file, now_ns);
    return r < 0 ? r : next_file(path, ctx, file, view, now_ns);
}

/* A parked file is opened when there is something to look at. Returns 0 when it is open, 1 when
 * nothing is to be done with it now, or a negative errno. */
static int wake_parked(struct followed_path *path, struct follow_context *ctx,
                       struct followed_file *file, const struct path_view *view, uint64_t now_ns)
{
    enum path_names names = path_for(file, view);
    int r;

    if (file->rotation.retry_ns > now_ns)
        return 1;
    if (names == PATH_SAME && followed_file_is_quiet(file, ctx, &view->st))
        return 1;
    r = fd_budget_reopen(path, ctx, file, names == PATH_SAME);
    if (r <= 0)
        return r;
    if (r == FD_BUDGET_E_LOST && names != PATH_UNKNOWN && names != PATH_SAME) {
        r = lose_parked(path, ctx, file, view, now_ns);
    } else {
        file->rotation.failures++;
        file->rotation.retry_ns = now_ns + backoff_ns(file->rotation.failures);
        identify_say_unreadable(path, ctx, r);
        r = 0;
    }
    return r < 0 ? r : 1;
}

/* In a folder that is as it was. */
static bool is_open_there(const struct followed_path *path, const struct followed_file *file,
                          const struct folder_look *now, struct stat *ret_stat)
{
    return path->folder.stamp.time_ns != 0 && file_stamp_equal(now->stamp, path->folder.stamp) &&
           fstat(file->fd, ret_stat) == 0;
}

bool followed_path_is_still(const struct followed_path *path, struct follow_context *ctx,
                            bool *ret_told)
{
    const struct followed_file *file = path->oldest;
    struct folder_look now;
    struct stat st;

    while (file && !followed_file_is_live(file))
        file = file->younger;
    if (!file || file->younger || !file->at_path || file->unread || path->target ||
        file->rotation.state != ROTATION_READING || file->rotation.failures > 0)
        return false;
    now = follow_context_look_at_folder(ctx, path->name, path->folder_len);
    if (!(file->parked ? followed_file_is_at_path(file, &st) /* all that can be asked */
                       : is_open_there(path, file, &now, &st)) ||
        !followed_file_is_quiet(file, ctx, &st))
        return false;
    /* Elsewhere it may be written to by another name. */
    *ret_told = now.is_watched && st.st_dev == now.stamp.dev && st.st_nlink == 1;
    return true;
}

int followed_path_turn(struct followed_path *path, struct follow_context *ctx,
                       struct turn_buffer *buffer, uint64_t now_ns, size_t budget, bool *ret_more)
{
    struct followed_file *next;
    struct path_view view;
    int r;

    *ret_more = false;
    path->folder = follow_context_look_at_folder(ctx, path->name, path->folder_len);
    view = path_view(path);
    r = identify_open(path, ctx, &view, now_ns);
    for (struct followed_file *file = path->oldest; r == 0 && file && !ctx->is_paused && !ctx->line;
         file = next) {
        enum rotation_action action;

        next = file->younger;
        if (!followed_file_is_live(file))
            continue;
        if (file->parked) {
            r = wake_parked(path, ctx, file, &view, now_ns);
            if (r != 0) {
                r = MIN(r, 0);
                continue;
            }
        }
        if (file->rotation.state == ROTATION_DONE) { /* its last line, an overlong one, is out */
            r = finish(path, ctx, file, now_ns);
            continue;
        }
        file->at_path = path_for(file, &view) == PATH_SAME;
        r = look_beside(path, ctx, file, &view, now_ns);
        if (r != 0) {
            *ret_more = true;
            return MIN(r, 0);
        }
        r = followed_file_turn(file, ctx, buffer, path_for(file, &view), &view.st, now_ns, budget,
                               &action);
        if (r >= 0)
            r = act(path, ctx, file, action, r, &view, now_ns);
        if (file->rotation.failures == 0 && path->arrival.failures == 0)
            identify_say_readable(path, ctx);
        if (r == 0 && action == ROTATION_NEXT) { /* there may be others now, older ones too */
            next = file->younger;
            *ret_more = true;
        }
        if (file->unread || action == ROTATION_REWIND) {
            *ret_more = true;
            break;
        }
    }
    *ret_more = *ret_more || ctx->is_paused || ctx->line;
    return r;
}

int followed_path_stop(struct followed_path *path, struct follow_context *ctx,
                       struct turn_buffer *buffer, uint64_t now_ns, size_t budget, bool *ret_more)
{
    int r = 0;

    *ret_more = false;
    for (struct followed_file *file = path->oldest; r == 0 && file; file = file->younger) {
        enum rotation_action action;
        struct stat st;

        if (file->fd < 0 || fstat(file->fd, &st) < 0 || st.st_nlink > 0)
            continue;
        r = followed_file_turn(file, ctx, buffer, PATH_GONE, &st, now_ns, budget, &action);
        if (r >= 0 && action == ROTATION_REWIND)
            r = rewind_file(path, ctx, file, now_ns);
        else if (r >= 0 && action != ROTATION_READ && action != ROTATION_BACK_OFF)
            r = flush_and_finish(path, ctx, file, now_ns);
        *ret_more = r == 0 && followed_file_is_live(file) && action != ROTATION_BACK_OFF;
        if (*ret_more || ctx->line || ctx->is_paused)
            break;
    }
    return MIN(r, 0);
}

uint64_t followed_path_due_ns(const struct followed_path *path, bool poll, uint64_t now_ns)
{
    uint64_t due = now_ns + (poll ? POLL_QUIET_NS : WATCHED_NS);

    if (path->arrival.state == ROTATION_FOUND && path->arrival.retry_ns > now_ns)
        due = MIN(due, path->arrival.retry_ns);
    for (const struct followed_file *file = path->oldest; file; file = file->younger) {
        if (!followed_file_is_live(file))
            continue;
        if (file->rotation.retry_ns > now_ns)
            due = MIN(due, file->rotation.retry_ns);
        if (file->rotation.state == ROTATION_LINGERING ||
            (poll && now_ns - file->active_ns < ACTIVE_NS))
            due = MIN(due, now_ns + POLL_NS);
    }
    return due;
}
