/* Bytes are handed on one block at a time, because a sink that could not take a block must not be
 * given another:
 *
 *      input ──► (decoder) ──► kept ──► lines ──block──► pipeline
 *                               ▲
 *                               └── from here again, when a sink could not be synced
 *
 * `kept` holds the text since the last checkpoint, so that it can be handed on once more when a
 * sink could not be synced. When it has grown to KEPT_BYTES, a checkpoint is due before the next
 * read. A single line may be longer than that; then its beginning is dropped.
 *
 * A half line waits for its writer. A newline is added to it when it cannot be completed any more,
 * because all writers have left, the input has ended, or the service stops. A newline is also added
 * to an overlong line that is half out when its writer has been silent for long, because the other
 * sources of its group wait for its end. */

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

int stream_lines_new(struct stream_lines **ret_lines, const char *source, const char *path,
                     const struct link_policy *links, int ready_fd, const char *encoding,
                     uint64_t max_line, uint64_t silence_ns)
{
    struct stream_lines *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return -ENOMEM;
    s->source = source;
    s->silence_ns = silence_ns;
    s->is_fifo = path != NULL;
    s->look = NOT_LOOKED;
    r = stream_input_new(&s->input, path, links, ready_fd);
    if (r == 0)
        r = gloss_lines_new(&s->lines, CHUNK_BYTES, max_line, /* offset= */ 0);
    if (r == 0 && encoding)
        r = gloss_decoder_new(&s->decoder, encoding);
    if (r < 0)
        stream_lines_free(s);
    else
        *ret_lines = s;
    return r;
}

struct stream_lines *stream_lines_free(struct stream_lines *s)
{
    if (!s)
        return NULL;
    stream_input_free(s->input);
    gloss_lines_free(s->lines);
    gloss_decoder_free(s->decoder);
    gloss_buf_deinit(&s->kept);
    free(s);
    return NULL;
}

static bool in_line(const struct pipeline *p)
{
    return p->stream.seen != NULL;
}

/* ---- handing on ---- */

/* Copies kept text that `lines` does not have yet to it. Returns 1: some was copied; 0: there is
 * none; -ENOMEM. */
static int feed_lines(struct stream_lines *s)
{
    struct gloss_span rest;
    int r;

    if (s->fed == s->kept.len && s->ends_line && gloss_lines_waiting(s->lines) > 0)
        gloss_buf_char(&s->kept, '\n');
    if (s->kept.failed)
        return -ENOMEM;
    if (s->fed == s->kept.len) {
        s->ends_line = false;
        return 0;
    }
    rest = gloss_span(s->kept.ptr + s->fed, s->kept.len - s->fed);
    r = lines_feed(s->lines, &rest);
    s->fed = s->kept.len - rest.len;
    return r < 0 ? r : 1;
}

/* Hands on whole lines. Returns 0: all are handed on; 1: the sinks cannot take the rest now;
 * -ENOMEM. */
static int hand_on(struct stream_lines *s, const struct stream_lines_output *output)
{
    struct gloss_block block;
    int r;

    while (!output->blocked(output->ctx)) {
        if (gloss_lines_next(s->lines, &block) > 0) {
            r = pipeline_block(output->pipeline, &output->pipeline->stream, &block);
            *output->bytes += block.bytes.len;
        } else {
            r = feed_lines(s);
            if (r == 0)
                return 0;
        }
        if (r < 0)
            return r;
    }
    return 1;
}

/* ---- keeping ---- */

/* How many bytes of `kept` were handed on. */
static size_t handed_on(const struct stream_lines *s)
{
    return s->fed - MIN(s->fed, gloss_lines_waiting(s->lines));
}

/* Drops the first n bytes of `kept`. */
static void let_go(struct stream_lines *s, size_t n)
{
    if (n == 0)
        return;
    memmove(s->kept.ptr, s->kept.ptr + n, s->kept.len - n);
    s->kept.len -= n;
    s->fed -= n;
    s->offset += n;
    s->prepared.bytes -= MIN(s->prepared.bytes, n);
}

/* Drops bytes that no checkpoint has, or only the one under way: they cannot be handed on again. */
static void lose(struct stream_lines *s, size_t n)
{
    s->lost += n;
    s->prepared.lost += MIN(s->prepared.bytes, n);
    let_go(s, n);
}

bool stream_lines_is_full(const struct stream_lines *s)
{
    return handed_on(s) >= KEPT_BYTES;
}

