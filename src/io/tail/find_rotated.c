/* What a rotation left is looked for by what it is, never by its name alone:
 *
 *      a file with a rotated name that has     is
 *      device, inode, fingerprints             the file itself, renamed
 *      fingerprints only                       a copy of it, made before it was cut off
 *      neither, and was made since             a file that nobody has seen at the path
 *      neither, and is older                   history, or belongs to something else
 *
 * A rotated name that the glob finds too is a followed path of its own: unless its file was seen at
 * this path, it is not opened here. */

#include "io/tail/find_rotated.h"

#include "core/base/nanoseconds.h"
#include "io/files/fingerprint.h"
#include "io/files/glob.h"
#include "io/files/rotated_names.h"
#include "io/tail/compressed_match.h"

#include <fcntl.h>
#include <unistd.h>

/* How many rotated names are looked at when a file was cut off. */
#define COPIES_MAX ((size_t)256)
/* More than a step of the file system's clock. */
#define TICK_NS (SECOND_NS / 100)

/* ---- one rotated name ---- */

/* Returns whether the file could be opened. Where it has too few bytes to tell its kind, it is
 * plain: what a rotation renames or copies is complete. */
static bool open_rotated(const struct follow_context *ctx, struct opened_file *opened,
                         const struct rotated_name *rotated)
{
    struct link_refusal refusal;

    if (opened_file_open(opened, ctx, rotated->path, rotated->dev, rotated->ino, &refusal) != 0)
        return false;
    if (opened->kind == KIND_UNKNOWN)
        opened->kind = KIND_PLAIN;
    return true;
}

/* Whether the file is read, by another source too, or was read. Where nothing was read of a
 * remembered file, any text would fit it: so that is not asked, unless the file is empty. */
static bool is_known(const struct follow_context *ctx, const struct opened_file *opened)
{
    const struct follow_options *o = &ctx->options;
    const struct stat *st = &opened->st;
    struct followed_file *file = NULL;

    if (o->ops->taken && o->ops->taken(o->ctx, st->st_dev, st->st_ino))
        return true;
    while ((file = followed_file_find(ctx, st->st_dev, st->st_ino, file))) {
        if (followed_file_is_live(file))
            return true;
        if (file->position.offset > 0 ? opened_file_fits(opened, &file->position)
                                      : st->st_size == 0) {
            followed_file_found(file, ctx);
            return true;
        }
    }
    return false;
}

/* Whether less is in the file by now than was read of it: when it has its turn, a copy of what was
 * in it is looked for. */
static bool is_cut_off(const struct followed_file *file)
{
    struct stat st;

    return followed_file_is_open(file) && !file->decompressed && fstat(file->fd, &st) == 0 &&
           (uint64_t)st.st_size < file->rotation.offset;
}

/* Whether it is a copy of a file that was read under this path. Short starts are too often alike to
 * say so, unless that file was cut off; and so are holes: there must be some text before the
 * offset. */
static bool is_copy(const struct followed_path *path, const struct opened_file *opened)
{
    for (const struct followed_file *file = path->oldest; file; file = file->younger)
        if ((file->position.head_print.len == FINGERPRINT_BYTES || is_cut_off(file)) &&
            !fingerprint_is_blank(file->position.tail_print) &&
            opened_file_fits(opened, &file->position))
            return true;
    return false;
}

static bool same_before(int a, int b, uint64_t offset)
{
    struct fingerprint x, y;

    return fingerprint_before(a, offset, &x) == 0 && fingerprint_before(b, offset, &y) == 0 &&
           fingerprint_equal(x, y);
}

/* Whether it is a copy of the file at the path, which nobody has read yet, and which will be cut
 * off next: it is younger, and the bytes that it has by now are that file's first. Of two files of
 * one instant an empty one is the older. */
