/* What a path names, and who that is.
 *
 *      the path names                        what follows
 *      nothing                               the door stays shut
 *      a generation that is open here        nothing, it is read
 *      a file of another lineage or source   it is theirs, and said where it is odd
 *      a generation that is remembered       it goes on at its offset
 *      a packed file                         unpacked, from where its plain text was read to, when
 *                                            nobody writes to it any more
 *      any other file                        the next generation, from 0; before it what came and
 *                                            went since the last one was seen */

#include "io/tail/identify.h"

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/files/decompressed_file.h"
#include "io/files/fingerprint.h"
#include "io/files/rotated_names.h"
#include "io/tail/compressed_match.h"
#include "io/tail/find_rotated.h"
#include "io/tail/glob_dirs.h"

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#define LOOK_AGAIN_NS (SECOND_NS / 4)

/* A file that was opened at the path. */
struct arrival {
    int fd;
    struct stat st;
    struct decompressed_file *packed; /* owned; NULL: it is plain */
    bool kind_known;
};

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
    if (!path->unreadable)
        follow_context_event_detail(ctx, FOLLOW_UNREADABLE, path->name, "%s", strerror(error));
    path->unreadable = true;
}

void identify_say_readable(struct followed_path *path, const struct follow_context *ctx)
{
    if (path->unreadable)
        follow_context_event(ctx, FOLLOW_READABLE, path->name);
    path->unreadable = false;
}

static void refuse(struct followed_path *path, const struct follow_context *ctx,
                   const struct stat *st, const char *why)
{
    path->refused = file_stamp_of(st);
    if (why && !path->skipped)
        follow_context_event_detail(ctx, FOLLOW_SKIPPED, path->name, "%s", why);
    path->skipped = path->skipped || why;
}

/* Whether the file at the path is read already, here or by somebody else. */
static bool is_taken(struct followed_path *path, const struct follow_context *ctx,
                     const struct stat *st)
{
    const struct followed_file *file = NULL;

    while ((file = followed_file_find(ctx, st->st_dev, st->st_ino, file))) {
        if (!followed_file_is_live(file))
            continue;
        if (file->position.path == path->name) {
            path->arrival.state = ROTATION_READING;
            return true;
        }
        refuse(path, ctx, st,
               rotated_names_named(path->name, file->position.path)
                   ? NULL
                   : "it is followed under another name");
        return true;
    }
    if (!ctx->options.ops->taken ||
        !ctx->options.ops->taken(ctx->options.ctx, st->st_dev, st->st_ino))
        return false;
    refuse(path, ctx, st, "another source follows it");
    return true;
}

/* Of two that fit: the one that is not read to its end, the one that was read further, the one of
 * this lineage, the last one. */
static bool is_better(const struct followed_path *path, const struct followed_file *a,
                      const struct followed_file *buffer)
{
    bool a_here = a->position.path == path->name, b_here = buffer->position.path == path->name;

    if (a->position.done != buffer->position.done)
        return !a->position.done;
    if (a->position.offset != buffer->position.offset)
        return a->position.offset > buffer->position.offset;
    return a_here != b_here ? a_here : a->position.serial > buffer->position.serial;
}

/* Somebody knows it and has nothing to read in it. */
static void meet(const struct followed_path *path, const struct follow_context *ctx,
                 const struct stat *st)
{
    struct followed_file *file = NULL, *best = NULL;

    while ((file = followed_file_find(ctx, st->st_dev, st->st_ino, file)))
        if (!followed_file_is_live(file) &&
            (!file->position.done || file->position.offset == (uint64_t)st->st_size) &&
            (!best || is_better(path, file, best)))
            best = file;
    if (best)
        followed_file_seen(best, ctx);
}

/* A generation that is not open and whose file this is. Of one that is done and of which nothing
 * was handed on nothing is known, so any text would fit it. */
static struct followed_file *find_known(const struct followed_path *path,
                                        const struct follow_context *ctx, int fd,
                                        const struct stat *st, struct decompressed_file *packed)
{
    struct followed_file *file = NULL, *best = NULL;

    while ((file = followed_file_find(ctx, st->st_dev, st->st_ino, file)))
        if (!followed_file_is_live(file) && (!file->position.done || file->position.offset > 0) &&
            compressed_match_fits(fd, st, packed, &file->position) &&
            (!best || is_better(path, file, best)))
            best = file;
    return best;
}

