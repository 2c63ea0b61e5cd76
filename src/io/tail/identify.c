/* What a path names, and what follows:
 *
 *      the path names                          what follows
 *      nothing                                 nothing; what a checkpoint remembers is looked for
 *      a file that is open here                nothing, it is read
 *      a file of another path or source        it is left to that one, and told if odd
 *      a file that is remembered               it is read on at its position
 *      a compressed file                       it is read, decompressed, when nobody writes to it
 *                                              any more: behind the text that was read of it
 *      any other file                          it is read from 0, as the youngest; before it come
 *                                              the files that came and went since the last one was
 *                                              seen */

#include "io/tail/identify.h"

#include "core/base/nanoseconds.h"
#include "io/files/fingerprint.h"
#include "io/files/rotated_names.h"
#include "io/tail/compressed_match.h"
#include "io/tail/find_rotated.h"
#include "io/tail/glob_dirs.h"

#include <inttypes.h>
#include <unistd.h>

#define LOOK_AGAIN_NS (SECOND_NS / 4)

struct path_view path_view(const struct followed_path *path)
{
    struct path_view view = {.kind = PATH_OTHER};

    if (stat(path->name, &view.st) == 0)
        return view;
    view.error = errno;
    view.kind = view.error == ENOENT || view.error == ENOTDIR ? PATH_GONE : PATH_UNKNOWN;
    return view;
}

void identify_say_unreadable(struct followed_path *path, const struct follow_context *ctx,
                             int error)
{
    if (!path->unreadable_error)
        follow_context_event_detail(ctx, FOLLOW_UNREADABLE, path->name, "%s", strerror(error));
    path->unreadable_error = error;
}

void identify_say_readable(struct followed_path *path, const struct follow_context *ctx)
{
    if (path->unreadable_error)
        follow_context_event(ctx, FOLLOW_READABLE, path->name);
    path->unreadable_error = 0;
}

/* ---- files of others ---- */

/* Keeps why the path is skipped. Where there is no memory for that it is told again next time. */
static void keep_why(struct followed_path *path, const char *why)
{
    char *copy = strdup(why);

    free(path->skipped_why);
    path->skipped_why = copy;
}

/* Tells why the path is skipped, once. */
static void say_skipped(struct followed_path *path, const struct follow_context *ctx,
                        const char *why)
{
    if (!path->skipped_why)
        follow_context_event_detail(ctx, FOLLOW_SKIPPED, path->name, "%s", why);
    keep_why(path, why);
}

/* The file at the path is not ours: it is not looked at again until it changes. @why  borrowed;
 * NULL: there is nothing to tell. */
static void refuse(struct followed_path *path, const struct follow_context *ctx,
                   const struct stat *st, const char *why)
{
    path->refused = file_stamp_of(st);
    if (why)
        say_skipped(path, ctx, why);
}

/* Whether the file at the path is read already, by this follow or by another source. */
static bool is_taken(struct followed_path *path, const struct follow_context *ctx,
                     const struct stat *st)
{
    const struct follow_options *o = &ctx->options;
    const struct followed_file *file = NULL;

    while ((file = followed_file_find(ctx, st->st_dev, st->st_ino, file))) {
        bool is_rotated;

        if (!followed_file_is_live(file))
            continue;
        if (file->position.path == path->name) {
            rotation_identified(&path->arrival);
            return true;
        }
        is_rotated = rotated_names_named(path->name, file->position.path);
        refuse(path, ctx, st, is_rotated ? NULL : "it is followed under another name");
        return true;
    }
    if (!o->ops->taken || !o->ops->taken(o->ctx, st->st_dev, st->st_ino))
        return false;
    refuse(path, ctx, st, "another source follows it");
    return true;
}

/* Whether it is a copy, under a rotated name, of a file that is read under its own: it need not be
 * complete yet. When that file is cut off, find_rotated_copy() reads the copy's rest. */
static bool is_copy_of_other(const struct followed_path *path, const struct follow_context *ctx,
                             const struct opened_file *opened)
{
    struct fingerprint head_print;

    if (!path->is_rotated_name || (path->origin == ORIGIN_FIRST_SCAN && !ctx->has_history) ||
        fingerprint_before(opened->fd, FINGERPRINT_BYTES, &head_print) != 0 ||
        fingerprint_is_blank(head_print))
        return false;
    for (const struct followed_file *file = NULL; (file = followed_file_next(ctx, file));)
        if (fingerprint_equal(file->position.head_print, head_print) &&
            rotated_names_named(path->name, file->position.path))
            return true;
    return false;
}

/* ---- files that have to be left alone for a while ---- */