static bool is_copy_of_next(const struct followed_path *path, const struct follow_context *ctx,
                            const struct opened_file *opened)
{
    CLEANUP(closep) int next = -1;
    uint64_t size = (uint64_t)opened->st.st_size, birth_ns;
    struct stat there;

    if (opened_file_descriptor(ctx, path->name, /* dev= */ 0, /* ino= */ 0, &next) != 0 ||
        fstat(next, &there) < 0 || there.st_ino == opened->st.st_ino)
        return false;
    birth_ns = rotated_names_birth_ns(next);
    return birth_ns > 0 && birth_ns + (size == 0) <= rotated_names_birth_ns(opened->fd) &&
           same_before(next, opened->fd, MIN(size, (uint64_t)FINGERPRINT_BYTES)) &&
           same_before(next, opened->fd, size);
}

/* Whether a compressor is at work: the file that it reads is still there, and is the one to read.
 */
static bool is_beside_plain(const struct rotated_names *names,
                            const struct rotated_name *compressed)
{
    const char *dot = strrchr(compressed->path, '.');
    size_t len = dot ? (size_t)(dot - compressed->path) : 0;

    for (size_t i = 0; compressed->is_compressed && i < names->n; i++)
        if (strncmp(names->items[i].path, compressed->path, len) == 0 &&
            names->items[i].path[len] == '\0')
            return true;
    return false;
}

/* Whether a file with this inode was at the path, though it may hold other text now: it was cut off
 * and then renamed. */
static bool was_here(const struct followed_path *path, const struct follow_context *ctx,
                     const struct rotated_name *rotated)
{
    const struct followed_file *file = NULL;

    while ((file = followed_file_find(ctx, rotated->dev, rotated->ino, file)))
        if (file->position.path == path->name)
            return true;
    return false;
}

/* Whether it is a followed path of its own, or is left out by the options. */
static bool is_elsewhere(const struct follow_context *ctx, const char *name)
{
    const struct follow_options *o = &ctx->options;

    return glob_match(o->pattern, name) || glob_excludes(o->exclude, o->n_exclude, name);
}

/* The time since which files count as made later than `known`. The time at which a file was made
 * moves in steps of a tick, other times may be finer; so what was made in the same tick counts as
 * later, unless it is older than the known file itself. A compressed file is younger than its
 * text. */
static uint64_t since_of(const struct followed_file *known)
{
    uint64_t seen_ns = known->position.file_time_ns - MIN(known->position.file_time_ns, TICK_NS);

    if (!followed_file_is_open(known) || known->decompressed)
        return seen_ns;
    return MAX(seen_ns, rotated_names_birth_ns(known->fd));
}

/* ---- copies ---- */

static bool may_be_copy(const struct rotated_names *names, const struct rotated_name *rotated,
                        const struct followed_file *past)
{
    if (rotated->is_compressed && is_beside_plain(names, rotated))
        return false;
    return past->position.head_print.len == FINGERPRINT_BYTES ||
           rotated->born_ns + TICK_NS >= since_of(past);
}

/* Opens the copy behind `past`, from where that was read to. */
static int open_copy(struct followed_path *path, struct follow_context *ctx,
                     struct followed_file *past, struct opened_file *opened,
                     struct followed_file **ret_copy)
{
    struct followed_file *copy = followed_path_insert(path, past->younger);

    if (!copy)
        return -ENOMEM;
    followed_file_copy_position(copy, past);
    copy->position.file_time_ns = past->position.file_time_ns;
    copy->may_have_hole = fingerprint_is_blank(past->position.tail_print);
    followed_file_attach(copy, ctx, opened);
    if (copy->decompressed)
        match_take_rest(&copy->match);
    *ret_copy = copy;
    return followed_file_list(copy, ctx);
}

/* Opens the file with this rotated name, if it is a copy of `past`. Returns 0 or -ENOMEM. */
static int try_copy(struct followed_path *path, struct follow_context *ctx,
                    struct followed_file *past, const struct file_position *read,
                    const struct rotated_name *rotated, struct followed_file **ret_copy)
{
    CLEANUP(opened_file_close) struct opened_file opened;

    if (!open_rotated(ctx, &opened, rotated) || is_known(ctx, &opened) ||
        !opened_file_fits(&opened, read))
        return 0;
    return open_copy(path, ctx, past, &opened, ret_copy);
}