/* A file that another path's lineage knows: unless it has more than was read there, it is no news.
 */
static int adopt(struct followed_path *path, struct follow_context *ctx,
                 struct followed_file *known, struct arrival *a, uint64_t now_ns)
{
    bool rotated_name = rotated_names_named(path->name, known->position.path);
    struct followed_file *file;
    bool no_more = !a->packed && (uint64_t)a->st.st_size == known->position.offset;

    if ((rotated_name && !known->position.done) || no_more) {
        refuse(path, ctx, &a->st, /* why= */ NULL);
        close(a->fd);
        return 0;
    }
    file = followed_path_insert(path, /* before= */ NULL);
    if (!file)
        return -ENOMEM;
    file->position.offset = known->position.offset;
    file->position.lines = known->position.lines;
    file->position.head_print = known->position.head_print;
    file->position.tail_print = known->position.tail_print;
    file->kind_known = a->kind_known;
    file->guess = file->silent = a->packed != NULL;
    file->packed = TAKE_PTR(a->packed);
    followed_file_close(known, ctx);
    followed_file_attach(file, a->fd, &a->st, now_ns);
    file->at_path = true;
    path->arrival.state = ROTATION_READING;
    return followed_file_list(ctx, file);
}

/* The file was in this lineage under the same device and inode, with other text: a writer that does
 * not append may leave a hole. */
static bool was_cut_off(const struct followed_path *path, const struct stat *st)
{
    for (const struct followed_file *file = path->oldest; file; file = file->younger)
        if (file->position.dev == st->st_dev && file->position.ino == st->st_ino)
            return true;
    return false;
}

/* Whether it is a copy, by a sibling's name, of a file that is read under its own: it need not be
 * complete yet. Where its text is cut off, find_rotated_copy() reads the copy's rest. */
static bool is_copy_of_other(const struct followed_path *path, const struct follow_context *ctx,
                             int fd)
{
    struct fingerprint head;

    if ((path->at_start && !ctx->has_history) ||
        fingerprint_before(fd, FINGERPRINT_BYTES, &head) != 0 || fingerprint_is_blank(head))
        return false;
    for (const struct followed_file *file = followed_file_next(ctx, NULL); file;
         file = followed_file_next(ctx, file))
        if (fingerprint_equal(file->position.head_print, head) &&
            rotated_names_named(path->name, file->position.path))
            return true;
    return false;
}

/* It was renamed since it was opened, and what came and went was looked for meanwhile: so it is
 * read already, as a sibling. */
static bool was_recovered(struct followed_path *path, const struct follow_context *ctx,
                          struct arrival *a)
{
    if (!is_taken(path, ctx, &a->st))
        return false;
    close(a->fd);
    return true;
}

/* How long it has to be left alone yet: by its own time, or, as that may be by another clock, by
 * ours. */
static uint64_t silence_ns(struct followed_path *path, const struct follow_context *ctx,
                           const struct stat *st, uint64_t now_ns)
{
    uint64_t wait_ns = ctx->options.rotate_wait_ns, waited_ns;

    if (path->waits_ns != file_time_ns(st))
        path->waits_since_ns = now_ns;
    path->waits_ns = file_time_ns(st);
    waited_ns = MIN(wait_ns, now_ns - path->waits_since_ns);
    return MIN(follow_context_silence_ns(ctx, st), wait_ns - waited_ns);
}

/* Whether it may become such a copy: it is too short to tell, and somebody may be writing it. */
static bool is_growing(struct followed_path *path, const struct follow_context *ctx,
                       const struct arrival *a, uint64_t now_ns)
{
    uint64_t wait_ns = silence_ns(path, ctx, &a->st, now_ns);

    if (!path->beside_another || a->st.st_size >= FINGERPRINT_BYTES || wait_ns == 0)
        return false;
    path->arrival.retry_ns = now_ns + MIN(wait_ns, LOOK_AGAIN_NS);
    return true;
}

/* Nobody has written its first bytes, as the file system tells. A file without any data may have
 * been given its room beforehand. */
static bool begins_with_a_hole(const struct followed_file *file)
{
    return file->position.offset == 0 && lseek(file->fd, 0, SEEK_DATA) > 0;
}

