/* Output comes as spans, most of which point into the block that was read. Long spans are handed to
 * the kernel as they are, by writev. Many short spans, as when each line has a note, are copied
 * together first, because the kernel's work for each span costs more than the copy. */

#include "io/output/output_file.h"

#include "core/base/terminal_filter.h"
#include "core/base/util.h"
#include "io/files/write_all.h"
#include "io/output/output_place.h"
#include "io/output/replacement.h"

#include <fcntl.h>
#include <unistd.h>

#define COPY_BYTES (256 * 1024)
#define SHORT_SPAN 512
#define PIPE_BYTES (1024 * 1024)

struct output_file {
    int fd;
    bool owns_fd;
    struct stat stat; /* of the file; where it is replaced, of the file that was there */
    bool is_aside;    /* it is written into `replacement` */
    struct replacement replacement;
    bool begun; /* what was in the file is gone, or will be when it is replaced */
    int failure;
    char *copy; /* COPY_BYTES; NULL until needed */
    bool is_terminal;
    struct terminal_filter filter; /* of a terminal */
};

static int write_vectors(int fd, const struct gloss_spans *spans)
{
    struct iovec iov[WRITE_ALL_VECTORS_MAX];

    for (size_t i = 0; i < spans->n;) {
        size_t n = 0;
        int r;

        for (; n < WRITE_ALL_VECTORS_MAX && i < spans->n; i++, n++)
            iov[n] = (struct iovec){(void *)(uintptr_t)spans->items[i].ptr, spans->items[i].len};
        r = write_all_vectors(fd, iov, n);
        if (r < 0)
            return r;
    }
    return 0;
}

static int write_copied(struct output_file *o, const struct gloss_spans *spans)
{
    size_t used = 0;
    int r = 0;

    for (size_t i = 0; i < spans->n && r == 0; i++) {
        struct gloss_span span = spans->items[i];

        if (used + span.len > COPY_BYTES) {
            r = write_all_bytes(o->fd, o->copy, used);
            used = 0;
        }
        if (r == 0 && span.len > COPY_BYTES) {
            r = write_all_bytes(o->fd, span.ptr, span.len);
        } else if (r == 0) {
            memcpy(o->copy + used, span.ptr, span.len);
            used += span.len;
        }
    }
    return r < 0 ? r : write_all_bytes(o->fd, o->copy, used);
}

/* Writes what the filter made. */
static int write_shown(struct output_file *o, struct gloss_buf *shown)
{
    o->failure = shown->failed ? -ENOMEM : write_all_bytes(o->fd, shown->ptr, shown->len);
    gloss_buf_deinit(shown);
    return o->failure;
}

static int show_spans(struct output_file *o, const struct gloss_span *spans, size_t n)
{
    struct gloss_buf shown = {0};

    for (size_t i = 0; i < n; i++)
        terminal_filter_write(&o->filter, spans[i], &shown);
    return write_shown(o, &shown);
}

/* What the filter holds back is written when nothing can come behind it. */
static int show_rest(struct output_file *o)
{
    struct gloss_buf shown = {0};

    if (!o->is_terminal || o->failure < 0)
        return o->failure;
    terminal_filter_end(&o->filter, &shown);
    return write_shown(o, &shown);
}

/* What was in a file that cannot be replaced goes with the first byte that is written. */
static int begin(struct output_file *o)
{
    bool empties = !o->begun && o->owns_fd && !o->is_aside && S_ISREG(o->stat.st_mode);

    o->begun = true;
    if (empties && ftruncate(o->fd, 0) < 0)
        o->failure = -errno;
    return o->failure;
}

int output_file_write(struct output_file *o, const struct gloss_spans *spans)
{
    if (o->failure < 0 || spans->n == 0 || begin(o) < 0)
        return o->failure;
    if (o->is_terminal)
        return show_spans(o, spans->items, spans->n);
    if (spans->n > 1 && spans->bytes / spans->n < SHORT_SPAN && !o->copy)
        o->copy = malloc(COPY_BYTES); /* without memory writev does the work, only slower */
    if (spans->n > 1 && spans->bytes / spans->n < SHORT_SPAN && o->copy)
        o->failure = write_copied(o, spans);
    else
        o->failure = write_vectors(o->fd, spans);
    return o->failure;
}

int output_file_write_bytes(struct output_file *o, const char *bytes, size_t n)
{
    const struct gloss_span span = gloss_span(bytes, n);

    if (o->failure < 0 || begin(o) < 0)
        return o->failure;
    if (o->is_terminal)
        return show_spans(o, &span, 1);
    o->failure = write_all_bytes(o->fd, bytes, n);
    return o->failure;
}

