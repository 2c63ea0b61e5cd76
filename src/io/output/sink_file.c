/* Writing is direct: what sink_file_write() took is with the kernel when it returns, so readers see
 * it at once. Only what the kernel did not take is copied, and then nothing more is accepted: who
 * writes to it stops reading, so what waits is never more than what one block gave.
 *
 * Standard output may be a pipe whose reader is slow. It is shared with others, so it must not be
 * made non-blocking; instead it is asked before each piece that a pipe is sure to take whole. */

#include "io/output/sink_file.h"

#include "core/base/util.h"
#include "io/files/folder.h"
#include "io/files/rotated_names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gloss/buf.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define BATCH 1024 /* spans for one writev; the kernel's limit */

struct sink_file {
    char *path; /* NULL: standard output */
    mode_t mode;
    int fd;   /* -1: not open */
    bool ask; /* before each piece, whether it would be taken */
    uint64_t dev, ino;
    uint64_t length; /* when it was last written or looked at */
    int failure;
    struct gloss_buf waiting; /* from the start of a line on, if that is known */
    size_t begin;             /* of waiting: before it all is written */
};

int sink_file_new(struct sink_file **ret_file, const char *path, mode_t mode)
{
    CLEANUP(sink_file_freep) struct sink_file *o = calloc(1, sizeof(*o));

    if (!o)
        return -ENOMEM;
    o->fd = -1;
    o->mode = mode;
    if (path) {
        o->path = strdup(path);
        if (!o->path)
            return -ENOMEM;
    }
    *ret_file = TAKE_PTR(o);
    return 0;
}

struct sink_file *sink_file_free(struct sink_file *o)
{
    if (!o)
        return NULL;
    sink_file_close(o);
    free(o->path);
    free(o);
    return NULL;
}

void sink_file_close(struct sink_file *o)
{
    if (o->fd >= 0 && o->path)
        close(o->fd);
    o->fd = -1;
    gloss_buf_deinit(&o->waiting);
    o->begin = 0;
    o->failure = 0;
}

bool sink_file_is_open(const struct sink_file *o)
{
    return o->fd >= 0;
}

const char *sink_file_name(const struct sink_file *o)
{
    return o->path ? o->path : "standard output";
}

static int identify(struct sink_file *o)
{
    struct stat st;

    if (fstat(o->fd, &st) < 0)
        return -errno;
    o->dev = st.st_dev;
    o->ino = st.st_ino;
    o->length = (uint64_t)st.st_size;
    o->ask = !S_ISREG(st.st_mode);
    return o->path && !S_ISREG(st.st_mode) ? -EINVAL : 0;
}

int sink_file_open(struct sink_file *o)
{
    int r;

    sink_file_close(o);
    if (!o->path) {
        o->fd = STDOUT_FILENO;
    } else {
        /* O_NONBLOCK: a FIFO at the path must not hold us up before it is refused. */
        o->fd = open(o->path,
                     O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                     o->mode & 0777);
        if (o->fd < 0)
            return -errno;
    }
    r = identify(o);
    if (r == 0 && o->path && o->length == 0)
        r = folder_sync_parent(o->path);
    if (r < 0)
        sink_file_close(o);
    return r;
}

/* ---- cutting back ---- */

enum found { FOUND_NOT, FOUND_WHOLE, FOUND_CHANGED };

/* Whether what is committed stands there: FOUND_WHOLE, FOUND_CHANGED or a negative errno. */
static int compare(int fd, const struct sink_position *position)
{
    struct fingerprint print;
    int r;

    if (position->tail_print.len == 0)
        return FOUND_WHOLE;
    r = fingerprint_before(fd, position->length, &print);
    if (r < 0)
        return r;
    return r == 0 && fingerprint_equal(print, position->tail_print) ? FOUND_WHOLE : FOUND_CHANGED;
}

/* Is the open file the one, and longer than committed? Then it is cut. */
static int cut_if_same(int fd, const struct sink_position *position)
{
    struct stat st;
    int r;

    if (fstat(fd, &st) < 0)
        return -errno;
    if (st.st_dev != position->dev || st.st_ino != position->ino || !S_ISREG(st.st_mode))
        return FOUND_NOT;
    if ((uint64_t)st.st_size < position->length)
        return FOUND_CHANGED;
    r = compare(fd, position);
    if (r == FOUND_WHOLE && (uint64_t)st.st_size > position->length &&
        (ftruncate(fd, (off_t)position->length) < 0 || fdatasync(fd) < 0))
        return -errno;
    return r;
}

