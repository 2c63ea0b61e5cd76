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

#include "io/tail/find_rotated.h"

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/files/fingerprint.h"
#include "io/files/glob.h"
#include "io/files/rotated_names.h"
#include "io/tail/compressed_match.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS (SECOND_NS / 100)

/* ---- one sibling ---- */

static int open_sibling(const struct rotated_name *s, struct stat *ret_stat)
{
    CLEANUP(closep)
    int fd = open(s->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 || fstat(fd, ret_stat) < 0)
        return errno ? -errno : -EIO;
    if (!S_ISREG(ret_stat->st_mode) || ret_stat->st_ino != s->ino || ret_stat->st_dev != s->dev)
        return -ESTALE;
    return TAKE_FD(fd);
}

/* Whether somebody reads it, another source too, or has read it. Of what nothing was read, nothing
 * is known, unless there is nothing to read. */
static bool is_known(const struct follow_context *ctx, int fd, const struct stat *st,
                     struct decompressed_file *packed)
{
    const struct follow_options *o = &ctx->options;
    struct followed_file *file = NULL;

    if (o->ops->taken && o->ops->taken(o->ctx, st->st_dev, st->st_ino))
        return true;
    while ((file = followed_file_find(ctx, st->st_dev, st->st_ino, file))) {
        if (followed_file_is_live(file))
            return true;
        if (file->position.offset > 0 ? compressed_match_fits(fd, st, packed, &file->position)
                                      : st->st_size == 0) {
            followed_file_seen(file, ctx);
            return true;
        }
    }
    return false;
}

/* Short heads are alike too often to say so, and so are holes: there must be some text before the
 * offset. */
static bool is_copy(const struct followed_path *path, int fd, const struct stat *st)
{
    for (const struct followed_file *file = path->oldest; file; file = file->younger)
        if (file->position.head_print.len == FINGERPRINT_BYTES &&
            !fingerprint_is_blank(file->position.tail_print) &&
            compressed_match_fits(fd, st, /* packed= */ NULL, &file->position))
            return true;
    return false;
}

static bool same_before(int a, int buffer, uint64_t offset)
{
    struct fingerprint x, y;

    return fingerprint_before(a, offset, &x) == 0 && fingerprint_before(buffer, offset, &y) == 0 &&
           fingerprint_equal(x, y);
}

/* Whether it is a copy of the file at the path, which nobody has read yet, and which will be cut
 * off next: it is younger, and what it has by now is the begin of that. Of two files of one instant
 * an empty one is the older. */
