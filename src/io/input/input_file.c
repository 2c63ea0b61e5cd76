/* Bytes pass up to three layers, a plain log only the first:
 *
 *      descriptor ──► decompressor (where the first bytes are those of a compressed file)
 *                         └──► decoder (where there is a byte order mark, or an encoding is given)
 *
 * A read goes straight into the caller's memory. The bytes of the first read are looked at there;
 * where they are compressed or marked, they are moved to the layer that reads them. More bytes are
 * awaited only where they can change that decision, so the first line of a slow pipe is out at
 * once.
 *
 * A file is decompressed once. A file that was compressed twice, and an archive of files, is
 * refused with the reason: read as text it would be one long line without a meaning. */

#include "io/input/input_file.h"

#include "core/base/util.h"
#include "io/files/decompress.h"

#include <fcntl.h>
#include <gloss/decode.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define CHUNK_BYTES (64 * 1024)
#define PIPE_BYTES (1024 * 1024)
#define SNIFF_BYTES 4096

/* What is still unknown about the bytes. */
enum doubt { DOUBT_COMPRESSED, DOUBT_MARK, DOUBT_NONE };

struct input_file {
    int fd;
    bool owns_fd;
    int wake_fd;
    struct stat stat;  /* as it was when opened */
    uint64_t position; /* bytes read from fd */
    enum doubt doubt;
    int failure; /* the negative errno that ended the input; 0: none */

    enum packing packing;
    char *compressed; /* bytes for the decompressor */
    struct decompress_io io;
    struct decompressor *decompressor; /* owned; NULL: the input is not compressed */

    const char *encoding; /* borrowed; NULL: nothing is decoded */
    char *encoded;        /* bytes for the decoder */
    struct gloss_decoder *decoder;
    struct gloss_buf decoded;
    size_t taken; /* bytes of decoded that the caller has */
    bool decoder_ended;

    char sniffed[SNIFF_BYTES]; /* the start of the text, in which UTF-16 without a mark shows */
    size_t n_sniffed;
    char problem[256], remark[256]; /* texts of input_file_problem() and input_file_remark() */
};

/* Waits until a read would not wait. A signal does not end the wait if it comes just before it, so
 * the wait also ends when wake_fd is readable. */
static int wait_readable(const struct input_file *f)
{
    struct pollfd wait[] = {{.fd = f->fd, .events = POLLIN}, {.fd = f->wake_fd, .events = POLLIN}};

    if (poll(wait, ARRAY_SIZE(wait), -1) < 0)
        return -errno;
    return wait[1].revents ? -EINTR : 0;
}

static ssize_t read_fd(struct input_file *f, char *place, size_t size)
{
    int r = S_ISREG(f->stat.st_mode) ? 0 : wait_readable(f);
    ssize_t n;

    if (r < 0)
        return r;
    n = read(f->fd, place, size);
    if (n < 0)
        return errno == EAGAIN ? -EINTR : -errno;
    f->position += (uint64_t)n;
    return n;
}

/* Zeros behind a compressed log are padding. Where they are a hole of the file it is skipped
 * unread. */
static int skip_hole(struct input_file *f)
{
    off_t at, data;

    if (!S_ISREG(f->stat.st_mode) || !decompress_is_padding(f->decompressor))
        return 0;
    at = lseek(f->fd, 0, SEEK_CUR);
    data = lseek(f->fd, at, SEEK_DATA);
    if (data < 0) /* the hole reaches to the end; or the file system does not tell */
        data = errno == ENXIO ? lseek(f->fd, 0, SEEK_END) : lseek(f->fd, at, SEEK_SET);
    if (at < 0 || data < at)
        return -errno;
    decompress_skip(f->decompressor, (uint64_t)(data - at));
    f->position += (uint64_t)(data - at);
    return 0;
}

/* Reads more compressed bytes. Returns 1; 0 at their end; or a negative errno. */
static int refill(struct input_file *f)
{
    int r = skip_hole(f);
    ssize_t n = r < 0 ? r : read_fd(f, f->compressed, CHUNK_BYTES);

    if (n > 0) {
        f->io.in = f->compressed;
        f->io.n_in = (size_t)n;
    }
    return n > 0 ? 1 : (int)n;
}

