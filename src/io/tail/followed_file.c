#include "io/tail/followed_file.h"

#include "core/base/nanoseconds.h"
#include "io/files/fingerprint.h"

#include <time.h>
#include <unistd.h>

#define END_LOOK_BYTES 65536

struct followed_file *followed_file_new(const char *path, uint64_t serial)
{
    struct followed_file *file = calloc(1, sizeof(*file));

    if (!file)
        return NULL;
    file->position.path = path;
    file->position.serial = serial;
    file->fd = -1;
    return file;
}

struct followed_file *followed_file_free(struct followed_file *file)
{
    if (!file)
        return NULL;
    if (file->fd >= 0)
        close(file->fd);
    decompressed_file_free(file->decompressed);
    gloss_stream_deinit(&file->stream);
    half_line_clear(&file->half);
    free(file);
    return NULL;
}

/* ---- all files of a source ---- */

int followed_file_list(struct followed_file *file, struct follow_context *ctx)
{
    int r = file_index_add(&ctx->index, &file->entry, file->position.dev, file->position.ino);

    if (r == 0)
        dirty_list_add(&ctx->unsaved, &file->saved);
    return r;
}

void followed_file_unlist(struct followed_file *file)
{
    file_index_remove(&file->entry);
    dirty_list_remove(&file->saved);
}

static struct followed_file *of_entry(struct file_index_entry *entry)
{
    return entry ? container_of(entry, struct followed_file, entry) : NULL;
}

struct followed_file *followed_file_find(const struct follow_context *ctx, uint64_t dev,
                                         uint64_t ino, const struct followed_file *after)
{
    return of_entry(file_index_find(&ctx->index, dev, ino, after ? &after->entry : NULL));
}

struct followed_file *followed_file_next(const struct follow_context *ctx,
                                         const struct followed_file *after)
{
    return of_entry(file_index_next(&ctx->index, after ? &after->entry : NULL));
}

/* ---- the descriptor ---- */

void followed_file_attach(struct followed_file *file, const struct follow_context *ctx,
                          struct opened_file *opened)
{
    const struct stat *st = &opened->st;

    file->descriptor = DESCRIPTOR_OPEN;
    file->fd = TAKE_FD(opened->fd);
    file->kind = opened->kind;
    file->decompressed = TAKE_PTR(opened->decompressed);
    if (file->decompressed)
        decompressed_file_limit(file->decompressed, &ctx->decompressed_limits);
    file->match = (struct match){.state = MATCH_PROVEN};
    file->newline_end = 0;
    file->position.dev = st->st_dev;
    file->position.ino = st->st_ino;
    if (file->position.file_time_ns == 0)
        file->position.file_time_ns = file_time_ns(st);
    file->position.done = false;
    file->position.last_seen_ns = file->too_old_ns = 0;
    file->stream.lines = file->position.lines;
    rotation_start(&file->rotation, file->position.offset, ctx->now_ns);
    file->tail_print = file->position.tail_print;
    file->look = (struct file_look){.size = (uint64_t)st->st_size,
                                    .written = (uint64_t)st->st_size,
                                    .time_ns = file_time_ns(st)};
    file->is_behind = true;
    followed_file_touch(file);
}

/* The start of the last line, where it is no further than END_LOOK_BYTES before the end. */
static int find_last_line(int fd, const struct line_encoding *text, uint64_t size,
                          uint64_t *ret_offset)
{
    size_t n = (size_t)MIN(size, (uint64_t)END_LOOK_BYTES), end;
    CLEANUP(freep) char *bytes = malloc(MAX(n, (size_t)1));
    ssize_t got;

    if (!bytes)
        return -ENOMEM;
    got = pread(fd, bytes, n, (off_t)(size - n));
    if (got < 0)
        return -errno;
    end = line_encoding_last_end(text, bytes, (size_t)got, size - n);
    if (end > 0)
        *ret_offset = size - n + end;
    else
        *ret_offset = n < size ? size : 0;
    return 0;
}

int followed_file_attach_at_end(struct followed_file *file, const struct follow_context *ctx,
                                struct opened_file *opened)
{
    static const struct line_encoding plain = {.newline = "\n", .width = 1};
    const struct line_encoding *text = file->text ? file->text : &plain;
    struct file_position *p = &file->position;
    int fd = opened->fd, r = find_last_line(fd, text, (uint64_t)opened->st.st_size, &p->offset);

    if (r == 0)
        r = fingerprint_before(fd, MIN(p->offset, (uint64_t)FINGERPRINT_BYTES), &p->head_print);
    if (r == 0)
        r = fingerprint_before(fd, p->offset, &p->tail_print);
    if (r != 0)
        return r < 0 ? r : -ESTALE;
    followed_file_attach(file, ctx, opened);
    return 0;
}

void followed_file_suspend(struct followed_file *file)
{
    close(file->fd);
    file->fd = -1;
    file->descriptor = DESCRIPTOR_SUSPENDED;
}

void followed_file_set_fd(struct followed_file *file, int fd)
{
    file->fd = fd;
    file->descriptor = DESCRIPTOR_OPEN;
    if (file->decompressed)
        decompressed_file_move(file->decompressed, fd);
}

void followed_file_hand_over(struct followed_file *file, const struct follow_context *ctx,
                             struct followed_file *to, const struct stat *st)
{
    struct opened_file opened = {.fd = file->fd,
                                 .st = *st,
                                 .kind = file->kind,
                                 .decompressed = TAKE_PTR(file->decompressed)};

