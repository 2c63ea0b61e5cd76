/* Three layers, of which a plain log needs one:
 *
 *      descriptor ──► decompressor (when the first bytes are those of a packed stream)
 *                         └──► decoder (when the first bytes are a mark, or an encoding is given)
 *
 * A read goes straight into the caller's memory. Only the first one is looked at there, and when it
 * turns out to be packed or marked it is moved behind the layer that can read it. A guess never
 * waits for more bytes than can change it, so the first line of a slow pipe is out at once.
 *
 * One layer of packing is undone. What is packed twice, or holds files rather than a log, is
 * refused by name: read as text it would be one long line of noise. */

#include "io/input/input_file.h"

#include "core/base/util.h"
#include "io/files/decompress.h"

#include <fcntl.h>
#include <gloss/decode.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define PULL_BYTES (64 * 1024)
#define PIPE_BYTES (1024 * 1024)
#define SNIFF_BYTES 4096

/* What is still unknown about the bytes. */
enum doubt { DOUBT_PACKED, DOUBT_MARK, DOUBT_NONE };

struct input_file {
    int fd;
    bool owns_fd;
    int wake_fd;
    struct stat stat; /* as it was when opened */
    uint64_t position;
    enum doubt doubt;
    int failure; /* negative errno that ended the stream; 0: none */

    enum packing packing;
    char *packed; /* room for packed bytes */
    struct decompress_io io;
    struct decompressor *decompressor; /* owned; NULL: it is not packed */

    const char *encoding; /* borrowed; NULL: nothing to decode */
    char *encoded;        /* room for what the decoder is fed */
    struct gloss_decoder *decoder;
    struct gloss_buf decoded;
    size_t taken; /* bytes of decoded that were handed out */
    bool decoder_ended;

    char sniffed[SNIFF_BYTES]; /* how the text begins, to tell UTF-16 and UTF-32 without a mark */
    size_t n_sniffed;
    char problem[256], remark[256];
};

/* Waits until a read would not wait. A signal does not end the wait if it comes just before it, so
 * the wait also ends when wake_fd is readable. */
static int wait_readable(const struct input_file *s)
{
    struct pollfd wait[] = {{.fd = s->fd, .events = POLLIN}, {.fd = s->wake_fd, .events = POLLIN}};

    if (poll(wait, ARRAY_SIZE(wait), -1) < 0)
        return -errno;
    return wait[1].revents ? -EINTR : 0;
}

static ssize_t read_fd(struct input_file *s, char *place, size_t size)
{
    int r = S_ISREG(s->stat.st_mode) ? 0 : wait_readable(s);
    ssize_t n;

    if (r < 0)
        return r;
    n = read(s->fd, place, size);
    if (n < 0)
        return errno == EAGAIN ? -EINTR : -errno;
    s->position += (uint64_t)n;
    return n;
}

/* Passes over the hole that padding may lie in. */
static int skip_hole(struct input_file *s)
{
    off_t at, data;

    if (!S_ISREG(s->stat.st_mode) || !decompress_is_padding(s->decompressor))
        return 0;
    at = lseek(s->fd, 0, SEEK_CUR);
    data = lseek(s->fd, at, SEEK_DATA);
    if (data < 0) /* the hole reaches to the end, or nobody can tell */
        data = errno == ENXIO ? lseek(s->fd, 0, SEEK_END) : lseek(s->fd, at, SEEK_SET);
    if (at < 0 || data < at)
        return -errno;
    decompress_skip(s->decompressor, (uint64_t)(data - at));
    s->position += (uint64_t)(data - at);
    return 0;
}

/* Packed bytes for the decompressor. Returns 1, 0 at their end, or a negative errno. */
static int refill(struct input_file *s)
{
    int r = skip_hole(s);
    ssize_t n = r < 0 ? r : read_fd(s, s->packed, PULL_BYTES);

    if (n > 0) {
        s->io.in = s->packed;
        s->io.n_in = (size_t)n;
    }
    return n > 0 ? 1 : (int)n;
}

