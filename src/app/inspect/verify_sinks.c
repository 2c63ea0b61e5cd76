/* Checks what a sink holds up to its committed length:
 *
 *     every sink            is the file with that identity, is that long, ends with a line there
 *     text of whole logs    is rendered again and compared, byte by byte
 *     every other sink      ends with the bytes that were written last
 *
 * The second check needs everything that went into the sink: all files of its sources, the sink
 * from its first byte on, and the catalogs of that time. Several files may have been read in turns,
 * so the sink is a merge of their lines, in an order that is not known. At the start of each line
 * the comparison goes on with the file whose next line stands there; if the file of the line before
 * is one of them, with that one. When two files have the same next line, the choice is a guess;
 * when lines differ after a guess, the verdict is that nobody can tell. */

#include "app/common/clock.h"
#include "app/config/config.h"
#include "app/config/config_kind.h"
#include "app/inspect/replay.h"
#include "app/inspect/verify.h"
#include "core/base/first_line.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/files/relocate.h"
#include "io/files/rotated_names.h"
#include "io/output/sink_file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#define STREAMS_MAX 64
#define WINDOW_BYTES ((size_t)256 * 1024)
#define CLOCK_NS (20 * MS_NS) /* file systems give birth times in steps of some milliseconds */

/* ---- the file ---- */

struct verified_sink {
    const struct verify_sink *sink;
    int fd;
    char *window;   /* n bytes of the file, from `begin` on */
    uint64_t begin; /* offset in the file */
    size_t n;
};

static void verified_sink_deinit(struct verified_sink *f)
{
    if (f->fd >= 0)
        close(f->fd);
    free(f->window);
}

static int open_if_same(const char *path, const struct verify_sink *sink)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? -ENOENT : -errno;
    if (fstat(fd, &st) == 0 && st.st_dev == sink->position.dev && st.st_ino == sink->position.ino)
        return fd;
    close(fd);
    return -ENOENT;
}

/* Returns a descriptor, -ENOENT, or another negative errno. */
static int find_sink(const struct verify_sink *sink)
{
    CLEANUP(rotated_names_deinit) struct rotated_names s = {0};
    int fd = open_if_same(sink->path, sink), r;

    if (fd != -ENOENT)
        return fd;
    r = rotated_names_list(&s, /* folder= */ NULL, sink->path);
    for (size_t i = 0; i < s.n && r == 0 && fd == -ENOENT; i++)
        if (s.items[i].ino == sink->position.ino)
            fd = open_if_same(s.items[i].path, sink);
    return r < 0 ? r : fd;
}

/* Reads n bytes at the offset `at`, at most WINDOW_BYTES. Returns NULL and sets *ret_r: 0: the sink
 * has fewer bytes; or a negative errno. */
static const char *sink_view(struct verified_sink *f, uint64_t at, size_t n, int *ret_r)
{
    *ret_r = 0;
    if (at >= f->begin && at + n <= f->begin + f->n)
        return f->window + (at - f->begin);
    if (!f->window)
        f->window = malloc(WINDOW_BYTES);
    if (!f->window) {
        *ret_r = -ENOMEM;
        return NULL;
    }
    f->begin = at;
    f->n = (size_t)MIN(f->sink->position.length - at, (uint64_t)WINDOW_BYTES);
    *ret_r = relocate_bytes(f->fd, f->window, f->n, at);
    return *ret_r == 0 && f->n >= n ? f->window : NULL;
}

/* Checks the bytes before the committed length by their print. Returns 1: they are right; 0: they
 * are not, which is reported; or a negative errno. */
static int check_tail_print(struct verify *v, const struct verified_sink *f)
{
    const struct sink_position *position = &f->sink->position;
    struct fingerprint print = {0};
    int r = fingerprint_before(f->fd, position->length, &print);

    if (r < 0 || position->tail_print.len == 0 || fingerprint_equal(print, position->tail_print))
        return r < 0 ? r : 1;
    verify_say(v, VERDICT_DIFFER, f->sink->path,
               "byte %" PRIu64 ": some of the %" PRIu32
               " bytes from here on are not those that were written",
               position->length - position->tail_print.len, position->tail_print.len);
    return 0;
}

/* Checks the length and the last byte. Returns 1: they are right; 0: they are not, which is
 * reported; or a negative errno. */