static bool is_copy_of_next(const struct followed_path *path, int fd, const struct stat *st)
{
    CLEANUP(closep) int next = open(path->name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    uint64_t size = (uint64_t)st->st_size, birth_ns;
    struct stat there;

    if (next < 0 || fstat(next, &there) < 0 || !S_ISREG(there.st_mode) ||
        there.st_ino == st->st_ino)
        return false;
    birth_ns = rotated_names_birth_ns(next);
    return birth_ns > 0 && birth_ns + (size == 0) <= rotated_names_birth_ns(fd) &&
           same_before(next, fd, MIN(size, (uint64_t)FINGERPRINT_BYTES)) &&
           same_before(next, fd, size);
}

/* Whether a packer is at work: what it reads is still there, and is what counts. */
static bool is_beside_plain(const struct rotated_names *s, const struct rotated_name *packed)
{
    const char *dot = strrchr(packed->path, '.');
    size_t len = dot ? (size_t)(dot - packed->path) : 0;

    for (size_t i = 0; packed->packed && i < s->n; i++)
        if (strncmp(s->items[i].path, packed->path, len) == 0 && s->items[i].path[len] == '\0')
            return true;
    return false;
}

/* Whether a file with this inode was a generation, though it may hold other text now: it was cut
 * off and then renamed. */
static bool was_here(const struct followed_path *path, const struct follow_context *ctx,
                     const struct rotated_name *s)
{
    const struct followed_file *file = NULL;

    while ((file = followed_file_find(ctx, s->dev, s->ino, file)))
        if (file->position.path == path->name)
            return true;
    return false;
}

/* Whether the glob gives it a lineage of its own, or leaves it out. */
static bool is_elsewhere(const struct follow_context *ctx, const char *path)
{
    const struct follow_options *o = &ctx->options;

    return glob_match(o->pattern, path) || glob_excludes(o->exclude, o->n_exclude, path);
}

/* Births are told in steps of a clock's tick, other times may be finer; so what was made in the
 * same tick counts as later, unless it is older than the file itself. A packed file is younger than
 * what is in it. */
static uint64_t since_of(const struct followed_file *known)
{
    uint64_t seen = known->position.file_time_ns - MIN(known->position.file_time_ns, TICK_NS);

    return known->fd >= 0 && !known->packed ? MAX(seen, rotated_names_birth_ns(known->fd)) : seen;
}

/* ---- what a checkpoint remembers ---- */

/* Returns whether it was found. */
static bool find_renamed(struct followed_file *file, const struct rotated_names *s, uint64_t now_ns)
{
    for (size_t i = 0; i < s->n; i++) {
        struct stat st = {0};
        int fd;

        if (s->items[i].ino != file->position.ino || s->items[i].dev != file->position.dev)
            continue;
        fd = open_sibling(&s->items[i], &st);
        if (fd < 0)
            continue;
        if (compressed_match_open(&file->packed, fd) == 0 &&
            compressed_match_fits(fd, &st, file->packed, &file->position)) {
            file->kind_known = true;
            file->guess = file->guess_own = file->packed;
            file->may_have_hole = fingerprint_is_blank(file->position.tail_print);
            followed_file_attach(file, fd, &st, now_ns);
            return true;
        }
        file->packed = decompressed_file_free(file->packed);
        close(fd);
    }
    return false;
}

static bool may_be_copy(const struct rotated_names *s, const struct rotated_name *one,
                        const struct followed_file *past, bool packed)
{
    if (one->packed != packed || (packed && is_beside_plain(s, one)))
        return false;
    return past->position.head_print.len == FINGERPRINT_BYTES ||
           one->born_ns + TICK_NS >= since_of(past);
}

/* Puts the sibling behind `past`, at its offset, if it is a copy of it. Returns 0, -ENOMEM. */
static int try_copy(struct followed_path *path, struct follow_context *ctx,
                    struct followed_file *past, const struct file_position *read,
                    const struct rotated_name *s, uint64_t now_ns, struct followed_file **ret_copy)
{
    CLEANUP(decompressed_file_freep) struct decompressed_file *packed = NULL;
    CLEANUP(closep) int fd = -1;
    struct followed_file *copy;
    struct stat st = {0};

    fd = open_sibling(s, &st);
    if (fd < 0 || compressed_match_open(&packed, fd) < 0 || is_known(ctx, fd, &st, packed) ||
        !compressed_match_fits(fd, &st, packed, read))
        return 0;
    copy = followed_path_insert(path, past->younger);
    if (!copy)
        return -ENOMEM;
    compressed_match_take(copy, past, /* exact= */ false);
    copy->guess = copy->replaces = packed != NULL;
    copy->silent = false;
    copy->position.file_time_ns = past->position.file_time_ns;
    copy->kind_known = true;
    copy->packed = TAKE_PTR(packed);
    followed_file_attach(copy, TAKE_FD(fd), &st, now_ns);
    *ret_copy = copy;
    return followed_file_list(ctx, copy);
}

/* Plain ones are looked at first: they can be told for certain. */
static int find_copy(struct followed_path *path, struct follow_context *ctx,
                     struct followed_file *past, const struct file_position *read,
                     const struct rotated_names *s, uint64_t now_ns,
                     struct followed_file **ret_copy)
{
    int r = 0;

    *ret_copy = NULL;
    if (read->offset == 0)
        return 0;
    for (int packed = 0; packed <= 1; packed++)
        for (size_t i = 0; r == 0 && !*ret_copy && i < s->n; i++)
            if (may_be_copy(s, &s->items[i], past, packed))
                r = try_copy(path, ctx, past, read, &s->items[i], now_ns, ret_copy);
    return r;
}

int find_rotated_copy(struct followed_path *path, struct follow_context *ctx,
                      struct followed_file *past, const struct file_position *read, uint64_t now_ns,
                      struct followed_file **ret_copy)
{
    CLEANUP(rotated_names_deinit) struct rotated_names s = {0};
    int r = rotated_names_list(&s, &ctx->folder_names, path->name);

    *ret_copy = NULL;
    if (r < 0)
        return r == -ENOMEM ? r : -r;
    return find_copy(path, ctx, past, read, &s, now_ns, ret_copy);
}

/* Whether what is not found may be there again later: the folder is missing, or another file system
 * is mounted there now. */
static bool may_come_back(const struct followed_file *file)
{
    CLEANUP(freep) char *folder = strdup(file->position.path);
    char *slash = folder ? strrchr(folder, '/') : NULL;
    struct stat st = {0};

    if (!slash)
        return false;
    slash[slash == folder] = '\0';
    return stat(folder, &st) < 0 || st.st_dev != file->position.dev;
}

/* One remembered generation that is not at the path. */
static int find_remembered(struct followed_path *path, struct follow_context *ctx,
                           struct followed_file *file, const struct rotated_names *s,
                           bool path_is_file, bool same_file, uint64_t now_ns)
{
    struct followed_file *copy;
    int r;

    if (!same_file && find_renamed(file, s, now_ns))
        return 0;
    r = find_copy(path, ctx, file, &file->position, s, now_ns, &copy);
    if (r < 0)
        return r;
    if (!copy && !path_is_file && may_come_back(file))
        return 1;
    if (!copy && same_file)
        follow_context_event_detail(ctx, FOLLOW_TRUNCATED, path->name, "while nobody looked");
    else if (!copy)
        followed_file_say_gone(file, ctx);
    followed_file_close(file, ctx);
    ctx->wants_commit = true;
    return 0;
}

/* One of which nothing was read may hold other text than it did, and that may have been copied
 * away. Returns 0, a positive errno, or -ENOMEM. */
static int find_copies_of_unread(struct followed_path *path, struct follow_context *ctx,
                                 uint64_t now_ns)
{
    int r = 0;

    for (struct followed_file *file = path->oldest; file && r == 0; file = file->younger)
        if (file->fd >= 0 && fingerprint_is_blank(file->position.tail_print))
            r = find_rotated_younger(path, ctx, file, file, now_ns);
    return r;
}

int find_rotated_remembered(struct followed_path *path, struct follow_context *ctx, int fd,
                            const struct stat *st, struct decompressed_file *packed,
                            uint64_t now_ns)
{
    struct followed_file *newest = followed_path_youngest(path), *next;
    CLEANUP(rotated_names_deinit) struct rotated_names s = {0};
    int r = newest ? rotated_names_list(&s, &ctx->folder_names, path->name) : 0, result = 0;

    if (r < 0)
        return r == -ENOMEM ? r : -r;
    for (struct followed_file *file = path->oldest; file; file = next) {
        bool same_file =
            fd >= 0 && file->position.dev == st->st_dev && file->position.ino == st->st_ino;

        next = file->younger;
        if (file->position.done || followed_file_is_live(file) ||
            (same_file && compressed_match_fits(fd, st, packed, &file->position)))
            continue;
        r = find_remembered(path, ctx, file, &s, fd >= 0, same_file, now_ns);
        if (r < 0)
            return r;
        result = MAX(result, r);
    }
    r = find_copies_of_unread(path, ctx, now_ns);
    return r != 0 ? r : result;
}

/* ---- what came and went ---- */

/* What was written after a generation does not belong before it. Within an instant a copy is older
 * than the file at the path, and a renamed file than the one that took its place. */
static uint64_t until_of(const struct followed_file *before)
{
    struct stat st = {0};

    if (!before || before->fd < 0 || fstat(before->fd, &st) < 0)
        return UINT64_MAX;
    return file_mtime_ns(&st) - !before->at_path;
}

/* Before which one it belongs: `before`, or one that comes before that, was found as it is now, and
 * was written later. */
static struct followed_file *behind_older(const struct followed_path *path,
                                          struct followed_file *before,
                                          const struct followed_file *known,
                                          const struct rotated_name *one)
{
    struct followed_file *at = before;

    for (struct followed_file *file = path->oldest; file && file != before; file = file->younger) {
        bool is_later = file != known && file->fd >= 0 && !file->at_path &&
                        fingerprint_is_blank(file->mark) && until_of(file) >= one->mtime_ns;

        at = !is_later ? before : at == before ? file : at;
    }
    return at;
}

static bool is_candidate(const struct followed_path *path, const struct follow_context *ctx,
                         const struct rotated_name *s, uint64_t since_ns)
{
    if (is_elsewhere(ctx, s->path))
        return false;
    if (s->packed && s->mtime_ns % SECOND_NS == 0) /* some packers keep it in whole seconds */
        since_ns -= since_ns % SECOND_NS;
    return (s->born_ns >= since_ns && s->mtime_ns >= since_ns) || was_here(path, ctx, s);
}

/* Whether its name says that it is packed, and it is too short yet to show it. */
static bool is_just_begun(const struct rotated_name *s, const struct stat *st,
                          const struct decompressed_file *packed)
{
    return s->packed && !packed && st->st_size < FINGERPRINT_BYTES;
}

/* Opens one that came and went. Returns 0, -ENOMEM. */
static int open_younger(struct followed_path *path, struct follow_context *ctx,
                        struct followed_file *before, const struct rotated_names *s,
                        const struct rotated_name *one, uint64_t since, uint64_t now_ns)
{
    CLEANUP(decompressed_file_freep) struct decompressed_file *packed = NULL;
    CLEANUP(closep) int fd = -1;
    struct followed_file *file;
    struct stat st = {0};

    fd = open_sibling(one, &st);
    if (fd < 0 || compressed_match_open(&packed, fd) < 0 || is_known(ctx, fd, &st, packed) ||
        (packed ? is_beside_plain(s, one)
                : is_copy(path, fd, &st) || is_copy_of_next(path, fd, &st)))
        return 0;
    if (is_just_begun(one, &st, packed)) {
        path->waits_for_done = true;
        return 0;
    }
    if (packed && compressed_match_is_read(
                      path, ctx, one->path,
                      one->mtime_ns + ctx->options.rotate_wait_ns <= ctx->wall_ns, packed)) {
        path->waits_for_done = true;
        return 0;
    }
    file = followed_path_insert(path, before);
    if (!file)
        return -ENOMEM;
    file->kind_known = true;
    file->packed = TAKE_PTR(packed);
    file->found_ns = since;
    if (file->packed) /* it is younger than what is in it */
        file->position.file_time_ns = MAX(since, one->mtime_ns);
    file->may_have_hole = true; /* it may be the copy of a file that has one */
    if (file->packed)
        compressed_match_start(path, ctx, file);
    if (!file->guess)
        follow_context_event_detail(ctx, FOLLOW_OPENED, path->name, "from 0, as %s", one->path);
    followed_file_attach(file, TAKE_FD(fd), &st, now_ns);
    return followed_file_list(ctx, file);
}

static int open_all_younger(struct followed_path *path, struct follow_context *ctx,
                            struct followed_file *before, const struct followed_file *known,
                            uint64_t since, uint64_t now_ns)
{
    CLEANUP(rotated_names_deinit) struct rotated_names s = {0};
    uint64_t until = until_of(before);
    bool at_path = before && before->at_path; /* then a packed one is older, whatever its time */
    int r = rotated_names_list(&s, &ctx->folder_names, path->name);

    for (size_t i = 0; r == 0 && i < s.n; i++)
        if ((s.items[i].mtime_ns <= until || (s.items[i].packed && at_path)) &&
            is_candidate(path, ctx, &s.items[i], since))
            r = open_younger(path, ctx, behind_older(path, before, known, &s.items[i]), &s,
                             &s.items[i], since, now_ns);
    return r < 0 && r != -ENOMEM ? -r : r;
}

int find_rotated_younger(struct followed_path *path, struct follow_context *ctx,
                         struct followed_file *before, const struct followed_file *known,
                         uint64_t now_ns)
{
    return open_all_younger(path, ctx, before, known, since_of(known), now_ns);
}

int find_rotated_unseen(struct followed_path *path, struct follow_context *ctx, uint64_t now_ns)
{
    return open_all_younger(path, ctx, /* before= */ NULL, /* known= */ NULL, ctx->started_ns + 1,
                            now_ns);
}

/* Each file in it was made no later than the folder was changed last. */
uint64_t find_rotated_history_ns(const struct followed_path *path)
{
    CLEANUP(freep) char *folder = strndup(path->name, MAX(path->folder_len, (size_t)1));
    struct stat st;

    return folder && stat(folder, &st) == 0 ? file_time_ns(&st) + TICK_NS + 1 : 0;
}