static int cut_at(int folder, const char *name, const struct sink_position *position)
{
    int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), r;

    if (fd < 0 && (errno == ENOENT || errno == ELOOP || errno == EISDIR || errno == ENXIO))
        return FOUND_NOT;
    if (fd < 0)
        return -errno;
    r = cut_if_same(fd, position);
    close(fd);
    return r;
}

/* Looks among the rotated names, by inode before any is opened. */
static int cut_rotated(DIR *folder, const char *name, const struct sink_position *position)
{
    const struct dirent *entry;
    int r = FOUND_NOT;

    while (r == FOUND_NOT && (entry = readdir(folder)))
        if (entry->d_ino == position->ino && rotated_names_named(entry->d_name, name))
            r = cut_at(dirfd(folder), entry->d_name, position);
    return r;
}

int sink_file_cut_back(const char *path, const struct sink_position *position)
{
    const char *slash = strrchr(path, '/');
    CLEANUP(freep) char *folder_name = strndup(path, slash ? (size_t)(slash - path) + 1 : 0);
    const char *name = slash ? slash + 1 : path;
    DIR *folder;
    int r;

    if (!folder_name)
        return -ENOMEM;
    folder = opendir(*folder_name ? folder_name : ".");
    if (!folder)
        return errno == ENOENT ? 0 : -errno;
    r = cut_at(dirfd(folder), name, position);
    if (r == FOUND_NOT)
        r = cut_rotated(folder, name, position);
    closedir(folder);
    if (r < 0)
        return r;
    return r == FOUND_CHANGED ? SINK_FILE_CHANGED : 0;
}

/* ---- writing ---- */

/* Whether PIPE_BUF bytes would be taken at once. */
static bool would_take(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};

    return poll(&wait, 1, 0) > 0;
}

/* Returns how many bytes were taken, 0: none now; or a negative errno. */
static ssize_t write_some(struct sink_file *o, struct iovec *iov, size_t n)
{
    struct iovec piece = iov[0];
    ssize_t done;

    if (o->fd < 0)
        return -EBADF;
    if (o->ask) {
        if (!would_take(o->fd))
            return -EAGAIN;
        piece.iov_len = MIN(piece.iov_len, (size_t)PIPE_BUF);
        iov = &piece;
        n = 1;
    }
    do
        done = writev(o->fd, iov, (int)n);
    while (done < 0 && errno == EINTR);
    return done < 0 ? -errno : done;
}

/* Fills iov with spans from *i on, of which the first `skip` bytes are written. */
static size_t gather(const struct gloss_spans *spans, size_t i, size_t skip,
                     struct iovec iov[BATCH])
{
    size_t n = 0;

    for (; n < BATCH && i + n < spans->n; n++)
        iov[n] =
            (struct iovec){(void *)(uintptr_t)spans->items[i + n].ptr, spans->items[i + n].len};
    iov[0].iov_base = (char *)iov[0].iov_base + skip;
    iov[0].iov_len -= skip;
    return n;
}

/* Moves back to the start of the line in which span i is at `skip`, or to the first span. Returns
 * how many bytes that is. */
static size_t to_line_begin(const struct gloss_spans *spans, size_t *i, size_t *skip)
{
    size_t n = 0;

    for (;;) {
        const char *ptr = spans->items[*i].ptr;
        const char *newline = *skip > 0 ? memrchr(ptr, '\n', *skip) : NULL;
        size_t at = newline ? (size_t)(newline - ptr) + 1 : 0;

        n += *skip - at;
        *skip = at;
        if (newline || *i == 0)
            return n;
        *skip = spans->items[--*i].len;
    }
}

/* Keeps a copy of all from span i on but its first `skip` bytes, behind what waits already. Where
 * nothing does, from the start of that line on. */
static int keep(struct sink_file *o, const struct gloss_spans *spans, size_t i, size_t skip)
{
    if (!sink_file_is_blocked(o))
        o->begin = to_line_begin(spans, &i, &skip);
    for (; i < spans->n; i++, skip = 0)
        gloss_buf_append(&o->waiting, spans->items[i].ptr + skip, spans->items[i].len - skip);
    return o->waiting.failed ? -ENOMEM : SINK_FILE_BLOCKED;
}