static int check_end(struct verify *v, const struct verified_sink *f)
{
    uint64_t length = f->sink->position.length;
    struct stat st;
    char last;
    int r;

    if (fstat(f->fd, &st) < 0)
        return -errno;
    if ((uint64_t)st.st_size < length) {
        verify_say(v, VERDICT_DIFFER, f->sink->path,
                   "byte %" PRIu64 ": it ends here, and should have %" PRIu64, (uint64_t)st.st_size,
                   length);
        return 0;
    }
    if (length == 0)
        return 1;
    r = relocate_bytes(f->fd, &last, 1, length - 1);
    if (r < 0)
        return r;
    if (last != '\n')
        verify_say(v, VERDICT_DIFFER, f->sink->path,
                   "byte %" PRIu64 ": a line should end here, at the committed length", length - 1);
    return last == '\n';
}

/* ---- what the logs give ---- */

struct stream {
    const char *path;
    struct replay replay;
    struct pipeline_output output;
    struct gloss_buf text; /* rendered lines; those from `begin` on are not compared yet */
    size_t begin;          /* offset in text */
    uint64_t lines;        /* lines that were compared and agree */
    int fd;
    bool ended;
};

struct merge {
    struct verify *v;
    struct clock clock;
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
    struct gloss_counters *counters; /* needed by the pipelines; nobody reads them */
    struct gloss_notes *notes;
    struct stream *streams;
    size_t n;
};

static void merge_deinit(struct merge *m)
{
    for (size_t i = 0; i < m->n; i++) {
        struct stream *s = &m->streams[i];

        replay_close(&s->replay);
        gloss_annotator_free(s->output.annotator);
        gloss_buf_deinit(&s->text);
        if (s->fd >= 0)
            close(s->fd);
    }
    free(m->streams);
    gloss_notes_free(m->notes);
    gloss_counters_free(m->counters);
    gloss_scanner_free(m->scanner);
    gloss_matcher_free(m->matcher);
}

static int merge_init(struct merge *m, struct verify *v)
{
    int r;

    *m = (struct merge){.v = v, .streams = calloc(STREAMS_MAX, sizeof(*m->streams))};
    clock_init(&m->clock);
    r = m->streams ? gloss_matcher_new(&m->matcher, v->report.set, /* options= */ NULL) : -ENOMEM;
    if (r == 0)
        r = gloss_scanner_new(&m->scanner, m->matcher);
    if (r == 0)
        r = gloss_counters_new(&m->counters, v->report.set);
    if (r == 0)
        r = gloss_notes_new(&m->notes, v->report.set, GLOSS_FORMAT_TEXT, /* color= */ false);
    return r;
}

static int keep(void *ctx, const struct gloss_spans *spans)
{
    struct stream *s = ctx;

    for (size_t i = 0; i < spans->n; i++)
        gloss_buf_span(&s->text, spans->items[i]);
    return s->text.failed ? -ENOMEM : 0;
}

