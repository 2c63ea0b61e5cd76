/* What the path names is looked at once in a turn; then each of its files has its turn, the oldest
 * first.
 *
 * A younger file waits while an older one has bytes: so a backlog comes in its order. A file that
 * only lingers keeps nobody waiting, nor does one that cannot be read. */

#include "io/tail/followed_path_turn.h"

#include "core/base/nanoseconds.h"
#include "io/files/fingerprint.h"
#include "io/tail/compressed_match.h"
#include "io/tail/fd_budget.h"
#include "io/tail/find_rotated.h"
#include "io/tail/followed_file_turn.h"
#include "io/tail/identify.h"
#include "io/tail/overlong_line.h"

#include <inttypes.h>

#define POLL_NS (SECOND_NS / 4)
#define POLL_QUIET_NS (2 * SECOND_NS)
#define WATCHED_NS (5 * SECOND_NS)
#define ACTIVE_NS (10 * SECOND_NS)

/* ---- ROTATION_REWIND ---- */

/* What was in the file before it was cut off or written anew becomes a file of the past: where a
 * copy of it is found, that is read on, else the half line is handed on. */
static int close_past(struct followed_path *path, struct follow_context *ctx,
                      struct followed_file *file)
{
    struct file_position position = file->position, read = file->position;
    struct followed_file *past = followed_path_insert(path, file), *copy = NULL;
    int r;

    if (!past)
        return -ENOMEM;
    position.serial = past->position.serial;
    past->position = position;
    rotation_close(&past->rotation);
    r = followed_file_list(past, ctx);
    read.offset = file->rotation.rewound_from;
    read.tail_print = file->tail_print;
    if (r == 0)
        r = find_rotated_copy(path, ctx, past, &read, &copy);
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
    return 0;
}

/* The file is read from 0, as if it were a new one. */
static void read_from_start(struct followed_file *file)
{
    if (file->is_at_path) /* else a rename may have changed it last, after files that nobody saw */
        file->position.file_time_ns = MAX(file->position.file_time_ns, file->look.time_ns);
    file->position.lines = file->stream.lines = 0;
    file->position.head_print = (struct fingerprint){0};
    file->half.is_overlong = false;
    file->text = NULL;
    file->hole_bytes = 0;
    file->said_hole = false;
    file->newline_end = 0;
    file->may_have_hole = true;
    followed_file_move(file, 0, (struct fingerprint){0});
    file->is_behind = true;
}

/* What is in the file by now may be what was read before. */
static void slow_down(struct followed_file *file, const struct follow_context *ctx)
{
    uint64_t from = file->rotation.rewound_from;
    uint64_t again = file->decompressed ? from : MIN(from, file->look.size);
    uint64_t wait_ns = again > 0 ? rewriting_note(&file->rewriting, again, ctx->now_ns) : 0;

    if (wait_ns == 0)
        return;
    rotation_put_off(&file->rotation, ctx->now_ns + wait_ns);
    file->is_behind = false;
    if (file->rewriting.delays == 1)
        follow_context_event_detail(ctx, FOLLOW_LIMITED, file->position.path,
                                    "it was written anew again and again, which made %u MiB within "
                                    "a minute, so it is read anew after a wait, of 1 s to 60 s",
                                    (unsigned)(REWRITING_BYTES >> 20));
}

static int rewind_file(struct followed_path *path, struct follow_context *ctx,
                       struct followed_file *file)
{
    int r = close_past(path, ctx, file);

    if (r < 0)
        return r;
    r = find_rotated_younger(path, ctx, file, file);
    if (r < 0)
        return r;
    read_from_start(file);
    ctx->wants_commit = true;
    follow_context_event(ctx, FOLLOW_TRUNCATED, path->name);
    slow_down(file, ctx);
    return 0;
}

/* ---- the other actions ---- */

static int finish(struct followed_path *path, struct follow_context *ctx,
                  struct followed_file *file)
{
    struct stat st;
    bool is_deleted = fstat(file->fd, &st) == 0 && st.st_nlink == 0;
    int r = 0;

