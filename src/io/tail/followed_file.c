#include "io/tail/followed_file.h"

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
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
    decompressed_file_free(file->packed);
    gloss_stream_deinit(&file->stream);
    free(file->half);
    free(file);
    return NULL;
}

int followed_file_list(struct follow_context *ctx, struct followed_file *file)
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

struct followed_file *followed_file_find(const struct follow_context *ctx, uint64_t dev,
                                         uint64_t ino, const struct followed_file *after)
{
    return followed_file_of_entry(
        file_index_find(&ctx->index, dev, ino, after ? &after->entry : NULL));
}

struct followed_file *followed_file_next(const struct follow_context *ctx,
                                         const struct followed_file *after)
{
    return followed_file_of_entry(file_index_next(&ctx->index, after ? &after->entry : NULL));
}

void followed_file_changed(struct followed_file *file)
{
    dirty_item_touch(&file->saved);
}

bool followed_file_is_at_path(const struct followed_file *file, struct stat *ret_stat)
{
    return stat(file->position.path, ret_stat) == 0 && ret_stat->st_dev == file->position.dev &&
           ret_stat->st_ino == file->position.ino;
}

void followed_file_attach(struct followed_file *file, int fd, const struct stat *st,
                          uint64_t now_ns)
{
    file->fd = fd;
    file->parked = false;
    file->position.dev = st->st_dev;
    file->position.ino = st->st_ino;
    if (file->position.file_time_ns == 0)
        file->position.file_time_ns = file_time_ns(st);
    file->position.done = false;
    file->position.last_seen_ns = file->too_old_ns = 0;
    file->stream.lines = file->position.lines;
    file->rotation = (struct rotation){
        .state = ROTATION_READING, .offset = file->position.offset, .idle_since_ns = now_ns};
    file->mark = file->position.tail_print;
    file->size = (uint64_t)st->st_size;
    file->changed_ns = file_time_ns(st);
    file->looked_at = false;
    file->unread = true;
    followed_file_changed(file);
}

ssize_t followed_file_read(struct followed_file *file, char *position, size_t size, uint64_t offset)
{
    ssize_t n;

    if (file->packed)
        return decompressed_file_read(file->packed, position, size, offset);
    do
        n = pread(file->fd, position, size, (off_t)offset);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

int followed_file_print_before(struct followed_file *file, uint64_t offset,
                               struct fingerprint *ret_print)
{
    size_t want = (size_t)MIN(offset, (uint64_t)FINGERPRINT_BYTES);
    char bytes[FINGERPRINT_BYTES];
    ssize_t n;

    if (!file->packed)
        return fingerprint_before(file->fd, offset, ret_print);
    n = decompressed_file_read(file->packed, bytes, want, offset - want);
    if (n < 0 || (size_t)n < want)
        return n < 0 ? (int)n : 1;
    *ret_print = fingerprint_of(bytes, want);
    return 0;
}

/* The begin of the last line, if it is no further than END_LOOK_BYTES before the end. */
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

int followed_file_attach_at_end(struct followed_file *file, int fd, const struct stat *st,
                                uint64_t now_ns)
{
    static const struct line_encoding plain = {.newline = "\n", .width = 1};
    struct file_position *p = &file->position;
    int r = find_last_line(fd, file->text ? file->text : &plain, (uint64_t)st->st_size, &p->offset);

    if (r == 0)
        r = fingerprint_before(fd, MIN(p->offset, (uint64_t)FINGERPRINT_BYTES), &p->head_print);
    if (r == 0)
        r = fingerprint_before(fd, p->offset, &p->tail_print);
    if (r != 0)
        return r < 0 ? r : -ESTALE;
    followed_file_attach(file, fd, st, now_ns);
    return 0;
}

void followed_file_moved(struct followed_file *file, uint64_t offset, struct fingerprint mark)
{
    file->position.offset = file->rotation.offset = offset;
    file->position.tail_print = file->mark = mark;
    file->position.lines = file->stream.lines;
    file->stream.resume = file->stream.unknown_resume = 0;
    file->n_half = 0;
    free(file->half);
    file->half = NULL;
    if (file->position.head_print.len < FINGERPRINT_BYTES && offset <= FINGERPRINT_BYTES)
        file->position.head_print = mark;
    else if (file->position.head_print.len < FINGERPRINT_BYTES)
        followed_file_print_before(file, FINGERPRINT_BYTES, &file->position.head_print);
    followed_file_changed(file);
}

void followed_file_renumber(struct followed_file *file, uint64_t serial)
{
    file->position.serial = serial;
    followed_file_changed(file);
}

/* Each time would be written to the state; an hour's difference is not worth that. */
void followed_file_seen(struct followed_file *file, const struct follow_context *ctx)
{
    file->last_seen_ns = ctx->wall_ns;
    file->too_old_ns = 0;
    if (file->last_seen_ns - file->position.last_seen_ns < HOUR_NS)
        return;
    file->position.last_seen_ns = file->last_seen_ns;
    followed_file_changed(file);
}

void followed_file_close(struct followed_file *file, const struct follow_context *ctx)
{
    file->rotation.state = ROTATION_DONE;
    file->position.done = true;
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
    file->packed = decompressed_file_free(file->packed);
    file->parked = false;
    file->unread = false;
    file->position.last_seen_ns = 0;
    followed_file_seen(file, ctx);
}

/* Times of a file move in steps of some milliseconds: within such a step it may have been changed
 * twice, and we have seen it in between. */
static bool is_fresh(const struct followed_file *file, const struct follow_context *ctx)
{
    return file->changed_ns + SECOND_NS > ctx->wall_ns;
}

bool followed_file_is_as_looked_at(const struct followed_file *file, const struct stat *st)
{
    return file->looked_at && (uint64_t)st->st_size == file->size &&
           file_time_ns(st) == file->changed_ns;
}

bool followed_file_is_quiet(const struct followed_file *file, const struct follow_context *ctx,
                            const struct stat *st)
{
    if (file->packed)
        return followed_file_is_as_looked_at(file, st) && !file->unsettled &&
               decompressed_file_at_end(file->packed);
    return followed_file_is_as_looked_at(file, st) && file->size == file->rotation.offset &&
           !is_fresh(file, ctx);
}

void followed_file_say_gone(const struct followed_file *file, const struct follow_context *ctx)
{
    time_t seconds = (time_t)(file->position.file_time_ns / SECOND_NS);
    struct tm tm;
    char text[32] = "";

    if (gmtime_r(&seconds, &tm))
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    follow_context_event_detail(
        ctx, FOLLOW_GONE, file->position.path,
        "1 generation, last changed at %s, may hold lines that were not read", text);
}