static ssize_t decompress(struct input_file *f, char *place, size_t size)
{
    int r = 0;

    f->io.out = place;
    f->io.n_out = size;
    while (r == 0) {
        r = decompress_step(f->decompressor, &f->io);
        if (r < 0 || f->io.n_out < size)
            break;
        r = refill(f);
        if (r == 0)
            return decompress_end(f->decompressor);
        r = MIN(r, 0);
    }
    return r < 0 ? r : (ssize_t)(size - f->io.n_out);
}

/* Hands the first bytes of the input, which are compressed, to a decompressor. */
static int start_decompressing(struct input_file *f, enum packing packing, const char *place,
                               size_t n)
{
    f->packing = packing;
    f->compressed = malloc(MAX(n, (size_t)CHUNK_BYTES));
    if (!f->compressed)
        return -ENOMEM;
    memcpy(f->compressed, place, n);
    f->io = (struct decompress_io){.in = f->compressed, .n_in = n};
    return decompress_new(&f->decompressor, packing, DECOMPRESS_MEMORY_MAX);
}

static bool is_woken(const struct input_file *f)
{
    struct pollfd wake = {.fd = f->wake_fd, .events = POLLIN};

    return poll(&wake, 1, /* timeout= */ 0) > 0;
}

/* Reads on behind the n bytes at place. Returns how many bytes there are then. These are still n at
 * the end, and after an error, which the next read meets again. */
static size_t read_behind(struct input_file *f, char *place, size_t n, size_t size,
                          ssize_t (*read_fn)(struct input_file *, char *, size_t))
{
    ssize_t more;

    do
        more = read_fn(f, place + n, size - n);
    while (more == -EINTR && !is_woken(f));
    return n + (size_t)MAX(more, (ssize_t)0);
}

static ssize_t read_bytes(struct input_file *f, char *place, size_t size)
{
    return f->decompressor ? decompress(f, place, size) : read_fd(f, place, size);
}

/* Reads as many of the first bytes as are needed to tell how they are compressed. */
static ssize_t read_head(struct input_file *f, char *place, size_t size, enum packing *ret_packing)
{
    ssize_t first = read_bytes(f, place, size);
    size_t n = (size_t)MAX(first, (ssize_t)0), before = 0;
    bool undecided;

    *ret_packing = PACKING_NONE;
    while (n > before) {
        *ret_packing = packing_of(place, n, &undecided);
        if (*ret_packing != PACKING_NONE || !(undecided || packing_may_be_tar(place, n)))
            break;
        before = n;
        n = read_behind(f, place, n, size, read_bytes);
    }
    return first < 0 ? first : (ssize_t)n;
}

/* Ends the input with a problem, since its bytes are no text. */
static ssize_t refuse(struct input_file *f, enum packing packing)
{
    const char *name = packing_name(packing), *command = packing_command(packing);

    if (packing == PACKING_TAR)
        snprintf(f->problem, sizeof(f->problem),
                 "is a tar archive, not a log; extract it first: %s", command);
    else if (f->decompressor)
        snprintf(f->problem, sizeof(f->problem),
                 "is compressed twice, with %s and then with %s; decompress it once first: %s",
                 name, packing_name(f->packing), packing_command(f->packing));
    else
        snprintf(f->problem, sizeof(f->problem),
                 "is compressed with %s, which glossd cannot read; decompress it first: %s", name,
                 command);
    return -ENOTSUP;
}

/* The first bytes of the log, decompressed where they were compressed. Bytes that are compressed
 * all the same are refused. */