    followed_file_close(file, ctx);
    ctx->wants_commit = true;
    if (is_deleted) { /* its inode will be another file's */
        followed_file_unlist(file);
        file->position.ino = 0;
        r = followed_file_list(file, ctx);
    }
    if (!match_is_silent(&file->match))
        follow_context_event(ctx, FOLLOW_FINISHED, path->name);
    if (r < 0 || !path->compressed_waits)
        return r;
    path->compressed_waits = false;
    r = find_rotated_younger(path, ctx, file->younger, file);
    if (r > 0)
        identify_say_unreadable(path, ctx, r);
    return MIN(r, 0);
}

static int flush_and_finish(struct followed_path *path, struct follow_context *ctx,
                            struct followed_file *file)
{
    int r = followed_file_flush(file, ctx, /* cut_off= */ false);

    return r == 0 && !overlong_line_is_of(ctx, file) ? finish(path, ctx, file) : MIN(r, 0);
}

/* The file was empty when it was opened, and is a compressed one: nothing was read of it, and what
 * it is is decided anew. */
static int identify_anew(struct followed_path *path, struct follow_context *ctx,
                         struct followed_file *file, const struct path_view *view)
{
    bool at_path = file->is_at_path;

    followed_file_close(file, ctx);
    if (!at_path)
        return find_rotated_younger(path, ctx, file->younger, file);
    rotation_expect(&path->arrival);
    return identify_open(path, ctx, view);
}

/* Whether a younger file is read: then that one will come to its end too, and what came between was
 * looked for when it was found. */
static bool is_before_another(const struct followed_file *file)
{
    for (file = file->younger; file; file = file->younger)
        if (followed_file_is_live(file) && file->rotation.state == ROTATION_READING)
            return true;
    return false;
}

static int open_next(struct followed_path *path, struct follow_context *ctx,
                     struct followed_file *file, const struct path_view *view)
{
    int r;

    ctx->wants_commit = true;
    if (is_before_another(file))
        return 0;
    rotation_expect(&path->arrival);
    r = find_rotated_younger(path, ctx, /* before= */ NULL, file);
    return r < 0 ? r : identify_open(path, ctx, view);
}

static int act(struct followed_path *path, struct follow_context *ctx, struct followed_file *file,
               enum rotation_action action, int error, const struct path_view *view)
{
    switch (action) {
    case ROTATION_REWIND:
        if (match_is_proven(&file->match))
            return rewind_file(path, ctx, file);
        compressed_match_next(path, ctx, file);
        return 0;
    case ROTATION_NEXT:
        return open_next(path, ctx, file, view);
    case ROTATION_FINISH:
        return flush_and_finish(path, ctx, file);
    case ROTATION_IDENTIFY:
        return identify_anew(path, ctx, file, view);
    case ROTATION_BACK_OFF:
        identify_say_unreadable(path, ctx, error > 0 ? error : view->error > 0 ? view->error : EIO);
        return 0;
    case ROTATION_WAIT:
    case ROTATION_READ:
        break;
    }
    return 0;
}

/* ---- a file whose descriptor is suspended ---- */

static enum path_names names_for(const struct followed_file *file, const struct path_view *view)
{
    if (view->kind != PATH_OTHER)
        return view->kind;
    return view->st.st_dev == file->position.dev && view->st.st_ino == file->position.ino
               ? PATH_SAME
               : PATH_OTHER;
}

/* It was read to its end when it was suspended; what came behind that is gone with it. */
static int lose_suspended(struct followed_path *path, struct follow_context *ctx,
                          struct followed_file *file, const struct path_view *view)
{
    int r;

    follow_context_event_detail(ctx, FOLLOW_GONE, path->name,
                                "1 file, read to %" PRIu64
                                "; what was written behind that is not known",
                                file->rotation.offset);
    r = followed_file_flush(file, ctx, /* cut_off= */ true);
    if (r < 0)
        return r;
    r = finish(path, ctx, file);
    return r < 0 ? r : open_next(path, ctx, file, view);
}

/* Opens it when there is something to look at. Returns 0 when it is open, 1 when nothing is to be
 * done with it now, or a negative errno. */
static int wake_suspended(struct followed_path *path, struct follow_context *ctx,
                          struct followed_file *file, const struct path_view *view)
{
    enum path_names names = names_for(file, view);
    int r;

