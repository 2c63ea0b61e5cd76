/* A packed file is known by its unpacked head, which costs little. Whether it holds what was read
 * of another file shows at that one's offset only, and to unpack it that far may take long. So it
 * begins there as a guess, and goes there in turns like any other; then the mark tells whether it
 * was right.
 *
 * Guesses are made in the order of their offsets, so one way through the file is enough for all;
 * behind the last one it is a file that nobody has read. The largest offset that is right counts:
 * what was read on in a copy is a generation beside the one that was copied, and one who packs that
 * copy packs what is behind both offsets. While a generation is read from its own
 * descriptor, its copy has to wait: late lines may come there, and would come twice. */

#include "io/tail/compressed_match.h"

#include "core/base/util.h"
#include "io/files/fingerprint.h"
#include "io/files/rotated_names.h"

#include <inttypes.h>
#include <unistd.h>

static bool has_head(struct decompressed_file *p, struct fingerprint head)
{
    char bytes[FINGERPRINT_BYTES];
    ssize_t n = decompressed_file_read(p, bytes, head.len, /* offset= */ 0);

    return head.len > 0 && n == (ssize_t)head.len &&
           fingerprint_equal(fingerprint_of(bytes, head.len), head);
}

bool compressed_match_fits(int fd, const struct stat *st, struct decompressed_file *packed,
                           const struct file_position *position)
{
    if (packed)
        return position->offset > 0 && has_head(packed, position->head_print);
    if (position->offset == 0 && rotated_names_birth_ns(fd) > position->file_time_ns)
        return false; /* its inode is another file's now */
    return (uint64_t)st->st_size >= position->offset && fingerprint_fits(fd, position) == 1;
}

int compressed_match_open(struct decompressed_file **ret_packed, int fd)
{
    int r = decompressed_file_new(ret_packed, fd);

    if (r > 0)
        *ret_packed = NULL;
    return MIN(r, 0);
}

static bool is_of(const struct followed_path *path, const struct followed_file *file)
{
    return file->position.path == path->name ||
           rotated_names_named(path->name, file->position.path);
}

/* Whether the open generation's file and the unpacked one begin alike, as far as both go. */
static bool begins_alike(const struct followed_file *file, struct decompressed_file *packed)
{
    char head[FINGERPRINT_BYTES], own[FINGERPRINT_BYTES];
    ssize_t n = decompressed_file_read(packed, head, sizeof(head), /* offset= */ 0);
    ssize_t n_own = file->fd < 0 || file->packed ? -1 : pread(file->fd, own, sizeof(own), 0);

    if (n <= 0 || n_own <= 0)
        return n > 0 && file->position.offset > 0 && has_head(packed, file->position.head_print);
    return memcmp(head, own, (size_t)MIN(n, n_own)) == 0;
}

/* Whether a packer that is told to pack the one would make the other. */
static bool is_packed_name(const char *path, const char *of)
{
    size_t len = strlen(of);

    return strncmp(path, of, len) == 0 && path[len] == '.' && strrchr(path, '.') == path + len;
}

/* A packer takes the original away when it is done, unless a person wants to keep it. */
static bool may_be_packed_as(const struct followed_file *file, const char *name, bool silent)
{
    struct stat st;
    bool nameless;

    if (!file->at_path && !silent)
        return true;
    /* What has no name is not at its path, though it may have been when it was looked at last. */
    nameless = file->fd < 0 ? !file->at_path : fstat(file->fd, &st) < 0 || st.st_nlink == 0;
    return nameless || is_packed_name(name, file->position.path);
}

bool compressed_match_is_read(const struct followed_path *path, const struct follow_context *ctx,
                              const char *name, bool silent, struct decompressed_file *packed)
{
    for (const struct followed_file *file = followed_file_next(ctx, NULL); file;
         file = followed_file_next(ctx, file))
        if (followed_file_is_live(file) && is_of(path, file) &&
            may_be_packed_as(file, name, silent) && begins_alike(file, packed))
            return true;
    return false;
}