/* Plain files are looked at first: whether they are copies is certain.
 * @from  index of the first name that is looked at. */
static int find_copy(struct followed_path *path, struct follow_context *ctx,
                     struct followed_file *past, const struct file_position *read,
                     const struct rotated_names *names, size_t from,
                     struct followed_file **ret_copy)
{
    int r = 0;

    *ret_copy = NULL;
    if (read->offset == 0)
        return 0;
    for (int compressed = 0; compressed <= 1; compressed++)
        for (size_t i = from; r == 0 && !*ret_copy && i < names->n; i++)
            if (names->items[i].is_compressed == compressed &&
                may_be_copy(names, &names->items[i], past)) {
                ctx->files_met++;
                r = try_copy(path, ctx, past, read, &names->items[i], ret_copy);
            }
    return r;
}

static void say_many_names(struct followed_path *path, const struct follow_context *ctx, size_t n)
{
    if (!path->said_many_names)
        follow_context_event_detail(ctx, FOLLOW_LIMITED, path->name,
                                    "only the %zu that were written last of its %zu rotated names "
                                    "are looked at for a copy of what was cut off",
                                    COPIES_MAX, n);
    path->said_many_names = true;
}

/* The copy was made since the last look, so it was written last. */
int find_rotated_copy(struct followed_path *path, struct follow_context *ctx,
                      struct followed_file *past, const struct file_position *read,
                      struct followed_file **ret_copy)
{
    CLEANUP(rotated_names_deinit) struct rotated_names names = {0};
    int r = rotated_names_list(&names, &ctx->folder_names, path->name);

    *ret_copy = NULL;
    if (r < 0)
        return r == -ENOMEM ? r : -r;
    if (names.n > COPIES_MAX)
        say_many_names(path, ctx, names.n);
    return find_copy(path, ctx, past, read, &names, names.n - MIN(names.n, COPIES_MAX), ret_copy);
}

/* ---- what a checkpoint remembers ---- */

static bool try_renamed(struct followed_file *file, const struct follow_context *ctx,
                        const struct rotated_name *rotated)
{
    CLEANUP(opened_file_close) struct opened_file opened;

    if (!open_rotated(ctx, &opened, rotated) || !opened_file_fits(&opened, &file->position))
        return false;
    file->may_have_hole = fingerprint_is_blank(file->position.tail_print);
    followed_file_attach(file, ctx, &opened);
    if (file->decompressed)
        match_remember(&file->match);
    return true;
}

/* Opens the file under its rotated name. Returns whether it was found. */
static bool find_renamed(struct followed_file *file, const struct follow_context *ctx,
                         const struct rotated_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        if (names->items[i].ino == file->position.ino &&
            names->items[i].dev == file->position.dev && try_renamed(file, ctx, &names->items[i]))
            return true;
    return false;
}

/* Whether a file that is not found may be there again later: its folder is missing, or another file
 * system is mounted there now. */
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

static bool is_same_file(const struct followed_file *file, const struct opened_file *at_path)
{
    return at_path && file->position.dev == at_path->st.st_dev &&
           file->position.ino == at_path->st.st_ino;
}

/* One remembered file that is not at the path as it was. Returns 0, FIND_ROTATED_E_LATER, or
 * -ENOMEM. */
static int find_remembered(struct followed_path *path, struct follow_context *ctx,
                           struct followed_file *file, const struct rotated_names *names,
                           const struct opened_file *at_path)
{
    bool same_file = is_same_file(file, at_path);
    struct followed_file *copy;
    int r;

    if (!same_file && find_renamed(file, ctx, names))
        return 0;
    r = find_copy(path, ctx, file, &file->position, names, /* from= */ 0, &copy);
    if (r < 0)
        return r;
    if (!copy && !at_path && may_come_back(file))
        return FIND_ROTATED_E_LATER;
    if (!copy && same_file)
        follow_context_event_detail(ctx, FOLLOW_TRUNCATED, path->name, "while nobody looked");
    else if (!copy)
        followed_file_say_gone(file, ctx);
    followed_file_close(file, ctx);
    ctx->wants_commit = true;
    return 0;
}