    if (file->rotation.retry_ns > ctx->now_ns)
        return 1;
    if (names == PATH_SAME && followed_file_is_quiet(file, ctx, &view->st))
        return 1;
    r = fd_budget_reopen(path, ctx, file, names == PATH_SAME);
    if (r <= 0)
        return r;
    if (r == FD_BUDGET_E_LOST && names != PATH_UNKNOWN && names != PATH_SAME) {
        r = lose_suspended(path, ctx, file, view);
        return r < 0 ? r : 1;
    }
    rotation_fail(&file->rotation, ctx->now_ns);
    identify_say_unreadable(path, ctx, r);
    return 1;
}

/* ---- still files ---- */

/* Whether the folder is as it was, so that the file that is open is the one that the path names. */
static bool is_open_there(const struct followed_path *path, const struct followed_file *file,
                          const struct folder_look *now, struct stat *ret_stat)
{
    return path->folder.stamp.time_ns != 0 && file_stamp_equal(now->stamp, path->folder.stamp) &&
           fstat(file->fd, ret_stat) == 0;
}

/* The oldest file that is read, where there is no younger one; else NULL. */
static const struct followed_file *only_file(const struct followed_path *path)
{
    const struct followed_file *file = path->oldest;

    while (file && !followed_file_is_live(file))
        file = file->younger;
    return file && !file->younger ? file : NULL;
}

bool followed_path_is_still(const struct followed_path *path, struct follow_context *ctx,
                            bool *ret_watched)
{
    const struct followed_file *file = only_file(path);
    struct folder_look now;
    struct stat st;

    if (!file || !file->is_at_path || file->is_behind || path->target ||
        file->rotation.state != ROTATION_READING || file->rotation.failures > 0)
        return false;
    now = follow_context_look_at_folder(ctx, path->name, path->folder_len);
    if (!(followed_file_is_open(file) ? is_open_there(path, file, &now, &st)
                                      : followed_file_is_at_path(file, &st)) ||
        !followed_file_is_quiet(file, ctx, &st))
        return false;
    /* Where the file is on another file system, or has another name, it may be written to without
     * an event in this folder. */
    *ret_watched = now.is_watched && st.st_dev == now.stamp.dev && st.st_nlink == 1;
    return true;
}

/* ---- a turn ---- */

/* What a file's turn leaves to the turn of the path. */
enum turn_end {
    TURN_NEXT_FILE, /* the next file has its turn */
    TURN_NEW_FILES, /* the same, but other files may be there than before */
    TURN_OVER,      /* the turn is over, and there is more to do at once */
};

/* Nothing was read of the file, and it was written to since the last look: it may have had other
 * bytes than now, which were copied away. Returns 1 when there is something to read before it, 0,
 * or a negative errno. */
static int look_beside(struct followed_path *path, struct follow_context *ctx,
                       struct followed_file *file, const struct path_view *view)
{
    uint64_t serial = file->position.serial;
    struct stat st = view->st;
    int r;

    if (!fingerprint_is_blank(file->tail_print) || !followed_file_is_open(file))
        return 0;
    if (!file->is_at_path && fstat(file->fd, &st) < 0)
        return 0;
    if (file_time_ns(&st) == file->look.time_ns)
        return 0;
    file->look.time_ns = file_time_ns(&st);
    file->may_have_hole = !file->decompressed;
    r = find_rotated_younger(path, ctx, file, file);
    return r < 0 ? r : file->position.serial != serial;
}

static int turn_open(struct followed_path *path, struct follow_context *ctx,
                     struct turn_buffer *buffer, struct followed_file *file,
                     const struct path_view *view, size_t budget, enum turn_end *ret_end)
{
    enum path_names names = names_for(file, view);
    enum rotation_action action;
    int r;

    file->is_at_path = names == PATH_SAME;
    r = look_beside(path, ctx, file, view);
    if (r != 0) {
        *ret_end = TURN_OVER;
        return MIN(r, 0);
    }
    r = followed_file_turn(file, ctx, buffer, names, &view->st, budget, &action);
    if (r >= 0)
        r = act(path, ctx, file, action, r, view);
    if (file->rotation.failures == 0 && path->arrival.failures == 0)
        identify_say_readable(path, ctx);
    if (r == 0 && (action == ROTATION_NEXT || action == ROTATION_FINISH))
        *ret_end = TURN_NEW_FILES;
    if (file->is_behind || (action == ROTATION_REWIND && file->rotation.retry_ns <= ctx->now_ns))
        *ret_end = TURN_OVER;
    return r;
}