/* How much longer: by the file's own time or, as that may be by another clock, by ours. */
static uint64_t silence_ns(struct followed_path *path, const struct follow_context *ctx,
                           const struct stat *st)
{
    uint64_t wait_ns = ctx->options.rotate_wait_ns, waited_ns;

    if (path->silent_time_ns != file_time_ns(st))
        path->silent_since_ns = ctx->now_ns;
    path->silent_time_ns = file_time_ns(st);
    waited_ns = MIN(wait_ns, ctx->now_ns - path->silent_since_ns);
    return MIN(follow_context_silence_ns(ctx, st), wait_ns - waited_ns);
}

/* Whether it may become a copy of another file: it is too short to tell, and somebody may be
 * writing it. */
static bool is_growing(struct followed_path *path, const struct follow_context *ctx,
                       const struct opened_file *opened)
{
    uint64_t wait_ns = silence_ns(path, ctx, &opened->st);

    if (path->origin != ORIGIN_ROTATED_NAME || opened->st.st_size >= FINGERPRINT_BYTES ||
        wait_ns == 0)
        return false;
    rotation_put_off(&path->arrival, ctx->now_ns + MIN(wait_ns, LOOK_AGAIN_NS));
    return true;
}

/* Returns 1: a compressed file that is not remembered must wait, or is not to be read at all; 0; or
 * -ENOMEM. */
static int has_to_wait(struct followed_path *path, const struct follow_context *ctx,
                       const struct opened_file *opened)
{
    bool is_history = path->origin == ORIGIN_FIRST_SCAN && ctx->options.start_at_end;
    uint64_t wait_ns = silence_ns(path, ctx, &opened->st);
    const char *refusal = NULL;
    int r = is_history || wait_ns > 0 ? 0 : opened_file_refusal(opened, &refusal);

    if (r < 0)
        return r;
    if (is_history || refusal)
        refuse(path, ctx, &opened->st, refusal);
    else if (wait_ns > 0)
        rotation_put_off(&path->arrival, ctx->now_ns + wait_ns);
    else if (compressed_match_is_read(path, ctx, path->name, /* silent= */ true,
                                      opened->decompressed))
        rotation_put_off(&path->arrival, ctx->now_ns + ctx->options.rotate_wait_ns);
    else
        return 0;
    return 1;
}

/* ---- files that are known ---- */

/* Of two remembered files that fit, the better one is: the one that was not read to its end; else
 * the one that was read further; else the one of this path; else the younger one. */
static bool is_better(const struct followed_path *path, const struct followed_file *a,
                      const struct followed_file *b)
{
    bool a_here = a->position.path == path->name, b_here = b->position.path == path->name;

    if (a->position.done != b->position.done)
        return !a->position.done;
    if (a->position.offset != b->position.offset)
        return a->position.offset > b->position.offset;
    return a_here != b_here ? a_here : a->position.serial > b->position.serial;
}

/* The path names a file that is remembered, and that has nothing new: it must not be forgotten. */
static void touch_known(const struct followed_path *path, const struct follow_context *ctx,
                        const struct stat *st)
{
    struct followed_file *file = NULL, *best = NULL;

    while ((file = followed_file_find(ctx, st->st_dev, st->st_ino, file)))
        if (!followed_file_is_live(file) &&
            (!file->position.done || file->position.offset == (uint64_t)st->st_size) &&
            (!best || is_better(path, file, best)))
            best = file;
    if (best)
        followed_file_found(best, ctx);
}

/* The remembered file that was opened; NULL: none. Where a file is done, and nothing of it was
 * handed on, nothing is known of it: it is left out, for any text would fit it. */
static struct followed_file *find_known(const struct followed_path *path,
                                        const struct follow_context *ctx,
                                        const struct opened_file *opened)
{
    const struct stat *st = &opened->st;
    struct followed_file *file = NULL, *best = NULL;

    while ((file = followed_file_find(ctx, st->st_dev, st->st_ino, file)))
        if (!followed_file_is_live(file) && (!file->position.done || file->position.offset > 0) &&
            opened_file_fits(opened, &file->position) && (!best || is_better(path, file, best)))
            best = file;
    return best;
}

/* The file is open at its path. */
static void arrive(struct followed_path *path, struct followed_file *file)
{
    file->is_at_path = true;
    rotation_identified(&path->arrival);
}

/* The file was followed under another path. It becomes this path's if it has more than was read
 * there. */
static int adopt(struct followed_path *path, struct follow_context *ctx,
                 struct followed_file *known, struct opened_file *opened)
{
    bool is_rotated = rotated_names_named(path->name, known->position.path);
    bool has_no_more =
        !opened->decompressed && (uint64_t)opened->st.st_size == known->position.offset;
    struct followed_file *file;