static ssize_t read_first_decompressed(struct input_file *f, char *place, size_t size)
{
    enum packing packing = PACKING_NONE;
    ssize_t n = 0;

    if (!f->decompressor) {
        n = read_head(f, place, size, &packing);
        if (n > 0 && packing_is_unpacked(packing)) {
            int r = start_decompressing(f, packing, place, (size_t)n);

            if (r < 0)
                return r;
        }
    }
    if (f->decompressor)
        n = read_head(f, place, size, &packing);
    if (n >= 0)
        f->doubt = DOUBT_MARK;
    return n > 0 && packing != PACKING_NONE ? refuse(f, packing) : n;
}

/* Bytes of the log, decompressed where they were compressed. */
static ssize_t read_decompressed(struct input_file *f, char *place, size_t size)
{
    return f->doubt == DOUBT_COMPRESSED ? read_first_decompressed(f, place, size)
                                        : read_bytes(f, place, size);
}

/* Copies decoded bytes to the caller. Returns how many; 0: there are none. */
static ssize_t take_decoded(struct input_file *f, char *place, size_t size)
{
    size_t n = MIN(size, f->decoded.len - f->taken);

    if (n == 0)
        return 0;
    memcpy(place, f->decoded.ptr + f->taken, n);
    f->taken += n;
    return (ssize_t)n;
}

static int decode(struct input_file *f, const char *bytes, size_t n)
{
    gloss_buf_clear(&f->decoded);
    f->taken = 0;
    if (n > 0)
        gloss_decoder_feed(f->decoder, gloss_span(bytes, n), &f->decoded);
    else
        gloss_decoder_finish(f->decoder, &f->decoded);
    f->decoder_ended = n == 0;
    return f->decoded.failed ? -ENOMEM : 0;
}

static ssize_t read_decoded(struct input_file *f, char *place, size_t size)
{
    ssize_t n;

    while ((n = take_decoded(f, place, size)) == 0 && !f->decoder_ended) {
        ssize_t fed = read_decompressed(f, f->encoded, CHUNK_BYTES);
        int r;

        if (fed < 0)
            return fed;
        r = decode(f, f->encoded, (size_t)fed);
        if (r < 0)
            return r;
    }
    return n;
}

static int start_decoding(struct input_file *f, const char *encoding)
{
    int r = gloss_decoder_new(&f->decoder, encoding);

    if (r < 0)
        return r;
    f->encoding = encoding;
    f->doubt = f->doubt == DOUBT_MARK ? DOUBT_NONE : f->doubt;
    f->encoded = malloc(CHUNK_BYTES);
    return f->encoded ? 0 : -ENOMEM;
}

/* The first bytes of a text for which no encoding was given. */
static ssize_t read_first(struct input_file *f, char *place, size_t size)
{
    ssize_t first = read_decompressed(f, place, size);
    size_t n = (size_t)MAX(first, (ssize_t)0), before = 0;
    const char *encoding;
    int r;

    if (first <= 0)
        return first;
    while (n > before && gloss_encoding_undecided(gloss_span(place, n))) {
        before = n;
        n = read_behind(f, place, n, size, read_decompressed);
    }
    f->doubt = DOUBT_NONE;
    encoding = gloss_encoding_name(gloss_encoding_guess(gloss_span(place, n)));
    if (!encoding)
        return (ssize_t)n;
    r = start_decoding(f, encoding);
    if (r == 0)
        r = decode(f, place, n);
    return r < 0 ? r : read_decoded(f, place, size);
}

static void sniff(struct input_file *f, const char *bytes, size_t n)
{
    size_t take = MIN(n, sizeof(f->sniffed) - f->n_sniffed);

    memcpy(f->sniffed + f->n_sniffed, bytes, take);
    f->n_sniffed += take;
}

/* At the end of a regular file: whether it was cut off since it was opened. */
static bool has_shrunk(const struct input_file *f)
{
    struct stat now;

    return S_ISREG(f->stat.st_mode) && fstat(f->fd, &now) == 0 && now.st_size < f->stat.st_size &&
           f->position < (uint64_t)f->stat.st_size;
}

