/* Writing is direct: bytes are with the kernel when sink_file_write() returns, so readers see them
 * at once. Only bytes that the kernel did not take are copied, and wait. The service stops reading
 * for a sink with such bytes, so no more of them wait than one block gives.
 *
 * Standard output may be a pipe whose reader is slow. Other processes share it, so it must not be
 * made non-blocking. Instead poll() is asked before each piece, and a piece is so small that a pipe
 * which is ready takes all of it. */

#include "io/output/sink_file.h"

#include "core/base/escape.h"
#include "core/base/terminal_filter.h"
#include "core/base/util.h"
#include "io/files/folder.h"
#include "io/files/rotated_names.h"
#include "io/files/write_all.h"

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

#define BATCH 1024 /* spans for one writev: the limit of the kernel */

struct sink_file {
    char *path; /* NULL: standard output */
    mode_t mode;
    int fd;   /* -1: not open */
    bool ask; /* poll() is asked before each piece */
    bool is_terminal;
    struct terminal_filter filter; /* of a terminal */
    uint64_t dev, ino;
    uint64_t length;              /* as of the last write or sink_file_position() */
    char head[FINGERPRINT_BYTES]; /* how the file begins */
    size_t head_len;
    int failure;
    struct gloss_buf waiting; /* from the start of a line on, if that is known */
    size_t begin;             /* offset in waiting: the bytes before it are written */
};

int sink_file_new(struct sink_file **ret_file, const char *path, mode_t mode)
{
    CLEANUP(sink_file_freep) struct sink_file *f = calloc(1, sizeof(*f));

    if (!f)
        return -ENOMEM;
    f->fd = -1;
    f->mode = mode;
    if (path) {
        f->path = strdup(path);
        if (!f->path)
            return -ENOMEM;
    }
    *ret_file = TAKE_PTR(f);
    return 0;
}

struct sink_file *sink_file_free(struct sink_file *f)
{
    if (!f)
        return NULL;
    sink_file_close(f);
    free(f->path);
    free(f);
    return NULL;
}

void sink_file_close(struct sink_file *f)
{
    if (f->fd >= 0 && f->path)
        close(f->fd);
    f->fd = -1;
    gloss_buf_deinit(&f->waiting);
    f->begin = 0;
    f->failure = 0;
}

bool sink_file_is_open(const struct sink_file *f)
{
    return f->fd >= 0;
}

const char *sink_file_name(const struct sink_file *f)
{
    return f->path ? f->path : "standard output";
}

/* Reads how the file begins, as long as not all of that is known: a file that only grows keeps its
 * beginning. */
static void read_head(struct sink_file *f)
{
    size_t want = (size_t)MIN(f->length, (uint64_t)sizeof(f->head));
    ssize_t n;

    while (f->head_len < want && !f->ask) {
        n = pread(f->fd, f->head + f->head_len, want - f->head_len, (off_t)f->head_len);
        if (n <= 0)
            return;
        f->head_len += (size_t)n;
    }
}

bool sink_file_identity(const struct sink_file *f, struct sink_file_identity *ret_identity)
{
    *ret_identity = (struct sink_file_identity){
        .dev = f->dev, .ino = f->ino, .head = gloss_span(f->head, f->head_len)};
    return f->fd >= 0;
}

static int identify(struct sink_file *f)
{
    struct stat st;

    if (fstat(f->fd, &st) < 0)
        return -errno;
    f->dev = st.st_dev;
    f->ino = st.st_ino;
    f->length = (uint64_t)st.st_size;
    f->ask = !S_ISREG(st.st_mode);
    f->is_terminal = isatty(f->fd);
    f->head_len = 0;
    read_head(f);
    return f->path && !S_ISREG(st.st_mode) ? -EINVAL : 0;
}

int sink_file_open(struct sink_file *f)
{
    int r;

    sink_file_close(f);
    if (!f->path) {
        f->fd = STDOUT_FILENO;
    } else {
        /* O_NONBLOCK: a FIFO at the path must not block the service before it is refused. */
        f->fd = open(f->path,
                     O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                     f->mode & 0777);
        if (f->fd < 0)
            return -errno;
    }
    r = identify(f);
    if (r == 0 && f->path && f->length == 0)
        r = folder_sync_parent(f->path);
    if (r < 0)
        sink_file_close(f);
    return r;
}

/* ---- cutting back ---- */

enum found { FOUND_NOT, FOUND_WHOLE, FOUND_CHANGED };

/* Compares the bytes before the committed length with their print. Returns FOUND_WHOLE,
 * FOUND_CHANGED or a negative errno. */
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

/* Cuts the open file when it is the one of that position and longer than that. */
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

/* Whether a write of PIPE_BUF bytes would not block. */
static bool would_take(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};

    return poll(&wait, 1, 0) > 0;
}

/* Writes the beginning of a piece to a terminal, as its filter makes it. Returns how many bytes of
 * the piece that was, or a negative errno. */
static ssize_t show_some(struct sink_file *f, struct gloss_span piece)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf shown = {0};
    int r;

    piece.len = MIN(piece.len, (size_t)PIPE_BUF / ESCAPE_GROWTH);
    terminal_filter_write(&f->filter, piece, &shown);
    r = shown.failed ? -ENOMEM : write_all_bytes(f->fd, shown.ptr, shown.len);
    return r < 0 ? r : (ssize_t)piece.len;
}

