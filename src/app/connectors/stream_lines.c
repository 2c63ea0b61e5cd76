/* Bytes go one output, and one block at a time, since a sink that cannot take a block must not be
 * given another:
 *
 *      input ──► (decoder) ──► kept ──► lines ──block──► pipeline
 *                               ▲
 *                               └── from here again, when a sink could not be synced
 *
 * `kept` is what stands between the last checkpoint and a loss that is no death. When it has grown
 * to KEPT_BYTES a checkpoint is due before the next read; only a single line may be longer than
 * that, and its beginning is let go.
 *
 * A half line waits for its writer. When nobody can complete it, because all writers have left, the
 * input has ended, or we stop, it gets a newline of ours. So does an overlong line that is half out
 * and has gone silent: all other sources wait for its end. */

#include "app/connectors/stream_lines.h"

#include "app/common/log.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "core/text/lines_feed.h"

#include <inttypes.h>
#include <limits.h>
#include <syslog.h>

#define CHUNK_BYTES ((size_t)64 * 1024)
#define RAW_BYTES ((size_t)16 * 1024)
#define KEPT_BYTES ((size_t)4 << 20)
#define STOP_BYTES ((size_t)1 << 20) /* the largest pipe that a user may have */
#define LOOK_CLOSED_NS SECOND_NS
#define LOOK_OPEN_NS (5 * SECOND_NS)
#define NOT_LOOKED INT_MAX

int stream_lines_new(struct stream_lines **ret_source, const char *source, const char *path,
                     int ready_fd, const char *encoding, uint64_t max_line, uint64_t silence_ns)
{
    struct stream_lines *t = calloc(1, sizeof(*t));
    int r;

    if (!t)
        return -ENOMEM;
    t->source = source;
    t->silence_ns = silence_ns;
    t->is_fifo = path != NULL;
    t->look = NOT_LOOKED;
    r = stream_input_new(&t->input, path, ready_fd);
    if (r == 0)
        r = gloss_lines_new(&t->lines, CHUNK_BYTES, max_line, /* offset= */ 0);
    if (r == 0 && encoding)
        r = gloss_decoder_new(&t->decoder, encoding);
    if (r < 0)
        stream_lines_free(t);
    else
        *ret_source = t;
    return r;
}

struct stream_lines *stream_lines_free(struct stream_lines *t)
{
    if (!t)
        return NULL;
    stream_input_free(t->input);
    gloss_lines_free(t->lines);
    gloss_decoder_free(t->decoder);
    gloss_buf_deinit(&t->kept);
    free(t);
    return NULL;
}

static bool in_line(const struct pipeline *p)
{
    return p->stream.seen != NULL;
}

/* ---- handing on ---- */

/* Gives lines what is kept and was not fed yet. Returns 1: something; 0: there is nothing; -ENOMEM.
 */
static int feed_lines(struct stream_lines *t)
{
    struct gloss_span rest;
    int r;

    if (t->fed == t->kept.len && t->ends_line && gloss_lines_waiting(t->lines) > 0)
        gloss_buf_char(&t->kept, '\n');
    if (t->kept.failed)
        return -ENOMEM;
    if (t->fed == t->kept.len) {
        t->ends_line = false;
        return 0;
    }
    rest = gloss_span(t->kept.ptr + t->fed, t->kept.len - t->fed);
    r = lines_feed(t->lines, &rest);
    t->fed = t->kept.len - rest.len;
    return r < 0 ? r : 1;
}

/* Returns 0: all whole lines are handed on; 1: the sinks cannot take the rest now; -ENOMEM. */
static int hand_on(struct stream_lines *t, const struct stream_lines_output *output)
{
    struct gloss_block block;
    int r;

    while (!output->blocked(output->ctx)) {
        if (gloss_lines_next(t->lines, &block) > 0) {
            r = pipeline_block(output->pipeline, &output->pipeline->stream, &block);
            *output->bytes += block.bytes.len;
        } else {
            r = feed_lines(t);
            if (r == 0)
                return 0;
        }
        if (r < 0)
            return r;
    }
    return 1;
}

/* ---- keeping ---- */

/* Bytes of kept that were handed on. */
static size_t handed_on(const struct stream_lines *t)
{
    return t->fed - MIN(t->fed, gloss_lines_waiting(t->lines));
}