/* Whether the path means a descriptor of this process, which a shell may have made. */
static bool is_own_descriptor(const char *path)
{
    return STREQ(path, "/dev/stdout") || STREQ(path, "/dev/stderr") ||
           strncmp(path, "/dev/fd/", strlen("/dev/fd/")) == 0 ||
           strncmp(path, "/proc/self/fd/", strlen("/proc/self/fd/")) == 0;
}

/* Opens what stands at a place, or makes it, to be written as it is. */
static int open_in_place(struct output_file *o, const struct output_place *place)
{
    int flags = place->exists ? 0 : O_CREAT | O_EXCL;

    o->fd = openat(place->folder, place->name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | flags,
                   0666);
    if (o->fd < 0 || fstat(o->fd, &o->stat) < 0)
        return -errno;
    if (place->exists && (o->stat.st_dev != place->st.st_dev || o->stat.st_ino != place->st.st_ino))
        return -ESTALE;
    return 0;
}

static int open_aside(struct output_file *o, const struct output_place *place)
{
    int r;

    if (place->exists && faccessat(place->folder, place->name, W_OK, AT_EACCESS) < 0)
        return -errno;
    r = replacement_begin(&o->replacement, place->folder, place->name,
                          place->exists ? &place->st : NULL);
    if (r != 0)
        return r == REPLACEMENT_E_CANNOT ? open_in_place(o, place) : r;
    o->is_aside = true;
    o->fd = o->replacement.fd;
    o->stat = place->st;
    return place->exists || fstat(o->fd, &o->stat) == 0 ? 0 : -errno;
}

static int open_path(struct output_file *o, const char *path, bool replaces,
                     struct link_refusal *reterr_refusal)
{
    CLEANUP(output_place_close) struct output_place place = {.folder = -1};
    int r;

    if (is_own_descriptor(path)) {
        o->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        return o->fd < 0 || fstat(o->fd, &o->stat) < 0 ? -errno : 0;
    }
    r = output_place_find(&place, path, reterr_refusal);
    if (r != 0)
        return r == OUTPUT_PLACE_E_REFUSED ? OUTPUT_FILE_E_REFUSED : r;
    if (replaces && (!place.exists || S_ISREG(place.st.st_mode)))
        return open_aside(o, &place);
    return open_in_place(o, &place);
}

int output_file_open(struct output_file **ret_output, const char *path, bool replaces,
                     struct link_refusal *reterr_refusal)
{
    CLEANUP(output_file_freep) struct output_file *o = calloc(1, sizeof(*o));
    int r = 0;

    if (!o)
        return -ENOMEM;
    o->fd = path ? -1 : STDOUT_FILENO;
    o->replacement.fd = o->replacement.folder = -1;
    o->owns_fd = path != NULL;
    if (path)
        r = open_path(o, path, replaces, reterr_refusal);
    else if (fstat(o->fd, &o->stat) < 0)
        r = -errno;
    if (r != 0)
        return r;
    if (S_ISFIFO(o->stat.st_mode))
        fcntl(o->fd, F_SETPIPE_SZ, PIPE_BYTES); /* a smaller pipe is slower, not wrong */
    o->is_terminal = isatty(o->fd);
    *ret_output = TAKE_PTR(o);
    return 0;
}

struct output_file *output_file_free(struct output_file *o)
{
    if (!o)
        return NULL;
    show_rest(o);
    if (o->owns_fd && o->fd >= 0 && !o->is_aside)
        close(o->fd);
    replacement_deinit(&o->replacement);
    free(o->copy);
    free(o);
    return NULL;
}

int output_file_finish(struct output_file *o, bool is_whole)
{
    int copy, r;

    if (show_rest(o) < 0 || (is_whole && begin(o) < 0))
        return o->failure;
    /* File systems that report late do so when any descriptor of the file is closed. */
    copy = fcntl(o->fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return -errno;
    r = close(copy) < 0 && errno != EINTR ? -errno : 0;
    return r == 0 && is_whole && o->is_aside ? replacement_commit(&o->replacement) : r;
}

bool output_file_is(const struct output_file *o, const struct stat *file)
{
    return S_ISREG(file->st_mode) && o->stat.st_dev == file->st_dev &&
           o->stat.st_ino == file->st_ino;
}

int output_file_fd(const struct output_file *o)
{
    return o->fd;
}