int sink_file_write(struct sink_file *o, const struct gloss_spans *spans)
{
    struct iovec iov[BATCH];
    size_t i = 0, skip = 0;

    if (sink_file_is_blocked(o))
        return keep(o, spans, 0, 0);
    while (i < spans->n) {
        size_t n = gather(spans, i, skip, iov), left;
        ssize_t done = write_some(o, iov, n);

        if (done <= 0) {
            o->failure = done < 0 ? (int)done : -EIO;
            return keep(o, spans, i, skip);
        }
        o->length += (uint64_t)done;
        for (left = (size_t)done + skip; i < spans->n && left >= spans->items[i].len; i++)
            left -= spans->items[i].len;
        skip = left;
    }
    o->failure = 0;
    return 0;
}

int sink_file_retry(struct sink_file *o)
{
    while (sink_file_is_blocked(o)) {
        struct iovec iov = {o->waiting.ptr + o->begin, o->waiting.len - o->begin};
        ssize_t done = write_some(o, &iov, 1);

        if (done <= 0) {
            o->failure = done < 0 ? (int)done : -EIO;
            return SINK_FILE_BLOCKED;
        }
        o->length += (uint64_t)done;
        o->begin += (size_t)done;
    }
    gloss_buf_deinit(&o->waiting);
    o->begin = 0;
    o->failure = 0;
    return 0;
}

bool sink_file_is_blocked(const struct sink_file *o)
{
    return o->begin < o->waiting.len;
}

int sink_file_failure(const struct sink_file *o)
{
    return o->failure;
}

int sink_file_sync(struct sink_file *o)
{
    if (!o->path || o->fd < 0)
        return 0;
    return fdatasync(o->fd) < 0 ? -errno : 0;
}

/* How many bytes are written of the line that is next. */
static size_t half_line(const struct sink_file *o)
{
    const char *newline = o->begin > 0 ? memrchr(o->waiting.ptr, '\n', o->begin) : NULL;

    return o->begin - (newline ? (size_t)(newline - o->waiting.ptr) + 1 : 0);
}

struct gloss_span sink_file_pending(const struct sink_file *o)
{
    size_t begin = o->path ? o->begin : o->begin - half_line(o);

    return sink_file_is_blocked(o) ? gloss_span(o->waiting.ptr + begin, o->waiting.len - begin)
                                   : gloss_span("", 0);
}

int sink_file_restore_pending(struct sink_file *o, struct gloss_span bytes)
{
    gloss_buf_span(&o->waiting, bytes);
    return o->waiting.failed ? -ENOMEM : 0;
}

/* Takes back the half line that was written, so that what is pending is whole lines, wherever they
 * will be written. */
static void take_back_half_line(struct sink_file *o)
{
    size_t half = half_line(o);
    struct stat st;

    if (!sink_file_is_blocked(o) || half == 0 || fstat(o->fd, &st) < 0 ||
        (uint64_t)st.st_size != o->length || ftruncate(o->fd, (off_t)(o->length - half)) < 0)
        return;
    o->begin -= half;
    o->length -= half;
}

bool sink_file_position(struct sink_file *o, struct sink_position *ret_position)
{
    struct stat st;

    if (!o->path || o->fd < 0)
        return false;
    take_back_half_line(o);
    /* Others may have cut it, or written to it what is not ours to be cut. */
    if (fstat(o->fd, &st) == 0)
        o->length = (uint64_t)st.st_size;
    *ret_position = (struct sink_position){.dev = o->dev, .ino = o->ino, .length = o->length};
    if (fingerprint_before(o->fd, o->length, &ret_position->tail_print) != 0)
        ret_position->tail_print = (struct fingerprint){0};
    return true;
}

bool sink_file_was_cut(const struct sink_file *o)
{
    struct stat st;

    return o->path && o->fd >= 0 && fstat(o->fd, &st) == 0 &&
           ((uint64_t)st.st_size < o->length || st.st_nlink == 0);
}

bool sink_file_was_moved(const struct sink_file *o)
{
    struct stat st;

    if (!o->path || o->fd < 0)
        return false;
    if (lstat(o->path, &st) < 0)
        return errno == ENOENT || errno == ENOTDIR;
    return st.st_dev != o->dev || st.st_ino != o->ino;
}