static void let_go(struct stream_lines *t, size_t n)
{
    if (n == 0)
        return;
    memmove(t->kept.ptr, t->kept.ptr + n, t->kept.len - n);
    t->kept.len -= n;
    t->fed -= n;
    t->offset += n;
    t->prepared.bytes -= MIN(t->prepared.bytes, n);
}

/* No checkpoint has it, or not yet. */
static void lose(struct stream_lines *t, size_t n)
{
    t->lost += n;
    t->prepared.lost += MIN(t->prepared.bytes, n);
    let_go(t, n);
}

bool stream_lines_is_full(const struct stream_lines *t)
{
    return handed_on(t) >= KEPT_BYTES;
}

void stream_lines_prepare(struct stream_lines *t, const struct pipeline *p)
{
    t->prepared.bytes = handed_on(t);
    t->prepared.lines = p->stream.lines;
    t->prepared.lost = t->lost;
}

void stream_lines_commit(struct stream_lines *t)
{
    let_go(t, t->prepared.bytes);
    t->n_lines = t->prepared.lines;
    t->lost -= t->prepared.lost;
}

void stream_lines_go_back(struct stream_lines *t, struct pipeline *p)
{
    if (t->lost > 0)
        log_message(LOG_WARNING, "source",
                    "'%s' has lost %" PRIu64 " bytes of a line that was too long to be kept",
                    t->source, t->lost);
    t->lost = t->prepared.lost = t->prepared.bytes = 0;
    t->fed = 0;
    gloss_lines_reset(t->lines, t->offset);
    gloss_stream_deinit(&p->stream);
    p->stream = (struct gloss_stream){.lines = t->n_lines};
}

void stream_lines_adapt(struct stream_lines *t, struct stream_lines *to, bool same_encoding)
{
    struct gloss_lines *lines = t->lines;
    struct gloss_decoder *decoder = t->decoder;

    t->source = to->source;
    t->silence_ns = to->silence_ns;
    t->lines = to->lines;
    to->lines = lines;
    if (same_encoding)
        return;
    if (decoder)
        gloss_decoder_finish(decoder, &t->kept);
    t->decoder = to->decoder;
    to->decoder = decoder;
}

/* ---- the path ---- */

static void say_look(const struct stream_lines *t, int r)
{
    const char *path = stream_input_name(t->input);

    if (r == 0)
        log_message(LOG_INFO, "source", "'%s' reads the FIFO '%s'", t->source, path);
    else if (r == STREAM_INPUT_ABSENT)
        log_message(LOG_NOTICE, "source", "'%s' waits for the FIFO '%s', which does not exist",
                    t->source, path);
    else if (r == STREAM_INPUT_NO_FIFO)
        log_message(LOG_WARNING, "source", "'%s' waits for a FIFO at '%s', which is not a FIFO",
                    t->source, path);
    else if (r < 0)
        log_message(LOG_WARNING, "source", "'%s' cannot open the FIFO '%s': %s, trying again",
                    t->source, path, strerror(-r));
}

/* One that was replaced is left when it has been silent, as a rotated file is. */
static void look(struct stream_lines *t, uint64_t now_ns)
{
    int r;

    if (!t->is_fifo || now_ns < t->look_ns)
        return;
    r = stream_input_look(t->input);
    if (r == STREAM_INPUT_REPLACED && t->look == STREAM_INPUT_REPLACED &&
        now_ns - t->came_ns >= t->silence_ns) {
        stream_input_leave(t->input);
        t->ends_line = true;
        r = stream_input_look(t->input);
    } else if (r == STREAM_INPUT_REPLACED && t->look != STREAM_INPUT_REPLACED) {
        t->came_ns = now_ns;
    }
    if (r != t->look)
        say_look(t, r);
    t->look = r;
    t->look_ns = now_ns + (r == 0 ? LOOK_OPEN_NS : LOOK_CLOSED_NS);
}

void stream_lines_wake(struct stream_lines *t, const char *folder, const char *name)
{
    const char *path = stream_input_name(t->input), *slash = strrchr(path, '/');
    size_t len = slash ? MAX((size_t)(slash - path), (size_t)1) : 0;

    if (t->is_fifo && slash && strlen(folder) == len && strncmp(path, folder, len) == 0 &&
        (!name || STREQ(slash + 1, name)))
        t->look_ns = 0;
}

uint64_t stream_lines_due_ns(const struct stream_lines *t, const struct pipeline *p)
{
    uint64_t due = t->is_fifo ? t->look_ns : UINT64_MAX;

    return in_line(p) ? MIN(due, t->came_ns + t->silence_ns) : due;
}