    if ((is_rotated && !known->position.done) || has_no_more) {
        refuse(path, ctx, &opened->st, /* why= */ NULL);
        return 0;
    }
    file = followed_path_insert(path, /* before= */ NULL);
    if (!file)
        return -ENOMEM;
    followed_file_copy_position(file, known);
    followed_file_close(known, ctx);
    followed_file_attach(file, ctx, opened);
    if (file->decompressed)
        match_try(&file->match, /* must_end= */ false, /* has_larger= */ false);
    arrive(path, file);
    return followed_file_list(file, ctx);
}

static void resume(struct followed_path *path, const struct follow_context *ctx,
                   struct followed_file *known, struct opened_file *opened)
{
    followed_file_attach(known, ctx, opened);
    if (known->decompressed)
        match_remember(&known->match);
    known->may_have_hole = fingerprint_is_blank(known->position.tail_print) && !known->decompressed;
    arrive(path, known);
    follow_context_event_detail(ctx, FOLLOW_OPENED, path->name, "from %" PRIu64,
                                known->position.offset);
}

/* A file of which nothing was read may have had other text, which was copied away: then that comes
 * before it. */
static int resume_known(struct followed_path *path, struct follow_context *ctx,
                        struct followed_file *known, struct opened_file *opened)
{
    int r = 0;

    if (fingerprint_is_blank(known->position.tail_print)) {
        r = find_rotated_younger(path, ctx, known, known);
        if (r != 0)
            return r;
        if (is_taken(path, ctx, &opened->st)) { /* it was renamed meanwhile, and found there */
            followed_file_close(known, ctx);
            return 0;
        }
    }
    resume(path, ctx, known, opened);
    return 0;
}

/* ---- new files ---- */

/* Whether this path had the file under the same device and inode, with other text: a writer that
 * does not append may leave a hole. */
static bool was_cut_off(const struct followed_path *path, const struct stat *st)
{
    for (const struct followed_file *file = path->oldest; file; file = file->younger)
        if (file->position.dev == st->st_dev && file->position.ino == st->st_ino)
            return true;
    return false;
}

/* Nobody has written its first bytes, as the file system tells. A file without any data may have
 * been given its room beforehand. */
static bool starts_with_a_hole(const struct followed_file *file)
{
    return file->position.offset == 0 && lseek(file->fd, 0, SEEK_DATA) > 0;
}

/* Opens what came and went before the new file. Returns 0, a positive errno, or -ENOMEM. */
static int open_older(struct followed_path *path, struct follow_context *ctx,
                      struct followed_file *youngest, const struct stat *st)
{
    if (youngest)
        return find_rotated_younger(path, ctx, /* before= */ NULL, youngest);
    return path->origin == ORIGIN_FIRST_SCAN ? 0 : find_rotated_unseen(path, ctx, file_time_ns(st));
}

static int follow_new_file(struct followed_path *path, struct follow_context *ctx,
                           struct opened_file *opened)
{
    struct followed_file *youngest = followed_path_youngest(path), *file;
    bool at_end = path->origin == ORIGIN_FIRST_SCAN && !youngest && ctx->options.start_at_end;
    bool may_have_hole = youngest || was_cut_off(path, &opened->st);
    uint64_t history_ns = youngest ? 0 : find_rotated_history_ns(path);
    int r = open_older(path, ctx, youngest, &opened->st);

    if (r != 0 || is_taken(path, ctx, &opened->st)) /* it was renamed meanwhile, and found there */
        return r;
    file = followed_path_insert(path, /* before= */ NULL);
    if (!file)
        return -ENOMEM;
    file->position.file_time_ns = MAX(file_time_ns(&opened->st), history_ns);
    ctx->wants_commit = true; /* so that it is found again after a rename */
    if (at_end)
        r = followed_file_attach_at_end(file, ctx, opened);
    else
        followed_file_attach(file, ctx, opened);
    if (r < 0)
        return r == -ENOMEM ? r : -r;
    if (file->decompressed)
        compressed_match_start(path, ctx, file);
    file->may_have_hole = (may_have_hole || starts_with_a_hole(file)) && !file->decompressed;
    arrive(path, file);
    if (match_is_proven(&file->match))
        follow_context_event_detail(ctx, FOLLOW_OPENED, path->name, "from %" PRIu64,
                                    file->position.offset);
    return followed_file_list(file, ctx);
}

/* ---- whose it is ---- */

/* Finds out whose the opened file is, and takes it over where it is this path's. Returns 0, a
 * positive errno, or -ENOMEM. */
static int classify(struct followed_path *path, struct follow_context *ctx,
                    struct opened_file *opened)
{
    struct followed_file *known;
    int r;