static ssize_t decompress(struct input_file *s, char *place, size_t size)
{
    int r = 0;

    s->io.out = place;
    s->io.n_out = size;
    while (r == 0) {
        r = decompress_step(s->decompressor, &s->io);
        if (r < 0 || s->io.n_out < size)
            break;
        r = refill(s);
        if (r == 0)
            return decompress_end(s->decompressor);
        r = MIN(r, 0);
    }
    return r < 0 ? r : (ssize_t)(size - s->io.n_out);
}

/* The bytes at place are the begin of a packed stream: a decompressor takes them over. */
static int begin_decompressing(struct input_file *s, enum packing packing, const char *place,
                               size_t n)
{
    s->packing = packing;
    s->packed = malloc(MAX(n, (size_t)PULL_BYTES));
    if (!s->packed)
        return -ENOMEM;
    memcpy(s->packed, place, n);
    s->io = (struct decompress_io){.in = s->packed, .n_in = n};
    return decompress_new(&s->decompressor, packing);
}

static bool is_woken(const struct input_file *s)
{
    struct pollfd wake = {.fd = s->wake_fd, .events = POLLIN};

    return poll(&wake, 1, /* timeout= */ 0) > 0;
}

/* Reads on behind the n bytes at place. Returns how many there are then: the same n at the end, and
 * where an error comes, which comes again with the next read. */
static size_t read_behind(struct input_file *s, char *place, size_t n, size_t size,
                          ssize_t (*read_fn)(struct input_file *, char *, size_t))
{
    ssize_t more;

    do
        more = read_fn(s, place + n, size - n);
    while (more == -EINTR && !is_woken(s));
    return n + (size_t)MAX(more, (ssize_t)0);
}

static ssize_t read_bytes(struct input_file *s, char *place, size_t size)
{
    return s->decompressor ? decompress(s, place, size) : read_fd(s, place, size);
}

/* As many of the first bytes as tell how they are packed. */
static ssize_t read_head(struct input_file *s, char *place, size_t size, enum packing *ret_packing)
{
    ssize_t first = read_bytes(s, place, size);
    size_t n = (size_t)MAX(first, (ssize_t)0), before = 0;
    bool undecided;

    *ret_packing = PACKING_NONE;
    while (n > before) {
        *ret_packing = packing_of(place, n, &undecided);
        if (*ret_packing != PACKING_NONE || !(undecided || packing_may_be_tar(place, n)))
            break;
        before = n;
        n = read_behind(s, place, n, size, read_bytes);
    }
    return first < 0 ? first : (ssize_t)n;
}

/* Nobody would find a line in that. */
static ssize_t refuse(struct input_file *s, enum packing packing)
{
    const char *name = packing_name(packing), *command = packing_command(packing);

    if (packing == PACKING_TAR)
        snprintf(s->problem, sizeof(s->problem),
                 "is a tar archive, not a log; extract it first: %s", command);
    else if (s->decompressor)
        snprintf(s->problem, sizeof(s->problem),
                 "is compressed twice, with %s and then with %s; decompress it once first: %s",
                 name, packing_name(s->packing), packing_command(s->packing));
    else
        snprintf(s->problem, sizeof(s->problem),
                 "is compressed with %s, which glossd cannot read; decompress it first: %s", name,
                 command);
    return -ENOTSUP;
}

/* The first bytes of the log as it was before somebody packed it, which nobody unpacks twice. */
static ssize_t read_first_unpacked(struct input_file *s, char *place, size_t size)
{
    enum packing packing = PACKING_NONE;
    ssize_t n = 0;

    if (!s->decompressor) {
        n = read_head(s, place, size, &packing);
        if (n > 0 && packing_is_unpacked(packing)) {
            int r = begin_decompressing(s, packing, place, (size_t)n);

            if (r < 0)
                return r;
        }
    }
    if (s->decompressor)
        n = read_head(s, place, size, &packing);
    if (n >= 0)
        s->doubt = DOUBT_MARK;
    return n > 0 && packing != PACKING_NONE ? refuse(s, packing) : n;
}