/* Returns 0, a negative errno, or a positive one: files with rotated names could not be looked at,
 * and the path's turn is over. */
static int turn_file(struct followed_path *path, struct follow_context *ctx,
                     struct turn_buffer *buffer, struct followed_file *file,
                     const struct path_view *view, size_t budget, enum turn_end *ret_end)
{
    *ret_end = TURN_NEXT_FILE;
    if (!followed_file_is_live(file))
        return 0;
    if (!followed_file_is_open(file)) {
        int r = wake_suspended(path, ctx, file, view);

        if (!followed_file_is_live(file))
            *ret_end = TURN_NEW_FILES;
        if (r != 0)
            return MIN(r, 0);
    }
    if (file->rotation.state == ROTATION_DONE) { /* its last line is out, if that is overlong */
        *ret_end = TURN_NEW_FILES;
        return flush_and_finish(path, ctx, file);
    }
    return turn_open(path, ctx, buffer, file, view, budget, ret_end);
}

int followed_path_turn(struct followed_path *path, struct follow_context *ctx,
                       struct turn_buffer *buffer, size_t budget, bool *ret_more)
{
    enum turn_end end = TURN_NEXT_FILE;
    struct followed_file *file, *next;
    struct path_view view;
    int r;

    *ret_more = false;
    path->folder = follow_context_look_at_folder(ctx, path->name, path->folder_len);
    view = path_view(path);
    r = identify_open(path, ctx, &view);
    for (file = path->oldest; r == 0 && file && end != TURN_OVER; file = next) {
        if (ctx->is_paused || ctx->line)
            break;
        next = file->younger;
        r = turn_file(path, ctx, buffer, file, &view, budget, &end);
        if (end == TURN_NEW_FILES)
            next = file->younger;
        *ret_more = *ret_more || end != TURN_NEXT_FILE;
    }
    *ret_more = *ret_more || ctx->is_paused || ctx->line;
    return r;
}

int followed_path_stop(struct followed_path *path, struct follow_context *ctx,
                       struct turn_buffer *buffer, size_t budget, bool *ret_more)
{
    int r = 0;

    *ret_more = false;
    for (struct followed_file *file = path->oldest; r == 0 && file; file = file->younger) {
        enum rotation_action action;
        struct stat st;

        if (!followed_file_is_open(file) || fstat(file->fd, &st) < 0 || st.st_nlink > 0)
            continue;
        r = followed_file_turn(file, ctx, buffer, PATH_GONE, &st, budget, &action);
        if (r >= 0 && action == ROTATION_REWIND)
            r = rewind_file(path, ctx, file);
        else if (r >= 0 && action != ROTATION_READ && action != ROTATION_BACK_OFF)
            r = flush_and_finish(path, ctx, file);
        *ret_more = r == 0 && followed_file_is_live(file) && action != ROTATION_BACK_OFF;
        if (*ret_more || ctx->line || ctx->is_paused)
            break;
    }
    return MIN(r, 0);
}

uint64_t followed_path_due_ns(const struct followed_path *path, bool poll, uint64_t now_ns)
{
    uint64_t due_ns = now_ns + (poll ? POLL_QUIET_NS : WATCHED_NS);

    if (path->arrival.state == ROTATION_FOUND && path->arrival.retry_ns > now_ns)
        due_ns = MIN(due_ns, path->arrival.retry_ns);
    for (const struct followed_file *file = path->oldest; file; file = file->younger) {
        if (!followed_file_is_live(file))
            continue;
        if (file->rotation.retry_ns > now_ns)
            due_ns = MIN(due_ns, file->rotation.retry_ns);
        if (file->rotation.state == ROTATION_LINGERING ||
            (poll && now_ns - file->read_ns < ACTIVE_NS))
            due_ns = MIN(due_ns, now_ns + POLL_NS);
    }
    return due_ns;
}