    if (!path->was_searched) {
        r = find_rotated_remembered(path, ctx, opened);
        if (r != 0)
            return r;
        path->was_searched = true;
    }
    known = find_known(path, ctx, opened);
    if (known && known->position.path != path->name)
        return adopt(path, ctx, known, opened);
    if (known)
        return resume_known(path, ctx, known, opened);
    if (opened->decompressed) {
        r = has_to_wait(path, ctx, opened);
        return r != 0 ? MIN(r, 0) : follow_new_file(path, ctx, opened);
    }
    if (is_copy_of_other(path, ctx, opened)) {
        refuse(path, ctx, &opened->st, "it is a copy of a followed file");
        return 0;
    }
    return is_growing(path, ctx, opened) ? 0 : follow_new_file(path, ctx, opened);
}

void identify_report_target(const struct followed_path *path, const struct follow_context *ctx)
{
    char *slash = path->target ? strrchr(path->target, '/') : NULL;

    if (!ctx->options.ops->folder || !slash)
        return;
    *slash = '\0';
    ctx->options.ops->folder(ctx->options.ctx, slash == path->target ? "/" : path->target);
    *slash = '/';
}

/* Remembers where a link leads, so that its folder is watched too. */
static void note_target(struct followed_path *path, struct follow_context *ctx)
{
    char *target = realpath(path->name, NULL);

    ctx->n_links -= path->target != NULL;
    free(path->target);
    path->target = NULL;
    if (!target || STREQ(target, path->name)) {
        free(target);
        return;
    }
    path->target = target;
    ctx->n_links++;
    identify_report_target(path, ctx);
}

/* The path names a file that is not open. Returns 0, a positive errno, or -ENOMEM. */
static int open_unknown(struct followed_path *path, struct follow_context *ctx,
                        const struct stat *seen)
{
    CLEANUP(opened_file_close) struct opened_file opened = {.fd = -1};
    struct link_refusal refusal;
    int r;

    if (!S_ISREG(seen->st_mode)) {
        refuse(path, ctx, seen, glob_dirs_not_a_file(seen->st_mode));
        return 0;
    }
    touch_known(path, ctx, seen);
    if (file_stamp_equal(file_stamp_of(seen), path->refused) || is_taken(path, ctx, seen))
        return 0;
    r = opened_file_open(&opened, ctx, path->name, seen->st_dev, seen->st_ino, &refusal);
    if (r == OPENED_FILE_E_REFUSED) { /* the next look asks again: links and owners may change */
        say_skipped(path, ctx, refusal.text);
        return 0;
    }
    if (r < 0)
        r = r == -ENOMEM ? r : -r;
    else
        r = classify(path, ctx, &opened);
    if (r == 0)
        note_target(path, ctx);
    return r == ENOENT ? 0 : r;
}

/* The path names nothing. Files that a checkpoint remembers are looked for all the same, and so are
 * files that came and went: the next file at the path may be long in coming. */
static int look_without_file(struct followed_path *path, struct follow_context *ctx)
{
    const struct followed_file *youngest;
    int r = path->was_searched ? 0 : find_rotated_remembered(path, ctx, /* at_path= */ NULL);

    if (r != 0)
        return r == FIND_ROTATED_E_LATER ? 0 : r;
    path->was_searched = true;
    youngest = followed_path_youngest(path);
    return youngest ? find_rotated_younger(path, ctx, /* before= */ NULL, youngest) : 0;
}

/* Lets path->arrival know what the look showed. @error  why it failed; 0: it did not. */
static void note_look(struct followed_path *path, const struct follow_context *ctx,
                      enum path_names names, int error)
{
    const struct rotation_seen seen = {.path = names};

    if (names == PATH_OTHER) {
        rotation_looked(&path->arrival);
        identify_say_readable(path, ctx);
    } else if (rotation_step(&path->arrival, &seen, /* rotate_wait_ns= */ 0, ctx->now_ns) ==
               ROTATION_BACK_OFF) {
        identify_say_unreadable(path, ctx, error);
    }
}

int identify_open(struct followed_path *path, struct follow_context *ctx,
                  const struct path_view *view)
{
    int r = 0;

    if (path->arrival.state != ROTATION_FOUND || path->arrival.retry_ns > ctx->now_ns)
        return 0;
    if (view->kind == PATH_GONE)
        r = look_without_file(path, ctx);
    else if (view->kind == PATH_OTHER)
        r = open_unknown(path, ctx, &view->st);
    if (path->origin == ORIGIN_FIRST_SCAN &&
        (view->kind == PATH_GONE || path->arrival.state == ROTATION_READING))
        path->origin = ORIGIN_LATER;
    if (r < 0)
        return r;
    note_look(path, ctx, r > 0 ? PATH_UNKNOWN : view->kind, r > 0 ? r : view->error);
    return 0;
}

int identify_look(struct followed_path *path, struct follow_context *ctx)
{
    struct path_view view = path_view(path);

    return identify_open(path, ctx, &view);
}