/* Bytes of the log as it was before somebody packed it. */
static ssize_t read_unpacked(struct input_file *s, char *place, size_t size)
{
    return s->doubt == DOUBT_PACKED ? read_first_unpacked(s, place, size)
                                    : read_bytes(s, place, size);
}

/* Hands out what is decoded already; 0 when that is nothing. */
static ssize_t take_decoded(struct input_file *s, char *place, size_t size)
{
    size_t n = MIN(size, s->decoded.len - s->taken);

    if (n == 0)
        return 0;
    memcpy(place, s->decoded.ptr + s->taken, n);
    s->taken += n;
    return (ssize_t)n;
}

static int decode(struct input_file *s, const char *bytes, size_t n)
{
    gloss_buf_clear(&s->decoded);
    s->taken = 0;
    if (n > 0)
        gloss_decoder_feed(s->decoder, gloss_span(bytes, n), &s->decoded);
    else
        gloss_decoder_finish(s->decoder, &s->decoded);
    s->decoder_ended = n == 0;
    return s->decoded.failed ? -ENOMEM : 0;
}

static ssize_t read_decoded(struct input_file *s, char *place, size_t size)
{
    ssize_t n;

    while ((n = take_decoded(s, place, size)) == 0 && !s->decoder_ended) {
        ssize_t fed = read_unpacked(s, s->encoded, PULL_BYTES);
        int r;

        if (fed < 0)
            return fed;
        r = decode(s, s->encoded, (size_t)fed);
        if (r < 0)
            return r;
    }
    return n;
}

static int begin_decoding(struct input_file *s, const char *encoding)
{
    int r = gloss_decoder_new(&s->decoder, encoding);

    if (r < 0)
        return r;
    s->encoding = encoding;
    s->doubt = s->doubt == DOUBT_MARK ? DOUBT_NONE : s->doubt;
    s->encoded = malloc(PULL_BYTES);
    return s->encoded ? 0 : -ENOMEM;
}

/* The first bytes of a text of which no encoding was given. */
static ssize_t read_first(struct input_file *s, char *place, size_t size)
{
    ssize_t first = read_unpacked(s, place, size);
    size_t n = (size_t)MAX(first, (ssize_t)0), before = 0;
    const char *encoding;
    int r;

    if (first <= 0)
        return first;
    while (n > before && gloss_encoding_undecided(gloss_span(place, n))) {
        before = n;
        n = read_behind(s, place, n, size, read_unpacked);
    }
    s->doubt = DOUBT_NONE;
    encoding = gloss_encoding_name(gloss_encoding_guess(gloss_span(place, n)));
    if (!encoding)
        return (ssize_t)n;
    r = begin_decoding(s, encoding);
    if (r == 0)
        r = decode(s, place, n);
    return r < 0 ? r : read_decoded(s, place, size);
}

static void sniff(struct input_file *s, const char *bytes, size_t n)
{
    size_t take = MIN(n, sizeof(s->sniffed) - s->n_sniffed);

    memcpy(s->sniffed + s->n_sniffed, bytes, take);
    s->n_sniffed += take;
}

/* At the end of a regular file: whether it was cut off since it was opened. */
static bool has_shrunk(const struct input_file *s)
{
    struct stat now;

    return S_ISREG(s->stat.st_mode) && fstat(s->fd, &now) == 0 && now.st_size < s->stat.st_size &&
           s->position < (uint64_t)s->stat.st_size;
}