void stream_lines_prepare(struct stream_lines *s, const struct pipeline *p)
{
    s->prepared.bytes = handed_on(s);
    s->prepared.lines = p->stream.lines;
    s->prepared.lost = s->lost;
}

void stream_lines_commit(struct stream_lines *s)
{
    let_go(s, s->prepared.bytes);
    s->n_lines = s->prepared.lines;
    s->lost -= s->prepared.lost;
}

void stream_lines_go_back(struct stream_lines *s, struct pipeline *p)
{
    if (s->lost > 0)
        log_message(LOG_WARNING, "source",
                    "'%s' has lost %" PRIu64 " bytes of a line that was too long to be kept",
                    s->source, s->lost);
    s->lost = s->prepared.lost = s->prepared.bytes = 0;
    s->fed = 0;
    gloss_lines_reset(s->lines, s->offset);
    gloss_stream_deinit(&p->stream);
    p->stream = (struct gloss_stream){.lines = s->n_lines};
}

void stream_lines_adapt(struct stream_lines *s, struct stream_lines *to, bool same_encoding)
{
    struct gloss_lines *lines = s->lines;
    struct gloss_decoder *decoder = s->decoder;

    s->source = to->source;
    stream_input_set_links(s->input, to->input);
    s->silence_ns = to->silence_ns;
    s->lines = to->lines;
    to->lines = lines;
    if (same_encoding)
        return;
    if (decoder)
        gloss_decoder_finish(decoder, &s->kept);
    s->decoder = to->decoder;
    to->decoder = decoder;
}

/* ---- the path ---- */

static void say_look(const struct stream_lines *s, int r)
{
    const char *path = stream_input_name(s->input);

    if (r == 0)
        log_message(LOG_INFO, "source", "'%s' reads the FIFO '%s'", s->source, path);
    else if (r == STREAM_INPUT_ABSENT)
        log_message(LOG_NOTICE, "source", "'%s' waits for the FIFO '%s', which does not exist",
                    s->source, path);
    else if (r == STREAM_INPUT_NO_FIFO)
        log_message(LOG_WARNING, "source", "'%s' waits for a FIFO at '%s', which is not a FIFO",
                    s->source, path);
    else if (r == STREAM_INPUT_REFUSED)
        log_message(LOG_WARNING, "source", "'%s' skips '%s': %s", s->source, path,
                    stream_input_refusal(s->input));
    else if (r < 0)
        log_message(LOG_WARNING, "source", "'%s' cannot open the FIFO '%s': %s, trying again",
                    s->source, path, strerror(-r));
}

/* Looks at the path. A FIFO that was replaced is left when it has been silent for silence_ns, as a
 * rotated file is. */
static void look(struct stream_lines *s, uint64_t now_ns)
{
    int r;

    if (!s->is_fifo || now_ns < s->look_ns)
        return;
    r = stream_input_look(s->input);
    if (r == STREAM_INPUT_REPLACED && s->look == STREAM_INPUT_REPLACED &&
        now_ns - s->came_ns >= s->silence_ns) {
        stream_input_leave(s->input);
        s->ends_line = true;
        r = stream_input_look(s->input);
    } else if (r == STREAM_INPUT_REPLACED && s->look != STREAM_INPUT_REPLACED) {
        s->came_ns = now_ns;
    }
    if (r != s->look)
        say_look(s, r);
    s->look = r;
    s->look_ns = now_ns + (r == 0 ? LOOK_OPEN_NS : LOOK_CLOSED_NS);
}

const char *stream_lines_skipped(const struct stream_lines *s)
{
    return s->look == STREAM_INPUT_REFUSED   ? stream_input_refusal(s->input)
           : s->look == STREAM_INPUT_NO_FIFO ? "it is not a FIFO"
                                             : NULL;
}

void stream_lines_wake(struct stream_lines *s, const char *folder, const char *name)
{
    const char *path = stream_input_name(s->input), *slash = strrchr(path, '/');
    size_t len = slash ? MAX((size_t)(slash - path), (size_t)1) : 0;

    if (s->is_fifo && slash && strlen(folder) == len && strncmp(path, folder, len) == 0 &&
        (!name || STREQ(slash + 1, name)))
        s->look_ns = 0;
}

uint64_t stream_lines_due_ns(const struct stream_lines *s, const struct pipeline *p)
{
    uint64_t due = s->is_fifo ? s->look_ns : UINT64_MAX;

    return in_line(p) ? MIN(due, s->came_ns + s->silence_ns) : due;
}

