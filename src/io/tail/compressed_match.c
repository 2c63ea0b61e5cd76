/* Candidates are tried in the order of their offsets, so the file is decompressed once for all of
 * them. Where none of them is right, the file is a new one, and is read from 0.
 *
 * While a file is read from its own descriptor, its compressed copy has to wait: late lines may
 * come to the original, and would be read twice. */

#include "io/tail/compressed_match.h"

#include "io/files/fingerprint.h"
#include "io/files/rotated_names.h"

#include <unistd.h>

/* Whether the file was followed under this path, or under one of which this is a rotated name. */
static bool is_of(const struct followed_path *path, const struct followed_file *file)
{
    return file->position.path == path->name ||
           rotated_names_named(path->name, file->position.path);
}

/* ---- files that are read now ---- */

/* Whether both start alike, as far as both go. */
static bool starts_alike(const struct followed_file *file, struct decompressed_file *decompressed)
{
    char start[FINGERPRINT_BYTES], own[FINGERPRINT_BYTES];
    ssize_t n = decompressed_file_read(decompressed, start, sizeof(start), /* offset= */ 0);
    bool can_read = followed_file_is_open(file) && !file->decompressed;
    ssize_t n_own = can_read ? pread(file->fd, own, sizeof(own), 0) : -1;

    if (n <= 0 || n_own <= 0)
        return n > 0 && file->position.offset > 0 &&
               decompressed_file_starts_with(decompressed, file->position.head_print);
    return memcmp(start, own, (size_t)MIN(n, n_own)) == 0;
}

/* Whether gzip and its like, told to compress `of`, would make `name`. */
static bool is_compressed_name(const char *name, const char *of)
{
    size_t len = strlen(of);

    return strncmp(name, of, len) == 0 && name[len] == '.' && strrchr(name, '.') == name + len;
}

/* A compressor deletes the original when it is done, unless it is told to keep it. */
static bool may_be_compressed_as(const struct followed_file *file, const char *name, bool silent)
{
    struct stat st;
    bool is_deleted;

    if (!file->is_at_path && !silent)
        return true;
    /* A deleted file is not at its path, though it may have been when it was looked at last. */
    is_deleted = followed_file_is_open(file) ? fstat(file->fd, &st) < 0 || st.st_nlink == 0
                                             : !file->is_at_path;
    return is_deleted || is_compressed_name(name, file->position.path);
}

bool compressed_match_is_read(const struct followed_path *path, const struct follow_context *ctx,
                              const char *name, bool silent, struct decompressed_file *decompressed)
{
    for (const struct followed_file *file = NULL; (file = followed_file_next(ctx, file));)
        if (followed_file_is_live(file) && is_of(path, file) &&
            may_be_compressed_as(file, name, silent) && starts_alike(file, decompressed))
            return true;
    return false;
}

/* ---- candidates ---- */

/* Whether `other` was read to its end, and the file may be its compressed copy. */
static bool is_candidate(const struct followed_path *path, const struct followed_file *file,
                         const struct followed_file *other)
{
    return other != file && other->position.done && is_of(path, other);
}

/* The candidate that was read to the next offset behind `after`. */
static const struct followed_file *find_behind(const struct followed_path *path,
                                               const struct follow_context *ctx,
                                               const struct followed_file *file, uint64_t after)
{
    const struct followed_file *best = NULL;

    for (const struct followed_file *other = NULL; (other = followed_file_next(ctx, other));)
        if (is_candidate(path, file, other) && other->position.offset > after &&
            (!best || other->position.offset < best->position.offset) &&
            decompressed_file_starts_with(file->decompressed, other->position.head_print))
            best = other;
    return best;
}

/* Another candidate that was read to the same offset, and whose bytes before it are those that the
 * file has there. */
static const struct followed_file *find_equal(const struct followed_path *path,
                                              const struct follow_context *ctx,
                                              struct followed_file *file)
{
    const struct file_position *tried = &file->position;
    struct fingerprint print;

    if (followed_file_print_before(file, tried->offset, &print) != 0 ||
        fingerprint_equal(tried->tail_print, print))
        return NULL;
    for (const struct followed_file *other = NULL; (other = followed_file_next(ctx, other));)
        if (is_candidate(path, file, other) && other->position.offset == tried->offset &&
            fingerprint_equal(other->position.tail_print, print) &&
            decompressed_file_starts_with(file->decompressed, other->position.head_print))
            return other;
    return NULL;
}

static const struct followed_file *find_next(const struct followed_path *path,
                                             const struct follow_context *ctx,
                                             struct followed_file *file)
{
    const struct match *match = &file->match;
    uint64_t offset = file->position.offset;
    const struct followed_file *next =
        match_is_noted(match, offset) ? NULL : find_equal(path, ctx, file);

    if (!next && match->state != MATCH_LARGEST)
        next = find_behind(path, ctx, file, match->state == MATCH_REMEMBERED ? 0 : offset);
    return next;
}

/* Where the candidate's start is short, many files start like it. */
static bool must_end(const struct followed_file *candidate)
{
    return candidate->position.head_print.len < FINGERPRINT_BYTES;
}

static void try_one(const struct followed_path *path, const struct follow_context *ctx,
                    struct followed_file *file, const struct followed_file *candidate)
{
    bool has_larger = file->match.state != MATCH_LARGEST &&
                      find_behind(path, ctx, file, candidate->position.offset);

    followed_file_copy_position(file, candidate);
    file->may_have_hole = fingerprint_is_blank(candidate->position.tail_print);
    match_try(&file->match, must_end(candidate), has_larger);
}

/* Lets it be read on from its new position. */
static void go_to_position(struct followed_file *file)
{
    file->stream.lines = file->position.lines;
    rotation_move(&file->rotation, file->position.offset);
    file->tail_print = file->position.tail_print;
    file->is_behind = true;
    file->look.since_open = false; /* all of it may be decompressed already */
    followed_file_touch(file);
}

void compressed_match_start(const struct followed_path *path, const struct follow_context *ctx,
                            struct followed_file *file)
{
    const struct followed_file *candidate = find_behind(path, ctx, file, /* after= */ 0);

    if (!candidate)
        return;
    try_one(path, ctx, file, candidate);
    go_to_position(file);
}

static void give_up(const struct followed_path *path, const struct follow_context *ctx,
                    struct followed_file *file)
{
    file->position.offset = file->position.lines = 0;
    file->position.head_print = file->position.tail_print = (struct fingerprint){0};
    file->may_have_hole = true;
    match_give_up(&file->match);
    follow_context_event_detail(ctx, FOLLOW_OPENED, path->name, "from 0, decompressed");
}

void compressed_match_next(const struct followed_path *path, const struct follow_context *ctx,
                           struct followed_file *file)
{
    const struct followed_file *next = find_next(path, ctx, file);

    if (file->match.state == MATCH_REST)
        followed_file_say_gone(file, ctx);
    if (!next && match_has_noted(&file->match)) {
        match_try_largest(&file->match);
        next = find_behind(path, ctx, file, file->match.right_offset - 1);
    }
    if (next)
        try_one(path, ctx, file, next);
    else
        give_up(path, ctx, file);
    go_to_position(file);
}
