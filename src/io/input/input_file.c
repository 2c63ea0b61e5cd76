/* Three layers, of which a plain log needs one:
 *
 *      descriptor ──► unpacker (when the first bytes are those of a packed stream)
 *                         └──► decoder (when the first bytes are a mark, or an encoding is given)
 *
 * A read goes straight into the caller's memory. Only the first one is looked at there, and when it
 * turns out to be packed or marked it is moved behind the layer that can read it. A guess never
 * waits for more bytes than can change it, so the first line of a slow pipe is out at once. */

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

    char *packed;   /* room for what the unpacker pulls */
    size_t n_first; /* packed bytes that stand there already, read while guessing */
    struct decompressor *unpacker;

    const char *encoding; /* borrowed; NULL: nothing to decode */
    char *encoded;        /* room for what the decoder is fed */
    struct gloss_decoder *decoder;
    struct gloss_buf decoded;
    size_t taken; /* bytes of decoded that were handed out */
    bool decoder_ended;

    char sniffed[SNIFF_BYTES]; /* how the text begins, to tell UTF-16 and UTF-32 without a mark */
    size_t n_sniffed;
    char remark[256];
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

static ssize_t on_pull(void *ctx, const char **ret_bytes)
{
    struct input_file *s = ctx;
    ssize_t n = (ssize_t)s->n_first;

    if (n > 0)
        s->n_first = 0;
    else
        n = read_fd(s, s->packed, PULL_BYTES);
    *ret_bytes = s->packed;
    return n;
}

/* The bytes at place are the begin of a packed stream: an unpacker takes them over. */
static int begin_unpacking(struct input_file *s, enum decompress_kind kind, const char *place,
                           size_t n)
{
    s->packed = malloc(MAX(n, (size_t)PULL_BYTES));
    if (!s->packed)
        return -ENOMEM;
    memcpy(s->packed, place, n);
    s->n_first = n;
    return decompress_new(&s->unpacker, kind, on_pull, s);
}

/* Reads on behind the n bytes at place. Returns how many there are then; the same n at the end. */
static ssize_t read_behind(struct input_file *s, char *place, size_t n, size_t size,
                           ssize_t (*read_fn)(struct input_file *, char *, size_t))
{
    ssize_t more;

    do
        more = read_fn(s, place + n, size - n);
    while (more == -EINTR);
    return more < 0 ? more : (ssize_t)n + more;
}

/* Bytes of the log as it was before somebody packed it. */
static ssize_t read_unpacked(struct input_file *s, char *place, size_t size)
{
    bool undecided = true;
    ssize_t n;

    if (s->doubt != DOUBT_PACKED)
        return s->unpacker ? s->unpacker->read(s->unpacker, place, size) : read_fd(s, place, size);
    n = read_fd(s, place, size);
    while (n > 0) {
        enum decompress_kind kind = decompress_guess(place, (size_t)n, &undecided);
        ssize_t before = n;

        if (kind != DECOMPRESS_NONE) {
            int r = begin_unpacking(s, kind, place, (size_t)n);

            s->doubt = DOUBT_MARK;
            return r < 0 ? r : s->unpacker->read(s->unpacker, place, size);
        }
        if (!undecided)
            break;
        n = read_behind(s, place, (size_t)n, size, read_fd);
        if (n == before)
            break;
    }
    if (n >= 0)
        s->doubt = DOUBT_MARK;
    return n;
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
    ssize_t n = read_unpacked(s, place, size), before = 0;
    const char *encoding;
    int r;

    while (n > before && gloss_encoding_undecided(gloss_span(place, (size_t)n))) {
        before = n;
        n = read_behind(s, place, (size_t)n, size, read_unpacked);
    }
    if (n <= 0)
        return n;
    s->doubt = DOUBT_NONE;
    encoding = gloss_encoding_name(gloss_encoding_guess(gloss_span(place, (size_t)n)));
    if (!encoding)
        return n;
    r = begin_decoding(s, encoding);
    if (r == 0)
        r = decode(s, place, (size_t)n);
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
    if (s->unpacker)
        s->unpacker->free(s->unpacker);
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
    if (s->unpacker && s->unpacker->problem)
        return s->unpacker->problem;
    if (s->failure == -ESTALE)
        return "shrank while it was read; what was cut off is missing";
    return NULL;
}

/* Bytes that were taken as they are, and should not have been. */
static void remark_on_bytes(struct input_file *s)
{
    enum gloss_encoding_guess guess = gloss_encoding_guess(gloss_span(s->sniffed, s->n_sniffed));
    const char *packer = decompress_foreign(s->sniffed, s->n_sniffed);
    int bits = guess == GLOSS_ENCODING_UTF32_UNMARKED ? 32 : 16;

    if (packer)
        snprintf(s->remark, sizeof(s->remark),
                 "is compressed with %s, which glossd cannot read, so no code can be found; "
                 "decompress it first",
                 packer);
    else if (guess == GLOSS_ENCODING_UTF16_UNMARKED || guess == GLOSS_ENCODING_UTF32_UNMARKED)
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