/* ---- reading ---- */

static int take_raw(struct stream_lines *s, struct gloss_span raw)
{
    if (raw.len > 0)
        gloss_decoder_feed(s->decoder, raw, &s->kept);
    else
        gloss_decoder_finish(s->decoder, &s->kept);
    if (gloss_decoder_errors(s->decoder) > 0 && !s->undecoded)
        log_message(LOG_WARNING, "source", "'%s' cannot decode all of %s", s->source,
                    stream_input_name(s->input));
    s->undecoded = gloss_decoder_errors(s->decoder) > 0;
    return s->kept.failed ? -ENOMEM : 0;
}

/* Reads once, into `kept`. Returns the number of bytes read, or as stream_input_read(). */
static ssize_t read_some(struct stream_lines *s)
{
    char raw[RAW_BYTES], *to;
    ssize_t n;

    if (s->decoder) {
        n = stream_input_read(s->input, raw, sizeof(raw));
        return n >= 0 && take_raw(s, gloss_span(raw, (size_t)n)) < 0 ? -ENOMEM : n;
    }
    to = gloss_buf_room(&s->kept, CHUNK_BYTES);
    if (!to)
        return -ENOMEM;
    n = stream_input_read(s->input, to, CHUNK_BYTES);
    s->kept.len += n > 0 ? (size_t)n : 0;
    return n;
}

/* The input has ended, or all writers have left (error 0), or it cannot be read. */
static void end(struct stream_lines *s, int error)
{
    if (error < 0)
        log_message(LOG_ERR, "source", "'%s' cannot read %s: %s, %s", s->source,
                    stream_input_name(s->input), strerror(-error),
                    s->is_fifo ? "opening it again" : "it is at its end");
    if (error < 0 && s->is_fifo)
        stream_input_leave(s->input);
    s->ended = !s->is_fifo;
    s->ends_line = true;
}

/* Reads once. Returns 1: bytes came, or the input ended; 0: there is nothing now; -ENOMEM. */
static int take(struct stream_lines *s, uint64_t now_ns)
{
    ssize_t n = read_some(s);

    if (n == -EAGAIN || n == -ENOMEM)
        return n == -ENOMEM ? -ENOMEM : 0;
    s->came_ns = now_ns;
    if (n <= 0)
        end(s, (int)n);
    return 1;
}

static bool wants_bytes(const struct stream_lines *s)
{
    return !s->ended && stream_input_is_open(s->input) && !stream_lines_is_full(s);
}

int stream_lines_turn(struct stream_lines *s, const struct stream_lines_output *output,
                      uint64_t now_ns)
{
    int r;

    s->stop_bytes = 0;
    look(s, now_ns);
    if (in_line(output->pipeline) && now_ns - s->came_ns >= s->silence_ns)
        s->ends_line = true;
    r = hand_on(s, output);
    if (r != 0)
        return MIN(r, 0);
    if (stream_lines_is_full(s) &&
        in_line(output->pipeline)) /* no checkpoint can come before its end */
        lose(s, handed_on(s));
    r = wants_bytes(s) ? take(s, now_ns) : 0;
    if (r <= 0)
        return r;
    r = hand_on(s, output);
    return r < 0 ? r : 1;
}

bool stream_lines_holds_bytes(const struct stream_lines *s)
{
    return s->kept.len > handed_on(s) ||
           (!s->ended && s->stop_bytes < STOP_BYTES && stream_input_holds_bytes(s->input));
}

int stream_lines_stop(struct stream_lines *s, const struct stream_lines_output *output,
                      uint64_t now_ns)
{
    int r = hand_on(s, output);

    while (r == 0 && !s->ended && s->stop_bytes < STOP_BYTES &&
           stream_input_holds_bytes(s->input)) {
        size_t before = s->kept.len;

        r = take(s, now_ns);
        if (r <= 0)
            break;
        s->stop_bytes += MAX(s->kept.len - before, (size_t)1);
        r = hand_on(s, output);
    }
    if (r != 0)
        return r;
    s->ends_line = true;
    return hand_on(s, output);
}

void stream_lines_listen(struct stream_lines *s, bool on)
{
    stream_input_listen(s->input, on && wants_bytes(s));
}

size_t stream_lines_waiting(const struct stream_lines *s)
{
    return gloss_lines_waiting(s->lines);
}