/* A file of which nothing was read may have held other text, which may have been copied away.
 * Returns 0, a positive errno, or -ENOMEM. */
static int find_copies_of_unread(struct followed_path *path, struct follow_context *ctx)
{
    int r = 0;

    for (struct followed_file *file = path->oldest; file && r == 0; file = file->younger)
        if (followed_file_is_open(file) && fingerprint_is_blank(file->position.tail_print))
            r = find_rotated_younger(path, ctx, file, file);
    return r;
}

int find_rotated_remembered(struct followed_path *path, struct follow_context *ctx,
                            const struct opened_file *at_path)
{
    CLEANUP(rotated_names_deinit) struct rotated_names names = {0};
    struct followed_file *next;
    int r = path->oldest ? rotated_names_list(&names, &ctx->folder_names, path->name) : 0;
    int result = 0;

    if (r < 0)
        return r == -ENOMEM ? r : -r;
    for (struct followed_file *file = path->oldest; file; file = next) {
        next = file->younger;
        if (file->position.done || followed_file_is_live(file) ||
            (is_same_file(file, at_path) && opened_file_fits(at_path, &file->position)))
            continue;
        r = find_remembered(path, ctx, file, &names, at_path);
        if (r < 0)
            return r;
        result = MAX(result, r);
    }
    r = find_copies_of_unread(path, ctx);
    return r != 0 ? r : result;
}

/* ---- what came and went ---- */

/* What was written after the file `before` does not belong before it. Within an instant a copy is
 * older than the file at the path, and a renamed file is older than the one that took its place. */
static uint64_t until_of(const struct followed_file *before)
{
    struct stat st = {0};

    if (!before || !followed_file_is_open(before) || fstat(before->fd, &st) < 0)
        return UINT64_MAX;
    return file_mtime_ns(&st) - !before->is_at_path;
}

/* The file before which the rotated one belongs: `before`; or an older file that was found in the
 * same way, of which nothing was read, and that was written later. */
static struct followed_file *find_successor(const struct followed_path *path,
                                            struct followed_file *before,
                                            const struct followed_file *known,
                                            const struct rotated_name *rotated)
{
    struct followed_file *at = before;

    for (struct followed_file *file = path->oldest; file && file != before; file = file->younger) {
        bool is_later = file != known && followed_file_is_open(file) && !file->is_at_path &&
                        fingerprint_is_blank(file->tail_print) &&
                        until_of(file) >= rotated->mtime_ns;

        at = !is_later ? before : at == before ? file : at;
    }
    return at;
}

static bool came_since(const struct followed_path *path, const struct follow_context *ctx,
                       const struct rotated_name *rotated, uint64_t since_ns)
{
    bool is_later;

    if (rotated->is_compressed && rotated->mtime_ns % SECOND_NS == 0)
        since_ns -= since_ns % SECOND_NS; /* some compressors keep the time in whole seconds */
    is_later = rotated->born_ns >= since_ns && rotated->mtime_ns >= since_ns;
    return (is_later || was_here(path, ctx, rotated)) && !is_elsewhere(ctx, rotated->path);
}

/* Whether it is not read and was not, and is no copy of a file that is. */
static bool is_news(const struct followed_path *path, const struct follow_context *ctx,
                    const struct rotated_names *names, const struct rotated_name *rotated,
                    const struct opened_file *opened)
{
    if (is_known(ctx, opened))
        return false;
    if (opened->decompressed)
        return !is_beside_plain(names, rotated);
    return !is_copy(path, opened) && !is_copy_of_next(path, ctx, opened);
}

/* Whether its name says that it is compressed, and it is too short yet to show it. */
static bool is_just_begun(const struct rotated_name *rotated, const struct opened_file *opened)
{
    return rotated->is_compressed && !opened->decompressed &&
           opened->st.st_size < FINGERPRINT_BYTES;
}