    if (opened.kind == KIND_CHANGING)
        opened.kind = KIND_COMPRESSED;
    file->fd = -1;
    file->descriptor = DESCRIPTOR_CLOSED;
    file->kind = KIND_UNKNOWN;
    followed_file_attach(to, ctx, &opened);
}

void followed_file_close(struct followed_file *file, const struct follow_context *ctx)
{
    rotation_close(&file->rotation);
    file->position.done = true;
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    file->descriptor = DESCRIPTOR_CLOSED;
    file->kind = KIND_UNKNOWN;
    file->decompressed = decompressed_file_free(file->decompressed);
    file->is_behind = false;
    file->position.last_seen_ns = 0;
    file->closed_ns = ctx->now_ns;
    followed_file_seen(file, ctx);
}

/* ---- its bytes ---- */

ssize_t followed_file_read(struct followed_file *file, char *bytes, size_t size, uint64_t offset)
{
    ssize_t n;

    if (file->decompressed)
        return decompressed_file_read(file->decompressed, bytes, size, offset);
    do
        n = pread(file->fd, bytes, size, (off_t)offset);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

int followed_file_print_before(struct followed_file *file, uint64_t offset,
                               struct fingerprint *ret_print)
{
    size_t want = (size_t)MIN(offset, (uint64_t)FINGERPRINT_BYTES);
    char bytes[FINGERPRINT_BYTES];
    ssize_t n;

    if (!file->decompressed)
        return fingerprint_before(file->fd, offset, ret_print);
    n = decompressed_file_read(file->decompressed, bytes, want, offset - want);
    if (n < 0 || (size_t)n < want)
        return n < 0 ? (int)n : 1;
    *ret_print = fingerprint_of(bytes, want);
    return 0;
}

/* ---- looks ---- */

bool followed_file_is_at_path(const struct followed_file *file, struct stat *ret_stat)
{
    return stat(file->position.path, ret_stat) == 0 && ret_stat->st_dev == file->position.dev &&
           ret_stat->st_ino == file->position.ino;
}

bool followed_file_is_as_looked_at(const struct followed_file *file, const struct stat *st)
{
    return file->look.since_open && (uint64_t)st->st_size == file->look.size &&
           file_time_ns(st) == file->look.time_ns;
}

/* Times of a file move in steps of some milliseconds: within such a step it may have been changed
 * twice, and have been looked at in between. */
static bool is_fresh(const struct followed_file *file, const struct follow_context *ctx)
{
    return file->look.time_ns + SECOND_NS > ctx->wall_ns;
}

bool followed_file_is_quiet(const struct followed_file *file, const struct follow_context *ctx,
                            const struct stat *st)
{
    if (!followed_file_is_as_looked_at(file, st))
        return false;
    if (file->decompressed)
        return file->kind != KIND_CHANGING &&
               decompressed_file_ends_at(file->decompressed, file->rotation.offset);
    return file->look.size == file->rotation.offset && !is_fresh(file, ctx);
}

/* ---- the position ---- */

void followed_file_touch(struct followed_file *file)
{
    dirty_item_touch(&file->saved);
}

void followed_file_move(struct followed_file *file, uint64_t offset, struct fingerprint tail_print)
{
    struct fingerprint *head_print = &file->position.head_print;

    rotation_move(&file->rotation, offset);
    file->position.offset = offset;
    file->position.tail_print = file->tail_print = tail_print;
    file->position.lines = file->stream.lines;
    file->stream.resume = file->stream.unknown_resume = 0;
    half_line_clear(&file->half);
    if (head_print->len < FINGERPRINT_BYTES && offset <= FINGERPRINT_BYTES)
        *head_print = tail_print;
    else if (head_print->len < FINGERPRINT_BYTES)
        followed_file_print_before(file, FINGERPRINT_BYTES, head_print);
    followed_file_touch(file);
}

void followed_file_copy_position(struct followed_file *file, const struct followed_file *from)
{
    file->position.offset = from->position.offset;
    file->position.lines = from->position.lines;
    file->position.head_print = from->position.head_print;
    file->position.tail_print = from->position.tail_print;
}

void followed_file_renumber(struct followed_file *file, uint64_t serial)
{
    file->position.serial = serial;
    followed_file_touch(file);
}

/* Each time would be written to the state, and an hour's difference is not worth that. */
void followed_file_seen(struct followed_file *file, const struct follow_context *ctx)
{
    file->last_seen_ns = ctx->wall_ns;
    file->too_old_ns = 0;
    if (file->last_seen_ns - file->position.last_seen_ns < HOUR_NS)
        return;
    file->position.last_seen_ns = file->last_seen_ns;
    followed_file_touch(file);
}

void followed_file_found(struct followed_file *file, const struct follow_context *ctx)
{
    file->found_ns = ctx->now_ns;
    followed_file_seen(file, ctx);
}

void followed_file_say_gone(const struct followed_file *file, const struct follow_context *ctx)
{
    time_t seconds = (time_t)(file->position.file_time_ns / SECOND_NS);
    struct tm tm;
    char text[32] = "";

    if (gmtime_r(&seconds, &tm))
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    follow_context_event_detail(ctx, FOLLOW_GONE, file->position.path,
                                "1 file, last changed at %s, may hold lines that were not read",
                                text);
}