/* Returns how many bytes were written, or a negative errno. */
static ssize_t write_some(struct sink_file *f, struct iovec *iov, size_t n)
{
    struct iovec piece = iov[0];
    ssize_t done;

    if (f->fd < 0)
        return -EBADF;
    if (f->ask) {
        if (!would_take(f->fd))
            return -EAGAIN;
        if (f->is_terminal)
            return show_some(f, gloss_span(piece.iov_base, piece.iov_len));
        piece.iov_len = MIN(piece.iov_len, (size_t)PIPE_BUF);
        iov = &piece;
        n = 1;
    }
    do
        done = writev(f->fd, iov, (int)n);
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

/* Moves (*i, *skip), an offset within a span, back to the start of its line, or to the first span
 * when no line starts before. Returns how many bytes lie between. */
static size_t to_line_start(const struct gloss_spans *spans, size_t *i, size_t *skip)
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

/* Keeps a copy of the spans from i on, without the first `skip` bytes, behind the bytes that wait.
 * When none wait, the copy starts at the start of the line, so that the state gets whole lines. */
static int keep(struct sink_file *f, const struct gloss_spans *spans, size_t i, size_t skip)
{
    if (!sink_file_is_blocked(f))
        f->begin = to_line_start(spans, &i, &skip);
    for (; i < spans->n; i++, skip = 0)
        gloss_buf_append(&f->waiting, spans->items[i].ptr + skip, spans->items[i].len - skip);
    return f->waiting.failed ? -ENOMEM : SINK_FILE_BLOCKED;
}

int sink_file_write(struct sink_file *f, const struct gloss_spans *spans)
{
    struct iovec iov[BATCH];
    size_t i = 0, skip = 0;

    if (sink_file_is_blocked(f))
        return keep(f, spans, 0, 0);
    while (i < spans->n) {
        size_t n = gather(spans, i, skip, iov), left;
        ssize_t done = write_some(f, iov, n);

        if (done <= 0) {
            f->failure = done < 0 ? (int)done : -EIO;
            return keep(f, spans, i, skip);
        }
        f->length += (uint64_t)done;
        read_head(f);
        for (left = (size_t)done + skip; i < spans->n && left >= spans->items[i].len; i++)
            left -= spans->items[i].len;
        skip = left;
    }
    f->failure = 0;
    return 0;
}

int sink_file_retry(struct sink_file *f)
{
    while (sink_file_is_blocked(f)) {
        struct iovec iov = {f->waiting.ptr + f->begin, f->waiting.len - f->begin};
        ssize_t done = write_some(f, &iov, 1);

        if (done <= 0) {
            f->failure = done < 0 ? (int)done : -EIO;
            return SINK_FILE_BLOCKED;
        }
        f->length += (uint64_t)done;
        f->begin += (size_t)done;
        read_head(f);
    }
    gloss_buf_deinit(&f->waiting);
    f->begin = 0;
    f->failure = 0;
    return 0;
}

bool sink_file_is_blocked(const struct sink_file *f)
{
    return f->begin < f->waiting.len;
}

int sink_file_failure(const struct sink_file *f)
{
    return f->failure;
}

int sink_file_sync(struct sink_file *f)
{
    if (!f->path || f->fd < 0)
        return 0;
    return fdatasync(f->fd) < 0 ? -errno : 0;
}

/* How many bytes of the line that is written next are written already. */
static size_t half_line(const struct sink_file *f)
{
    const char *newline = f->begin > 0 ? memrchr(f->waiting.ptr, '\n', f->begin) : NULL;

    return f->begin - (newline ? (size_t)(newline - f->waiting.ptr) + 1 : 0);
}

struct gloss_span sink_file_pending(const struct sink_file *f)
{
    size_t begin = f->path ? f->begin : f->begin - half_line(f);

    return sink_file_is_blocked(f) ? gloss_span(f->waiting.ptr + begin, f->waiting.len - begin)
                                   : gloss_span("", 0);
}

int sink_file_restore_pending(struct sink_file *f, struct gloss_span bytes)
{
    gloss_buf_span(&f->waiting, bytes);
    return f->waiting.failed ? -ENOMEM : 0;
}

/* Takes back the half line that was written, so that what is pending is whole lines, wherever they
 * will be written. */
static void take_back_half_line(struct sink_file *f)
{
    size_t half = half_line(f);
    struct stat st;

    if (!sink_file_is_blocked(f) || half == 0 || fstat(f->fd, &st) < 0 ||
        (uint64_t)st.st_size != f->length || ftruncate(f->fd, (off_t)(f->length - half)) < 0)
        return;
    f->begin -= half;
    f->length -= half;
}

bool sink_file_position(struct sink_file *f, struct sink_position *ret_position)
{
    struct stat st;

    if (!f->path || f->fd < 0)
        return false;
    take_back_half_line(f);
    /* Other processes may have cut it, or appended bytes that must not be cut back. */
    if (fstat(f->fd, &st) == 0) {
        f->head_len = (uint64_t)st.st_size < f->length ? 0 : f->head_len;
        f->length = (uint64_t)st.st_size;
        read_head(f);
    }
    *ret_position = (struct sink_position){.dev = f->dev, .ino = f->ino, .length = f->length};
    if (fingerprint_before(f->fd, f->length, &ret_position->tail_print) != 0)
        ret_position->tail_print = (struct fingerprint){0};
    return true;
}

bool sink_file_was_cut(const struct sink_file *f)
{
    struct stat st;

    return f->path && f->fd >= 0 && fstat(f->fd, &st) == 0 &&
           ((uint64_t)st.st_size < f->length || st.st_nlink == 0);
}

bool sink_file_was_moved(const struct sink_file *f)
{
    struct stat st;

    if (!f->path || f->fd < 0)
        return false;
    if (lstat(f->path, &st) < 0)
        return errno == ENOENT || errno == ENOTDIR;
    return st.st_dev != f->dev || st.st_ino != f->ino;
}
