/* An unpacker only goes forwards, and a follower goes a little back at each turn, to see whether
 * what it has read is still there:
 *
 *      head                         window        at
 *     ├─────┤·······················├─────────────┤                 unpacked bytes
 *      kept   gone, unpacked again   kept          comes next
 *             when asked for
 *
 * At the end the unpacker is given back; a file that has grown by then is unpacked from its begin,
 * for no library goes on behind an end that it has seen. */

#include "io/files/decompressed_file.h"

#include "core/base/util.h"
#include "io/files/decompress.h"
#include "io/files/fingerprint.h"

#include <stdio.h>
#include <unistd.h>

#define RAW_BYTES ((size_t)64 * 1024)
#define SKIP_BYTES ((size_t)16 * 1024)
#define MAGIC_BYTES 16

struct decompressed_file {
    int fd;
    enum decompress_kind kind;
    struct decompressor *unpacker; /* owned; NULL: before the begin, or at the end */
    char *raw;                     /* owned; what the unpacker was given last */
    uint64_t raw_at;
    uint64_t at; /* unpacked bytes so far */
    bool ended;
    char head[DECOMPRESSED_FILE_BACK_BYTES], window[DECOMPRESSED_FILE_BACK_BYTES];
    size_t n_head, n_window;
    char problem[160]; /* "": none */
};

int decompressed_file_new(struct decompressed_file **ret_packed, int fd)
{
    char magic[MAGIC_BYTES];
    ssize_t n = pread(fd, magic, sizeof(magic), 0);
    enum decompress_kind kind;
    struct decompressed_file *p;
    bool undecided;

    if (n < 0)
        return -errno;
    kind = decompress_guess(magic, (size_t)n, &undecided);
    if (kind == DECOMPRESS_NONE)
        return undecided ? DECOMPRESSED_FILE_E_SHORT : DECOMPRESSED_FILE_E_PLAIN;
    p = calloc(1, sizeof(*p));
    if (!p)
        return -ENOMEM;
    p->fd = fd;
    p->kind = kind;
    *ret_packed = p;
    return 0;
}

static void give_back(struct decompressed_file *p)
{
    if (p->unpacker)
        p->unpacker->free(p->unpacker);
    p->unpacker = NULL;
    free(p->raw);
    p->raw = NULL;
}

struct decompressed_file *decompressed_file_free(struct decompressed_file *p)
{
    if (p)
        give_back(p);
    free(p);
    return NULL;
}

void decompressed_file_move(struct decompressed_file *p, int fd)
{
    p->fd = fd;
}

static void go_to_begin(struct decompressed_file *p)
{
    give_back(p);
    p->raw_at = p->at = 0;
    p->n_window = 0;
    p->ended = false;
    p->problem[0] = '\0';
}

void decompressed_file_restart(struct decompressed_file *p)
{
    go_to_begin(p);
    p->n_head = 0;
}

bool decompressed_file_at_end(const struct decompressed_file *p)
{
    return p->ended;
}

const char *decompressed_file_problem(const struct decompressed_file *p)
{
    return p->problem[0] ? p->problem : NULL;
}

static ssize_t pull(void *ctx, const char **ret_bytes)
{
    struct decompressed_file *p = ctx;
    ssize_t n;

    do
        n = pread(p->fd, p->raw, RAW_BYTES, (off_t)p->raw_at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    p->raw_at += (uint64_t)n;
    *ret_bytes = p->raw;
    return n;
}

static int begin(struct decompressed_file *p)
{
    p->raw = malloc(RAW_BYTES);
    return p->raw ? decompress_new(&p->unpacker, p->kind, pull, p) : -ENOMEM;
}

/* Remembers bytes that came: the first ones, and the last ones. */
static void note(struct decompressed_file *p, const char *bytes, size_t n)
{
    size_t room = sizeof(p->window), keep;

    if (p->at < sizeof(p->head)) {
        size_t at = (size_t)p->at, n_new = MIN(n, sizeof(p->head) - at);

        memcpy(p->head + at, bytes, n_new);
        p->n_head = MAX(p->n_head, at + n_new);
    }
    p->at += n;
    if (n >= room) {
        memcpy(p->window, bytes + n - room, room);
        p->n_window = room;
        return;
    }
    keep = MIN(p->n_window, room - n);
    memmove(p->window, p->window + p->n_window - keep, keep);
    memcpy(p->window + keep, bytes, n);
    p->n_window = keep + n;
}

static int end(struct decompressed_file *p, const char *problem)
{
    snprintf(p->problem, sizeof(p->problem), "%s", problem ? problem : "");
    p->ended = true;
    give_back(p);
    return 0;
}

/* The next unpacked bytes; 0 at the end. What fails for another reason than the bytes themselves is
 * tried again from the begin. */
static ssize_t next(struct decompressed_file *p, char *place, size_t size)
{
    ssize_t n;

    if (p->ended)
        return 0;
    n = p->unpacker ? 0 : begin(p);
    if (n == 0)
        n = p->unpacker->read(p->unpacker, place, size);
    if (n > 0)
        note(p, place, (size_t)n);
    else if (n == 0)
        end(p, /* problem= */ NULL);
    else if (n == -EBADMSG)
        return end(p, p->unpacker ? p->unpacker->problem : "the compressed data is damaged");
    else
        go_to_begin(p);
    return n;
}

/* Returns 0, also where the end comes before the offset; or a negative errno. */
static int skip_to(struct decompressed_file *p, uint64_t offset)
{
    uint64_t from = p->at;
    char bytes[SKIP_BYTES];

    while (p->at < offset) {
        ssize_t n = next(p, bytes, (size_t)MIN((uint64_t)sizeof(bytes), offset - p->at));

        if (n <= 0)
            return (int)n;
        if (p->at < offset && p->at - from >= DECOMPRESSED_FILE_STEP_BYTES)
            return -EAGAIN;
    }
    return 0;
}

ssize_t decompressed_file_read(struct decompressed_file *p, char *place, size_t size,
                               uint64_t offset)
{
    size_t done = 0;
    int r;

    if (offset + size <= p->n_head) {
        memcpy(place, p->head + offset, size);
        return (ssize_t)size;
    }
    if (offset + p->n_window < p->at)
        go_to_begin(p);
    r = skip_to(p, offset);
    if (r < 0 || p->at < offset)
        return r;
    if (offset < p->at) {
        size_t back = (size_t)(p->at - offset);

        done = MIN(back, size);
        memcpy(place, p->window + p->n_window - back, done);
    }
    while (done < size) {
        ssize_t n = next(p, place + done, size - done);

        if (n < 0)
            return n;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

bool decompressed_file_starts_with(struct decompressed_file *p, struct fingerprint head_print)
{
    char bytes[FINGERPRINT_BYTES];
    ssize_t n = decompressed_file_read(p, bytes, head_print.len, /* offset= */ 0);

    return head_print.len > 0 && n == (ssize_t)head_print.len &&
           fingerprint_equal(fingerprint_of(bytes, head_print.len), head_print);
}