/* ---- reading ---- */

static int take_raw(struct stream_lines *t, struct gloss_span raw)
{
    if (raw.len > 0)
        gloss_decoder_feed(t->decoder, raw, &t->kept);
    else
        gloss_decoder_finish(t->decoder, &t->kept);
    if (gloss_decoder_errors(t->decoder) > 0 && !t->undecoded)
        log_message(LOG_WARNING, "source", "'%s' cannot decode all of %s", t->source,
                    stream_input_name(t->input));
    t->undecoded = gloss_decoder_errors(t->decoder) > 0;
    return t->kept.failed ? -ENOMEM : 0;
}

/* Returns how many bytes came, or as stream_input_read(). */
static ssize_t read_some(struct stream_lines *t)
{
    char raw[RAW_BYTES], *position;
    ssize_t n;

    if (t->decoder) {
        n = stream_input_read(t->input, raw, sizeof(raw));
        return n >= 0 && take_raw(t, gloss_span(raw, (size_t)n)) < 0 ? -ENOMEM : n;
    }
    position = gloss_buf_room(&t->kept, CHUNK_BYTES);
    if (!position)
        return -ENOMEM;
    n = stream_input_read(t->input, position, CHUNK_BYTES);
    t->kept.len += n > 0 ? (size_t)n : 0;
    return n;
}

/* It has ended, or its writers have left, or it cannot be read. */
static void end(struct stream_lines *t, int error)
{
    if (error < 0)
        log_message(LOG_ERR, "source", "'%s' cannot read %s: %s, %s", t->source,
                    stream_input_name(t->input), strerror(-error),
                    t->is_fifo ? "opening it again" : "it is at its end");
    if (error < 0 && t->is_fifo)
        stream_input_leave(t->input);
    t->ended = !t->is_fifo;
    t->ends_line = true;
}

/* Reads once. Returns 1: something came, or went; 0: nothing; -ENOMEM. */
static int take(struct stream_lines *t, uint64_t now_ns)
{
    ssize_t n = read_some(t);

    if (n == -EAGAIN || n == -ENOMEM)
        return n == -ENOMEM ? -ENOMEM : 0;
    t->came_ns = now_ns;
    if (n <= 0)
        end(t, (int)n);
    return 1;
}

static bool wants_bytes(const struct stream_lines *t)
{
    return !t->ended && stream_input_is_open(t->input) && !stream_lines_is_full(t);
}

int stream_lines_turn(struct stream_lines *t, const struct stream_lines_output *output,
                      uint64_t now_ns)
{
    int r;

    t->stop_bytes = 0;
    look(t, now_ns);
    if (in_line(output->pipeline) && now_ns - t->came_ns >= t->silence_ns)
        t->ends_line = true;
    r = hand_on(t, output);
    if (r != 0)
        return MIN(r, 0);
    if (stream_lines_is_full(t) &&
        in_line(output->pipeline)) /* no checkpoint can come before its end */
        lose(t, handed_on(t));
    r = wants_bytes(t) ? take(t, now_ns) : 0;
    if (r <= 0)
        return r;
    r = hand_on(t, output);
    return r < 0 ? r : 1;
}

bool stream_lines_holds_bytes(const struct stream_lines *t)
{
    return t->kept.len > handed_on(t) ||
           (!t->ended && t->stop_bytes < STOP_BYTES && stream_input_holds_bytes(t->input));
}

int stream_lines_stop(struct stream_lines *t, const struct stream_lines_output *output,
                      uint64_t now_ns)
{
    int r = hand_on(t, output);

    while (r == 0 && !t->ended && t->stop_bytes < STOP_BYTES &&
           stream_input_holds_bytes(t->input)) {
        size_t before = t->kept.len;

        r = take(t, now_ns);
        if (r <= 0)
            break;
        t->stop_bytes += MAX(t->kept.len - before, (size_t)1);
        r = hand_on(t, output);
    }
    if (r != 0)
        return r;
    t->ends_line = true;
    return hand_on(t, output);
}

void stream_lines_listen(struct stream_lines *t, bool on)
{
    stream_input_listen(t->input, on && wants_bytes(t));
}

size_t stream_lines_waiting(const struct stream_lines *t)
{
    return gloss_lines_waiting(t->lines);
}