/* Whether it may be a compressed copy in the making, or one of a file that is read now. */
static bool has_to_wait(const struct followed_path *path, const struct follow_context *ctx,
                        const struct rotated_name *rotated, const struct opened_file *opened)
{
    bool silent = rotated->mtime_ns + ctx->options.rotate_wait_ns <= ctx->wall_ns;

    return is_just_begun(rotated, opened) ||
           (opened->decompressed &&
            compressed_match_is_read(path, ctx, rotated->path, silent, opened->decompressed));
}

/* Lets the opened file be read before `before`. Returns 0 or -ENOMEM. */
static int follow_rotated(struct followed_path *path, struct follow_context *ctx,
                          struct followed_file *before, const struct rotated_name *rotated,
                          struct opened_file *opened, uint64_t since_ns)
{
    struct followed_file *file = followed_path_insert(path, before);

    if (!file)
        return -ENOMEM;
    file->found_since_ns = since_ns;
    if (opened->decompressed) /* it is younger than its text */
        file->position.file_time_ns = MAX(since_ns, rotated->mtime_ns);
    file->may_have_hole = true; /* it may be the copy of a file that has one */
    followed_file_attach(file, ctx, opened);
    if (file->decompressed)
        compressed_match_start(path, ctx, file);
    if (match_is_proven(&file->match))
        follow_context_event_detail(ctx, FOLLOW_OPENED, path->name, "from 0, as %s", rotated->path);
    return followed_file_list(file, ctx);
}

/* Opens a file that came and went, if it is one. Returns 0 or -ENOMEM. */
static int open_younger(struct followed_path *path, struct follow_context *ctx,
                        struct followed_file *before, const struct rotated_names *names,
                        const struct rotated_name *rotated, uint64_t since_ns)
{
    CLEANUP(opened_file_close) struct opened_file opened;
    const char *refusal;

    if (!open_rotated(ctx, &opened, rotated) || opened_file_refusal(&opened, &refusal) < 0 ||
        refusal || !is_news(path, ctx, names, rotated, &opened))
        return 0;
    if (has_to_wait(path, ctx, rotated, &opened)) {
        path->compressed_waits = true;
        return 0;
    }
    return follow_rotated(path, ctx, before, rotated, &opened, since_ns);
}

/* @changed_ns  nothing at the path was changed later. */
static int open_all_younger(struct followed_path *path, struct follow_context *ctx,
                            struct followed_file *before, const struct followed_file *known,
                            uint64_t since_ns, uint64_t changed_ns)
{
    CLEANUP(rotated_names_deinit) struct rotated_names names = {0};
    uint64_t until_ns = until_of(before);
    bool at_path = before && before->is_at_path; /* a compressed one is older, whatever its time */
    int r = rotated_names_list_since(&names, &ctx->folder_names, path->name, changed_ns);

    for (size_t i = 0; r == 0 && i < names.n; i++) {
        const struct rotated_name *rotated = &names.items[i];
        bool is_older = rotated->mtime_ns <= until_ns || (rotated->is_compressed && at_path);

        if (is_older && came_since(path, ctx, rotated, since_ns))
            r = open_younger(path, ctx, find_successor(path, before, known, rotated), &names,
                             rotated, since_ns);
    }
    return r < 0 && r != -ENOMEM ? -r : r;
}

int find_rotated_younger(struct followed_path *path, struct follow_context *ctx,
                         struct followed_file *before, const struct followed_file *known)
{
    return open_all_younger(path, ctx, before, known, since_of(known),
                            /* changed_ns= */ UINT64_MAX);
}

int find_rotated_unseen(struct followed_path *path, struct follow_context *ctx, uint64_t changed_ns)
{
    return open_all_younger(path, ctx, /* before= */ NULL, /* known= */ NULL, ctx->started_ns + 1,
                            changed_ns);
}

/* Each file in the folder was made no later than the folder was changed last. */
uint64_t find_rotated_history_ns(const struct followed_path *path)
{
    CLEANUP(freep) char *folder = strndup(path->name, MAX(path->folder_len, (size_t)1));
    struct stat st;

    return folder && stat(folder, &st) == 0 ? file_time_ns(&st) + TICK_NS + 1 : 0;
}