static int begin(struct followed_path *path, struct follow_context *ctx, struct arrival *a,
                 uint64_t now_ns)
{
    struct followed_file *youngest = followed_path_youngest(path), *file;
    bool at_end = path->at_start && !youngest && ctx->options.start_at_end;
    bool cut = was_cut_off(path, &a->st);
    uint64_t history_ns = 0;
    int r = 0;

    if (!youngest)
        history_ns = find_rotated_history_ns(path);
    if (youngest)
        r = find_rotated_younger(path, ctx, /* before= */ NULL, youngest, now_ns);
    else if (!path->at_start)
        r = find_rotated_unseen(path, ctx, now_ns);
    if (r != 0 || was_recovered(path, ctx, a))
        return r;
    file = followed_path_insert(path, /* before= */ NULL);
    if (!file)
        return -ENOMEM;
    file->position.file_time_ns = MAX(file_time_ns(&a->st), history_ns);
    ctx->wants_commit = true; /* by what is remembered of it, it is found again after a rename */
    file->kind_known = a->st.st_size > 0 && a->kind_known;
    file->packed = TAKE_PTR(a->packed);
    if (file->packed)
        compressed_match_start(path, ctx, file);
    if (at_end)
        r = followed_file_attach_at_end(file, a->fd, &a->st, now_ns);
    else
        followed_file_attach(file, a->fd, &a->st, now_ns);
    if (r < 0)
        return r == -ENOMEM ? r : -r;
    file->may_have_hole = (cut || youngest || begins_with_a_hole(file)) && !file->packed;
    file->at_path = true;
    path->arrival.state = ROTATION_READING;
    if (!file->guess)
        follow_context_event_detail(ctx, FOLLOW_OPENED, path->name, "from %" PRIu64,
                                    file->position.offset);
    return followed_file_list(ctx, file);
}

/* ---- a packed file ---- */

/* Whether it is not to be read now; then its descriptor is closed, or nothing is to come of it. */
static bool has_to_wait(struct followed_path *path, const struct follow_context *ctx,
                        struct arrival *a, uint64_t now_ns)
{
    uint64_t wait_ns = silence_ns(path, ctx, &a->st, now_ns);

    if (path->at_start && ctx->options.start_at_end)
        refuse(path, ctx, &a->st, /* why= */ NULL);
    else if (wait_ns > 0)
        path->arrival.retry_ns = now_ns + wait_ns;
    else if (compressed_match_is_read(path, ctx, path->name, /* silent= */ true, a->packed))
        path->arrival.retry_ns = now_ns + ctx->options.rotate_wait_ns;
    else
        return false;
    close(a->fd);
    return true;
}

/* ---- whose it is ---- */

static void resume(struct followed_path *path, const struct follow_context *ctx,
                   struct followed_file *known, struct arrival *a, uint64_t now_ns)
{
    known->kind_known = a->st.st_size > 0 && a->kind_known;
    known->guess = known->guess_own = a->packed != NULL;
    known->packed = TAKE_PTR(a->packed);
    followed_file_attach(known, a->fd, &a->st, now_ns);
    known->at_path = true;
    known->may_have_hole = fingerprint_is_blank(known->position.tail_print) && !known->packed;
    path->arrival.state = ROTATION_READING;
    follow_context_event_detail(ctx, FOLLOW_OPENED, path->name, "from %" PRIu64,
                                known->position.offset);
}