ssize_t input_file_read(struct input_file *s, char *place, size_t size)
{
    ssize_t n;

    if (s->failure < 0)
        return s->failure;
    if (s->decoder)
        n = read_decoded(s, place, size);
    else if (s->doubt != DOUBT_NONE)
        n = read_first(s, place, size);
    else
        n = read_unpacked(s, place, size);

    if (n > 0 && s->n_sniffed < sizeof(s->sniffed) && !s->decoder)
        sniff(s, place, (size_t)n);
    if (n == 0 && has_shrunk(s))
        n = -ESTALE;
    if (n < 0 && n != -EINTR)
        s->failure = (int)n;
    return n;
}

static int check_kind(struct input_file *s)
{
    if (fstat(s->fd, &s->stat) < 0)
        return -errno;
    if (S_ISDIR(s->stat.st_mode))
        return -EISDIR;
    if (S_ISFIFO(s->stat.st_mode))
        fcntl(s->fd, F_SETPIPE_SZ, PIPE_BYTES); /* a smaller pipe is slower, not wrong */
    if (S_ISREG(s->stat.st_mode))
        posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return 0;
}

int input_file_open(struct input_file **ret_source, const char *path,
                    const struct input_file_options *options)
{
    CLEANUP(input_file_freep) struct input_file *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return -ENOMEM;
    s->wake_fd = options->wake_fd;
    s->owns_fd = !STREQ(path, "-");
    s->fd = s->owns_fd ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
    if (s->fd < 0)
        return -errno;
    r = check_kind(s);
    if (r == 0 && options->encoding)
        r = begin_decoding(s, options->encoding);
    if (r < 0)
        return r;
    *ret_source = TAKE_PTR(s);
    return 0;
}

struct input_file *input_file_free(struct input_file *s)
{
    if (!s)
        return NULL;
    decompress_free(s->decompressor);
    gloss_decoder_free(s->decoder);
    gloss_buf_deinit(&s->decoded);
    free(s->packed);
    free(s->encoded);
    if (s->owns_fd && s->fd >= 0)
        close(s->fd);
    free(s);
    return NULL;
}

void input_file_ignore_wake(struct input_file *s)
{
    s->wake_fd = -1;
}

const char *input_file_problem(const struct input_file *s)
{
    if (s->problem[0])
        return s->problem;
    if (s->decompressor && decompress_problem(s->decompressor))
        return decompress_problem(s->decompressor);
    if (s->failure == -ESTALE)
        return "shrank while it was read; what was cut off is missing";
    return NULL;
}

/* Bytes that were taken as they are, and should not have been. */
static void remark_on_bytes(struct input_file *s)
{
    enum gloss_encoding_guess guess = gloss_encoding_guess(gloss_span(s->sniffed, s->n_sniffed));
    int bits = guess == GLOSS_ENCODING_UTF32_UNMARKED ? 32 : 16;

    if (guess == GLOSS_ENCODING_UTF16_UNMARKED || guess == GLOSS_ENCODING_UTF32_UNMARKED)
        snprintf(s->remark, sizeof(s->remark),
                 "looks like UTF-%d without a byte order mark, so no code can be found; give "
                 "--encoding utf-%dle or utf-%dbe",
                 bits, bits, bits);
}

const char *input_file_remark(struct input_file *s)
{
    uint64_t errors = s->decoder ? gloss_decoder_errors(s->decoder) : 0;

    if (errors > 0)
        snprintf(s->remark, sizeof(s->remark),
                 "not %s in %llu place%s, which became U+FFFD; is it another --encoding?",
                 s->encoding, (unsigned long long)errors, errors == 1 ? "" : "s");
    else if (!s->decoder)
        remark_on_bytes(s);
    return s->remark[0] ? s->remark : NULL;
}

int input_file_fd(const struct input_file *s)
{
    return s->fd;
}

uint64_t input_file_position(const struct input_file *s)
{
    return s->position;
}

uint64_t input_file_size(const struct input_file *s)
{
    return S_ISREG(s->stat.st_mode) ? (uint64_t)s->stat.st_size : 0;
}