ssize_t input_file_read(struct input_file *f, char *place, size_t size)
{
    ssize_t n;

    if (f->failure < 0)
        return f->failure;
    if (f->decoder)
        n = read_decoded(f, place, size);
    else if (f->doubt != DOUBT_NONE)
        n = read_first(f, place, size);
    else
        n = read_decompressed(f, place, size);

    if (n > 0 && f->n_sniffed < sizeof(f->sniffed) && !f->decoder)
        sniff(f, place, (size_t)n);
    if (n == 0 && has_shrunk(f))
        n = -ESTALE;
    if (n < 0 && n != -EINTR)
        f->failure = (int)n;
    return n;
}

static int check_kind(struct input_file *f)
{
    if (fstat(f->fd, &f->stat) < 0)
        return -errno;
    if (S_ISDIR(f->stat.st_mode))
        return -EISDIR;
    if (S_ISFIFO(f->stat.st_mode))
        fcntl(f->fd, F_SETPIPE_SZ, PIPE_BYTES); /* a smaller pipe is slower, not wrong */
    if (S_ISREG(f->stat.st_mode))
        posix_fadvise(f->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return 0;
}

int input_file_open(struct input_file **ret_file, const char *path,
                    const struct input_file_options *options)
{
    CLEANUP(input_file_freep) struct input_file *f = calloc(1, sizeof(*f));
    int r;

    if (!f)
        return -ENOMEM;
    f->wake_fd = options->wake_fd;
    f->owns_fd = !STREQ(path, "-");
    f->fd = f->owns_fd ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : STDIN_FILENO;
    if (f->fd < 0)
        return -errno;
    r = check_kind(f);
    if (r == 0 && options->encoding)
        r = start_decoding(f, options->encoding);
    if (r < 0)
        return r;
    *ret_file = TAKE_PTR(f);
    return 0;
}

struct input_file *input_file_free(struct input_file *f)
{
    if (!f)
        return NULL;
    decompress_free(f->decompressor);
    gloss_decoder_free(f->decoder);
    gloss_buf_deinit(&f->decoded);
    free(f->compressed);
    free(f->encoded);
    if (f->owns_fd && f->fd >= 0)
        close(f->fd);
    free(f);
    return NULL;
}

void input_file_ignore_wake(struct input_file *f)
{
    f->wake_fd = -1;
}

const char *input_file_problem(const struct input_file *f)
{
    if (f->problem[0])
        return f->problem;
    if (f->decompressor && decompress_problem(f->decompressor))
        return decompress_problem(f->decompressor);
    if (f->failure == -ESTALE)
        return "shrank while it was read; what was cut off is missing";
    return NULL;
}

/* A remark on text that was not decoded and should have been. */
static void remark_on_raw_bytes(struct input_file *f)
{
    enum gloss_encoding_guess guess = gloss_encoding_guess(gloss_span(f->sniffed, f->n_sniffed));
    int bits = guess == GLOSS_ENCODING_UTF32_UNMARKED ? 32 : 16;

    if (guess == GLOSS_ENCODING_UTF16_UNMARKED || guess == GLOSS_ENCODING_UTF32_UNMARKED)
        snprintf(f->remark, sizeof(f->remark),
                 "looks like UTF-%d without a byte order mark, so no code can be found; give "
                 "--encoding utf-%dle or utf-%dbe",
                 bits, bits, bits);
}

const char *input_file_remark(struct input_file *f)
{
    uint64_t errors = f->decoder ? gloss_decoder_errors(f->decoder) : 0;

    if (errors > 0)
        snprintf(f->remark, sizeof(f->remark),
                 "not %s in %llu place%s, which became U+FFFD; is it another --encoding?",
                 f->encoding, (unsigned long long)errors, errors == 1 ? "" : "s");
    else if (!f->decoder)
        remark_on_raw_bytes(f);
    return f->remark[0] ? f->remark : NULL;
}

int input_file_fd(const struct input_file *f)
{
    return f->fd;
}

uint64_t input_file_position(const struct input_file *f)
{
    return f->position;
}

uint64_t input_file_size(const struct input_file *f)
{
    return S_ISREG(f->stat.st_mode) ? (uint64_t)f->stat.st_size : 0;
}