/* Lets the file behind a descriptor in, which stays with the caller where the result is not 0. */
static int let_in(struct followed_path *path, struct follow_context *ctx, struct arrival *a,
                  uint64_t now_ns)
{
    struct followed_file *known;
    int r;

    if (!path->begun) {
        r = find_rotated_remembered(path, ctx, a->fd, &a->st, a->packed, now_ns);
        if (r != 0)
            return r == 1 ? EAGAIN : r;
        path->begun = true;
    }
    known = find_known(path, ctx, a->fd, &a->st, a->packed);
    if (known && known->position.path != path->name)
        return adopt(path, ctx, known, a, now_ns);
    if (!known && a->packed && has_to_wait(path, ctx, a, now_ns))
        return 0;
    if (!known && !a->packed && is_copy_of_other(path, ctx, a->fd)) {
        refuse(path, ctx, &a->st, "it is a copy of a followed file");
        close(a->fd);
        return 0;
    }
    if (!known && !a->packed && is_growing(path, ctx, a, now_ns)) {
        close(a->fd);
        return 0;
    }
    if (!known)
        return begin(path, ctx, a, now_ns);
    if (fingerprint_is_blank(
            known->position.tail_print)) { /* it may have had other text, that was copied away */
        r = find_rotated_younger(path, ctx, known, known, now_ns);
        if (r != 0)
            return r;
        if (was_recovered(path, ctx, a)) {
            followed_file_close(known, ctx);
            return 0;
        }
    }
    resume(path, ctx, known, a, now_ns);
    return 0;
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

/* Opens what was seen at the path. Returns 0, a positive errno, or -ENOMEM. */
static int arrive(struct arrival *a, const char *path, const struct stat *seen)
{
    int r;

    a->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (a->fd < 0 || fstat(a->fd, &a->st) < 0)
        return errno;
    if (a->st.st_dev != seen->st_dev || a->st.st_ino != seen->st_ino)
        return ESTALE;
    r = decompressed_file_new(&a->packed, a->fd);
    a->kind_known = r == 0 || r == DECOMPRESSED_FILE_E_PLAIN;
    return r < 0 && r != -ENOMEM ? -r : MIN(r, 0);
}

/* The path names a file that is not open. Returns 0, a positive errno, or -ENOMEM. */
static int knock(struct followed_path *path, struct follow_context *ctx, const struct stat *seen,
                 uint64_t now_ns)
{
    struct arrival a = {0};
    int r;

    path->arrival.state = ROTATION_FOUND;
    if (!S_ISREG(seen->st_mode)) {
        refuse(path, ctx, seen, glob_dirs_oddity(seen->st_mode));
        return 0;
    }
    meet(path, ctx, seen);
    if (file_stamp_equal(file_stamp_of(seen), path->refused))
        return 0;
    if (is_taken(path, ctx, seen))
        return 0;
    r = arrive(&a, path->name, seen);
    if (r == 0)
        r = let_in(path, ctx, &a, now_ns);
    decompressed_file_free(a.packed);
    if (r != 0) {
        if (a.fd >= 0)
            close(a.fd);
        return r == ENOENT ? 0 : r;
    }
    note_target(path, ctx);
    return 0;
}

/* What a checkpoint remembers is looked for even where the path names nothing, and so is what came
 * and went: nobody knows when the next file will be there. */
static int look_without_file(struct followed_path *path, struct follow_context *ctx,
                             uint64_t now_ns)
{
    const struct followed_file *youngest;
    int r = path->begun ? 0
                        : find_rotated_remembered(path, ctx, /* fd= */ -1, /* st= */ NULL,
                                                  /* packed= */ NULL, now_ns);

    if (r != 0)
        return r == 1 ? 0 : r;
    path->begun = true;
    youngest = followed_path_youngest(path);
    return youngest ? find_rotated_younger(path, ctx, /* before= */ NULL, youngest, now_ns) : 0;
}

int identify_open(struct followed_path *path, struct follow_context *ctx,
                  const struct path_view *view, uint64_t now_ns)
{
    struct rotation_seen seen = {.path = view->kind};
    int error = view->error, r = 0;

    if (path->arrival.state != ROTATION_FOUND || path->arrival.retry_ns > now_ns)
        return 0;
    if (view->kind == PATH_GONE)
        r = look_without_file(path, ctx, now_ns);
    else if (view->kind == PATH_OTHER)
        r = knock(path, ctx, &view->st, now_ns);
    if (view->kind == PATH_GONE || path->arrival.state == ROTATION_READING)
        path->at_start = false; /* what comes next was not there */
    if (r < 0)
        return r;
    if (r > 0) {
        error = r;
        seen.path = PATH_UNKNOWN;
    }
    if (seen.path == PATH_OTHER)
        path->arrival.failures = 0;
    else if (rotation_step(&path->arrival, &seen, /* rotate_wait_ns= */ 0, now_ns) ==
             ROTATION_BACK_OFF)
        identify_say_unreadable(path, ctx, error);
    if (seen.path == PATH_OTHER)
        identify_say_readable(path, ctx);
    return 0;
}

int identify_look(struct followed_path *path, struct follow_context *ctx, uint64_t now_ns)
{
    struct path_view view = path_view(path);

    return identify_open(path, ctx, &view, now_ns);
}