static int add_stream(struct merge *m, size_t index, const struct config_source *source,
                      const struct config_sink *sink)
{
    const struct verify_file *file = &m->v->files[index];
    struct stream *s = &m->streams[m->n];
    struct gloss_annotator_options look = {
        .format = sink->format, .emit = sink->emit, .source = source->name};
    struct replay_options options = {.encoding = source->encoding,
                                     .max_line = source->max_line,
                                     .from = file->from,
                                     .to = m->v->stored.items[index].position.offset,
                                     .scanner = m->scanner,
                                     .counters = m->counters,
                                     .clock = &m->clock.base,
                                     .outputs = &s->output,
                                     .n_outputs = 1};
    int r;

    s->path = file->found->path;
    s->fd = options.fd = open(s->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    m->n++;
    if (s->fd < 0)
        return -errno;
    s->output = (struct pipeline_output){.write = keep, .ctx = s};
    r = gloss_annotator_new(&s->output.annotator, &look, m->notes);
    if (r == 0)
        r = gloss_counters_source(m->counters, source->name, &options.counts);
    return r < 0 ? r : replay_open(&s->replay, &options);
}

/* The next line of a file, rendered, or as much of it as is in memory; empty: the file has ended.
 */
static int next_piece(struct stream *s, struct gloss_span *ret_piece)
{
    struct gloss_span rest;

    while (s->begin == s->text.len && !s->ended) {
        int r;

        gloss_buf_clear(&s->text);
        s->begin = 0;
        r = replay_step(&s->replay);
        if (r < 0)
            return r;
        s->ended = r == 0;
    }
    rest = s->begin < s->text.len ? gloss_span(s->text.ptr + s->begin, s->text.len - s->begin)
                                  : gloss_span("", 0);
    *ret_piece = gloss_span(rest.ptr, MIN(first_line_length(rest), WINDOW_BYTES));
    return 0;
}

/* ---- comparing ---- */

struct comparison {
    struct merge *merge;
    struct verified_sink *file;
    uint64_t at;            /* offset in the sink: all bytes before it agree */
    size_t current;         /* the stream of the last line */
    bool in_line;           /* that line is compared in pieces and goes on */
    bool guessed;           /* two streams had the same line */
    uint64_t best;          /* offset up to which the best stream agrees, when none does wholly */
    struct stream *best_of; /* that stream; NULL: there is none */
};

/* Counts the bytes of the piece that agree with the sink from c->at on. */
static int agreeing(struct comparison *c, struct gloss_span piece, size_t *ret_n)
{
    size_t there = (size_t)MIN(c->file->sink->position.length - c->at, (uint64_t)piece.len), n = 0;
    const char *bytes;
    int r;

    *ret_n = 0;
    bytes = sink_view(c->file, c->at, there, &r);
    if (!bytes)
        return r;
    if (there == piece.len && memcmp(bytes, piece.ptr, there) == 0)
        n = there;
    else
        while (n < there && bytes[n] == piece.ptr[n])
            n++;
    *ret_n = n;
    return 0;
}

/* Whether the next line of a stream stands in the sink at c->at. Returns 1, 0, or a negative errno.
 */
static int try_stream(struct comparison *c, size_t index, size_t *ret_len)
{
    struct stream *s = &c->merge->streams[index];
    struct gloss_span piece = {0};
    size_t n = 0;
    int r = next_piece(s, &piece);

    *ret_len = piece.len;
    if (r == 0 && piece.len > 0)
        r = agreeing(c, piece, &n);
    if (r < 0 || piece.len == 0)
        return r;
    if (n < piece.len && (!c->best_of || c->at + n > c->best)) {
        c->best = c->at + n;
        c->best_of = s;
    }
    return n == piece.len;
}

static void accept(struct comparison *c, size_t index, size_t len)
{
    struct stream *s = &c->merge->streams[index];

    c->current = index;
    s->begin += len;
    c->at += len;
    c->in_line = s->text.ptr[s->begin - 1] != '\n';
    s->lines += !c->in_line;
    c->best_of = NULL;
}

/* Compares one more line. Returns 1: it agrees; 0: no stream has such a line; or a negative errno.
 */
static int step(struct comparison *c)
{
    size_t n = c->merge->n, found = SIZE_MAX, found_len = 0, len;

    for (size_t i = 0; i < n; i++) {
        size_t index = (c->current + i) % n;
        int r = try_stream(c, index, &len);

        if (r < 0)
            return r;
        if (r == 1 && found == SIZE_MAX) {
            found = index;
            found_len = len;
        } else if (r == 1) {
            c->guessed = true;
        }
        if (c->in_line)
            break;
    }
    if (found == SIZE_MAX)
        return 0;
    accept(c, found, found_len);
    return 1;
}

static void say_result(struct comparison *c)
{
    struct verify *v = c->merge->v;
    const struct verify_sink *sink = c->file->sink;

    if (!c->best_of && c->at == sink->position.length)
        verify_say(v, VERDICT_AGREE, sink->path, "%" PRIu64 " bytes, as the logs give them",
                   sink->position.length);
    else if (c->guessed)
        verify_say(v, VERDICT_UNKNOWN, sink->path,
                   "it agrees up to byte %" PRIu64
                   "; nobody can tell about the rest, because several logs hold the same lines",
                   c->at);
    else if (!c->best_of)
        verify_say(v, VERDICT_DIFFER, sink->path,
                   "byte %" PRIu64 ": the logs end here, and it holds %" PRIu64 " bytes more",
                   c->at, sink->position.length - c->at);
    else if (c->best == sink->position.length)
        verify_say(v, VERDICT_DIFFER, sink->path,
                   "byte %" PRIu64 ": it ends here, and '%s' has more behind %" PRIu64 " lines",
                   c->best, c->best_of->path, c->best_of->lines);
    else
        verify_say(v, VERDICT_DIFFER, sink->path,
                   "byte %" PRIu64 " differs from '%s', behind %" PRIu64 " lines of it that agree",
                   c->best, c->best_of->path, c->best_of->lines);
}

static int compare(struct merge *m, struct verified_sink *file)
{
    struct comparison c = {.merge = m, .file = file};
    int r = m->n > 0 ? 1 : 0;

    while (r == 1)
        r = step(&c);
    if (r == 0)
        say_result(&c);
    return r;
}

/* ---- one sink ---- */

static bool writes(const struct config_sink *s, const char *path)
{
    return config_sink_path(s) && STREQ(config_sink_path(s), path);
}

static const struct config_sink *config_of(const struct verify *v, const char *path)
{
    for (size_t i = 0; v->config && i < v->config->n_sinks; i++)
        if (writes(&v->config->sinks[i], path))
            return &v->config->sinks[i];
    return NULL;
}

static bool is_of_counters(const struct verify *v, const char *path)
{
    return v->config && v->config->counters_file && STREQ(v->config->counters_file, path);
}

/* Finds out why the sink may not hold exactly what was ever written to it; *ret_why stays as it is
 * when nothing speaks against it. Returns 0 or a negative errno. */
static int why_not_all(const struct verify *v, const struct verified_sink *f, const char **ret_why)
{
    CLEANUP(rotated_names_deinit) struct rotated_names s = {0};
    uint64_t born = rotated_names_birth_ns(f->fd);
    int r = rotated_names_list(&s, /* folder= */ NULL, f->sink->path);

    if (born != 0 && born + CLOCK_NS < v->report.since_ns)
        *ret_why = "it is older than the state, so it may have held something before";
    else if (s.n > 0)
        *ret_why = "it was rotated: beside it are files of its name";
    return r;
}

/* Adds a stream for each file of each source of the sink; sets *ret_why when that cannot be done.
 * Returns 0 or a negative errno. */
static int add_streams(struct merge *m, const struct config_sink *sink, const char **ret_why)
{
    struct verify *v = m->v;
    int r = 0;

    for (size_t i = 0; i < sink->n_sources && !*ret_why && r == 0; i++) {
        const struct config_source *source = &v->config->sources[sink->sources[i]];

        if (!verify_is_whole(v, source->name, ret_why))
            break;
        for (size_t k = 0; k < v->stored.n && r == 0; k++) {
            if (!STREQ(v->stored.items[k].source, source->name) ||
                v->stored.items[k].position.offset == v->files[k].from || v->files[k].goes_on)
                continue;
            if (m->n == STREAMS_MAX) {
                *ret_why = "too many files feed it";
                return 0;
            }
            r = add_stream(m, k, source, sink);
        }
    }
    return r;
}

static int render_again(struct verify *v, struct verified_sink *f)
{
    const struct config_sink *config = config_of(v, f->sink->path);
    CLEANUP(merge_deinit) struct merge m;
    const char *why = NULL;
    int r = merge_init(&m, v);

    if (r == 0 && config && config->format == GLOSS_FORMAT_TEXT)
        r = why_not_all(v, f, &why);
    else if (r == 0)
        why = config ? "its format tells times, it cannot be rendered again"
              : is_of_counters(v, f->sink->path) ? "it holds records of the counters"
                                                 : "no sink of the configuration writes it";
    if (r == 0 && !why)
        r = add_streams(&m, config, &why);
    if (r < 0)
        return r;
    if (!why)
        return compare(&m, f);
    r = check_tail_print(v, f);
    if (r <= 0)
        return r;
    verify_say(v, VERDICT_UNKNOWN, f->sink->path,
               "%" PRIu64 " bytes that end with a line; not compared: %s", f->sink->position.length,
               why);
    return 0;
}

static int check_sink(struct verify *v, const struct verify_sink *sink)
{
    CLEANUP(verified_sink_deinit) struct verified_sink f = {.sink = sink, .fd = find_sink(sink)};
    int r;

    if (sink->position.ino == 0) {
        verify_say(v, VERDICT_UNKNOWN, sink->path, "%" PRIu64 " bytes wait to be written",
                   sink->pending);
        return 0;
    }
    if (f.fd == -ENOENT) {
        verify_say(v, VERDICT_UNKNOWN, sink->path, "the file that was written is gone");
        return 0;
    }
    if (f.fd < 0)
        return f.fd;
    r = check_end(v, &f);
    if (r <= 0 || sink->pending == 0)
        return r > 0 ? render_again(v, &f) : r;
    verify_say(v, VERDICT_UNKNOWN, sink->path,
               "%" PRIu64 " bytes that end with a line; not compared: %" PRIu64
               " more wait to be written",
               sink->position.length, sink->pending);
    return 0;
}

int verify_sinks(struct verify *v, const char **reterr_what)
{
    int r = 0;

    for (size_t i = 0; i < v->n_sinks && r == 0; i++) {
        *reterr_what = v->sinks[i].path;
        r = check_sink(v, &v->sinks[i]);
    }
    return r;
}