/* Whether file may be the packed file of o. */
static bool may_be_of(const struct followed_path *path, const struct followed_file *file,
                      const struct followed_file *o)
{
    return o != file && o->position.done && is_of(path, o);
}

/* The done generation that begins alike and was read to the next offset behind `after`. */
static const struct followed_file *find_guess(const struct followed_path *path,
                                              const struct follow_context *ctx,
                                              const struct followed_file *file, uint64_t after)
{
    const struct followed_file *best = NULL;

    for (const struct followed_file *o = followed_file_next(ctx, NULL); o;
         o = followed_file_next(ctx, o))
        if (may_be_of(path, file, o) && o->position.offset > after &&
            (!best || o->position.offset < best->position.offset) &&
            has_head(file->packed, o->position.head_print))
            best = o;
    return best;
}

void compressed_match_take(struct followed_file *file, const struct followed_file *of, bool exact)
{
    file->position.offset = of->position.offset;
    file->position.lines = of->position.lines;
    file->position.head_print = of->position.head_print;
    file->position.tail_print = of->position.tail_print;
    file->may_have_hole = fingerprint_is_blank(of->position.tail_print);
    file->guess = file->silent = true;
    file->guess_exact = exact;
}

/* A short head is alike too often: then both have to end at the same byte. */
static bool needs_end(const struct followed_file *of)
{
    return of->position.head_print.len < FINGERPRINT_BYTES;
}

static void take_next(const struct followed_path *path, const struct follow_context *ctx,
                      struct followed_file *file, const struct followed_file *of)
{
    compressed_match_take(file, of, needs_end(of));
    file->guess_more = !file->guess_final && find_guess(path, ctx, file, of->position.offset);
}

void compressed_match_start(const struct followed_path *path, const struct follow_context *ctx,
                            struct followed_file *file)
{
    const struct followed_file *of = find_guess(path, ctx, file, /* after= */ 0);

    if (of)
        take_next(path, ctx, file, of);
}

/* Another one that was read to the same offset. */
static const struct followed_file *find_equal(const struct followed_path *path,
                                              const struct follow_context *ctx,
                                              struct followed_file *file)
{
    struct fingerprint mark;

    if (followed_file_print_before(file, file->position.offset, &mark) != 0)
        return NULL;
    for (const struct followed_file *o = followed_file_next(ctx, NULL); o;
         o = followed_file_next(ctx, o))
        if (may_be_of(path, file, o) && o->position.offset == file->position.offset &&
            fingerprint_equal(o->position.tail_print, mark) &&
            !fingerprint_equal(file->position.tail_print, mark) &&
            has_head(file->packed, o->position.head_print))
            return o;
    return NULL;
}

void compressed_match_again(const struct followed_path *path, const struct follow_context *ctx,
                            struct followed_file *file)
{
    bool right = file->guess_more && file->guess_fit == file->position.offset;
    const struct followed_file *of = right ? NULL : find_equal(path, ctx, file);

    if (!of && !file->guess_final)
        of = find_guess(path, ctx, file, file->guess_own ? 0 : file->position.offset);
    if (file->replaces)
        followed_file_say_gone(file, ctx);
    file->replaces = file->guess_own = false;
    if (!of && !file->guess_final && file->guess_fit > 0) {
        file->guess_final = true;
        of = find_guess(path, ctx, file, file->guess_fit - 1);
    }
    if (of) {
        take_next(path, ctx, file, of);
    } else {
        file->position.offset = file->position.lines = 0;
        file->position.head_print = file->position.tail_print = (struct fingerprint){0};
        file->guess = file->silent = false;
        file->may_have_hole = true;
        follow_context_event_detail(ctx, FOLLOW_OPENED, path->name, "from 0, unpacked");
    }
    file->stream.lines = file->position.lines;
    file->rotation.offset = file->position.offset;
    file->mark = file->position.tail_print;
    file->unread = true;
    file->looked_at = false; /* all of it may be unpacked already */
    followed_file_changed(file);
}
