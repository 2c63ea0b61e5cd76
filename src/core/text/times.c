/* Only lines that are asked for are read. What a line inherits is looked for backwards:
 *
 *     block   [ 08:00:01 a | trace | trace | 08:00:02 b | trace | trace ]
 *                                                  ▲─────────────┘ asked for
 *
 * from the line on to the beginning of the block, and beyond it by what the block before has left
 * in the memory: the last own time in it, and how far away that stands. So the answer does not
 * depend on how a stream is cut into blocks. The answer for the line that was asked for last is
 * kept, so a trace whose lines are all asked for is walked through once.
 *
 * At the end of a block that way is walked for the next one. In a log without times it would be
 * walked in vain each time, so there only a few lines are looked at until one has a time.
 *
 * A line with something like a time, which cannot be told, ends the way back: what stands behind it
 * belongs to it, and not to the line before it. */

#include <gloss/times.h>

#include "core/base/first_line.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "core/text/time_forms.h"
#include "core/text/timestamp.h"

#include <assert.h>
#include <string.h>

#define ORDER_BYTES (64 << 10) /* in which the order of dates is looked for */
#define RECENT_NS MINUTE_NS
#define UNTIMED_LINES 16 /* at the end of a block are read where no line has had a time so far */

/* The time that lines behind a place inherit. */
struct trail {
    uint64_t ns;           /* 0: none */
    uint64_t bytes, lines; /* from the line that has it to the place */
    bool ends;             /* no line further back counts: it was met, or it is too far */
};

struct gloss_times {
    struct gloss_times_options options;
    struct time_rules rules;
    struct time_reading reading;
    struct time_index index;
    size_t last_row;
    struct gloss_time_memory *memory;
    struct gloss_block block;
    /* The line that was asked for last, and its answer. */
    const char *known;
    struct gloss_time answer;
    bool walked;        /* the way back from it was walked: */
    struct trail trail; /* of the place where it begins */
};

const char *gloss_time_source_name(enum gloss_time_source source)
{
    static const char *const names[] = {[GLOSS_TIME_LINE] = "line",
                                        [GLOSS_TIME_INHERITED] = "inherited",
                                        [GLOSS_TIME_READ] = "read"};

    return source < ARRAY_SIZE(names) ? names[source] : NULL;
}

int gloss_times_new(struct gloss_times **ret_times, const struct gloss_times_options *options)
{
    struct gloss_times *t = calloc(1, sizeof(*t));

    if (!t)
        return -ENOMEM;
    t->options = *options;
    t->last_row = SIZE_MAX;
    time_index_init(&t->index);
    t->rules.zone = options->zone ? options->zone : &options->clock->zone;
    t->reading = (struct time_reading){.rules = &t->rules,
                                       .formats = options->formats,
                                       .n_formats = options->n_formats,
                                       .index = &t->index,
                                       .last = &t->last_row};
    *ret_times = t;
    return 0;
}

struct gloss_times *gloss_times_free(struct gloss_times *t)
{
    free(t);
    return NULL;
}

struct gloss_time_memory *gloss_times_memory(struct gloss_times *t)
{
    return t->memory;
}

const struct gloss_clock *gloss_times_clock(const struct gloss_times *t)
{
    return t->options.clock;
}

bool gloss_times_is_live(const struct gloss_times *t)
{
    return t->options.kind != GLOSS_TIMES_FILE;
}

/* ---- the order of dates ---- */

/* A day count by which dates are compared that are written in an order. */
static int64_t day_in_order(const struct civil *c, uint8_t order)
{
    int year = c->parts[order == DATE_YMD ? 0 : 2];
    int month = c->parts[order == DATE_MDY ? 0 : 1];
    int day = c->parts[order == DATE_YMD ? 2 : order == DATE_DMY ? 0 : 1];

    return ((int64_t)MAX(year, 0) * 16 + month) * 32 + day;
}

/* Drops the orders in which a date is none, and those in which times would run backwards by more
 * than a day. */
static void weigh(struct gloss_time_memory *m, const struct civil *c, struct civil *former)
{
    m->orders = (uint8_t)((m->orders ? m->orders : 7) & c->orders);
    for (uint8_t order = DATE_YMD; former->orders && order <= DATE_MDY;
         order = (uint8_t)(order * 2))
        if ((m->orders & order) && day_in_order(c, order) + 1 < day_in_order(former, order))
            m->orders &= (uint8_t)~order;
    if (m->orders == 0)
        m->orders = 8; /* none is left, and none comes back */
    *former = *c;
}

static bool is_one(uint8_t orders)
{
    return orders == DATE_YMD || orders == DATE_DMY || orders == DATE_MDY;
}

/* Looks for the order of dates in the first bytes of the stream that are at hand. Called when a
 * line has a date that may be several. */
static void seek_order(struct gloss_times *t)
{
    struct gloss_time_memory *m = t->memory;
    struct gloss_span rest = t->block.bytes;
    struct civil former = {0};
    uint64_t ns;

    rest.len = MIN(rest.len, (size_t)(ORDER_BYTES - m->looked_bytes));
    m->looked_bytes += (uint32_t)rest.len;
    m->order_sought = m->looked_bytes >= ORDER_BYTES;
    while (rest.len > 0) {
        size_t n = first_line_length(rest);
        struct civil c = {0};

        if (timestamp_read(gloss_span(rest.ptr, n), &t->reading, &ns, &c) != TIME_ABSENT &&
            c.orders)
            weigh(m, &c, &former);
        rest = gloss_span(rest.ptr + n, rest.len - n);
    }
    t->rules.orders = is_one(m->orders) ? m->orders : 0;
}

/* ---- one line ---- */

static struct gloss_span text_of(struct gloss_span line)
{
    line.len -= line.len > 0 && line.ptr[line.len - 1] == '\n';
    line.len -= line.len > 0 && line.ptr[line.len - 1] == '\r';
    return line;
}

static void note_own(struct gloss_times *t, struct gloss_span text, uint64_t ns)
{
    struct gloss_time_memory *m = t->memory;
    uint64_t now = t->options.clock->now_ns;

    if (timestamp_is_indented(text))
        m->indented = true;
    else
        m->flush = true;
    m->latest_ns = MAX(m->latest_ns, ns);
    m->late = (ns > now ? ns - now : now - ns) > RECENT_NS;
}

static enum time_match read_line(struct gloss_times *t, struct gloss_span text, uint64_t *ret_ns)
{
    struct civil c;
    enum time_match m;

    c.orders = 0;
    m = timestamp_read(text, &t->reading, ret_ns, &c);

    if (m == TIME_UNSURE && c.orders && !t->rules.orders && !t->memory->order_sought) {
        t->memory->order_sought = true;
        seek_order(t);
        m = timestamp_read(text, &t->reading, ret_ns, NULL);
    }
    return m;
}

/* Whether an earlier line at hand has a time and begins without a blank. */
static bool has_flush_before(struct gloss_times *t, const char *at)
{
    const char *begin = t->block.bytes.ptr, *end = at;
    uint64_t ns;

    if (at < begin || at > begin + t->block.bytes.len)
        return false;
    while (end > begin && (size_t)(at - end) <= GLOSS_TIMES_BYTES) {
        const char *newline =
            end - 1 > begin ? memrchr(begin, '\n', (size_t)(end - 1 - begin)) : NULL;
        const char *line = newline ? newline + 1 : begin;
        struct gloss_span text = text_of(gloss_span(line, (size_t)(end - line)));

        if (!timestamp_is_indented(text) && read_line(t, text, &ns) == TIME_FOUND)
            return true;
        end = line;
    }
    return false;
}

/* The own time of a line. One that begins with a blank has none where lines without a blank have
 * times: it is a detail of such a line. */
static enum time_match own(struct gloss_times *t, struct gloss_span text, uint64_t *ret_ns)
{
    bool indented = timestamp_is_indented(text);
    enum time_match m;

    if (t->memory->flush && indented)
        return TIME_ABSENT;
    m = read_line(t, text, ret_ns);
    if (m == TIME_FOUND && indented && !t->memory->indented && has_flush_before(t, text.ptr)) {
        t->memory->flush = true;
        return TIME_ABSENT;
    }
    if (m == TIME_FOUND)
        note_own(t, text, *ret_ns);
    return m;
}

bool gloss_times_own(struct gloss_times *t, struct gloss_span text, uint64_t *ret_ns)
{
    if (t->options.kind != GLOSS_TIMES_ENTRIES)
        return own(t, text, ret_ns) == TIME_FOUND;
    *ret_ns = t->options.clock->now_ns;
    return true;
}

/* ---- what a line inherits ---- */

/* The trail that the blocks before have left at the beginning of this one. */
static struct trail remembered(const struct gloss_times *t)
{
    const struct gloss_time_memory *m = t->memory;

    return (struct trail){
        .ns = m->last_ns, .bytes = m->distance_bytes, .lines = m->distance_lines, .ends = true};
}

/* Adds what lies between two places to the trail of the first one. */
static struct trail farther(struct trail trail, uint64_t bytes, uint64_t lines)
{
    trail.bytes += bytes;
    trail.lines += lines;
    if (trail.bytes > GLOSS_TIMES_BYTES || trail.lines > GLOSS_TIMES_LINES)
        trail.ns = 0;
    return trail;
}

/* The trail at the beginning of a line of the block. */
static struct trail trail_before(struct gloss_times *t, const char *at, uint64_t most_lines)
{
    const char *begin = t->block.bytes.ptr, *end = at;
    uint64_t lines = 0, ns;

    while (end > begin && lines < most_lines && (size_t)(at - end) <= GLOSS_TIMES_BYTES) {
        const char *newline =
            end - 1 > begin ? memrchr(begin, '\n', (size_t)(end - 1 - begin)) : NULL;
        const char *line = newline ? newline + 1 : begin;
        enum time_match m;

        lines++;
        if (line == t->known && t->walked)
            return farther(t->trail, (uint64_t)(at - line), lines);
        m = own(t, text_of(gloss_span(line, (size_t)(end - line))), &ns);
        if (m != TIME_ABSENT)
            return farther((struct trail){.ns = m == TIME_FOUND ? ns : 0, .ends = true},
                           (uint64_t)(at - line), lines);
        end = line;
    }
    if (end > begin)
        return (struct trail){.ends = true};
    return farther(remembered(t), (uint64_t)(at - begin), lines);
}

static struct gloss_time without_own(struct gloss_times *t, const char *at)
{
    const struct gloss_time_memory *m = t->memory;

    t->trail = trail_before(t, at, GLOSS_TIMES_LINES);
    t->walked = true;
    if (t->trail.ns > 0)
        return (struct gloss_time){t->trail.ns, GLOSS_TIME_INHERITED};
    if (t->options.kind == GLOSS_TIMES_LIVE && (m->latest_ns == 0 || !m->late))
        return (struct gloss_time){t->options.clock->now_ns, GLOSS_TIME_READ};
    return (struct gloss_time){0, GLOSS_TIME_NONE};
}

static struct gloss_time answer_for(struct gloss_times *t, struct gloss_span text)
{
    struct gloss_time answer = {0, GLOSS_TIME_NONE};
    uint64_t ns;
    enum time_match m = own(t, text, &ns);

    if (m == TIME_ABSENT)
        return without_own(t, text.ptr);
    t->walked = false;
    if (m == TIME_FOUND)
        answer = (struct gloss_time){ns, GLOSS_TIME_LINE};
    return answer;
}

struct gloss_time gloss_times_of(struct gloss_times *t, struct gloss_span text, bool begins)
{
    if (t->options.kind == GLOSS_TIMES_ENTRIES)
        return (struct gloss_time){t->options.clock->now_ns, GLOSS_TIME_LINE};
    if (!begins)
        return t->memory->part;
    if (text.ptr == t->known)
        return t->answer;
    t->answer = answer_for(t, text);
    t->known = text.ptr;
    t->memory->untimed += t->answer.source == GLOSS_TIME_NONE;
    return t->answer;
}

/* ---- W3C's log format ---- */

/* Whether a stream begins with the directives of W3C's extended log format, by which its times are
 * UTC: IIS writes it, and some proxies. */
static bool is_w3c(struct gloss_span bytes)
{
    static const char *const words[] = {"#Software: Microsoft", "#Version: 1.0", "#Fields: date"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (bytes.len > strlen(words[i]) && memcmp(bytes.ptr, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

/* ---- one block ---- */

void gloss_times_begin(struct gloss_times *t, struct gloss_time_memory *memory,
                       const struct gloss_block *block)
{
    t->memory = memory;
    t->block = *block;
    t->known = NULL;
    t->rules.before_ns = memory->changed_ns > 0 ? memory->changed_ns : t->options.clock->now_ns;
    t->rules.after_ns = memory->latest_ns;
    t->rules.orders = is_one(memory->orders) ? memory->orders : 0;
    if (block->offset == 0 && block->begins_line && is_w3c(block->bytes))
        memory->utc = true;
    t->rules.utc = memory->utc;
    t->rules.doubtful_zone = memory->zone;
    if (block->begins_line && !block->ends_line && t->options.kind != GLOSS_TIMES_ENTRIES) {
        memory->part = answer_for(t, text_of(block->bytes));
        t->known = block->bytes.ptr;
        t->answer = memory->part;
    }
}

void gloss_times_end(struct gloss_times *t)
{
    struct gloss_time_memory *m = t->memory;
    struct gloss_block *b = &t->block;
    struct trail trail;

    if (b->bytes.len == 0 || t->options.kind == GLOSS_TIMES_ENTRIES)
        return;
    if (b->begins_line && b->ends_line)
        trail = trail_before(t, b->bytes.ptr + b->bytes.len,
                             m->latest_ns > 0 ? GLOSS_TIMES_LINES : UNTIMED_LINES);
    else if (b->begins_line && m->part.source == GLOSS_TIME_LINE)
        trail = (struct trail){.ns = m->part.ns, .bytes = b->bytes.len};
    else
        trail = farther(remembered(t), b->bytes.len, b->ends_line);
    m->last_ns = trail.ns;
    m->distance_bytes = trail.bytes;
    m->distance_lines = (uint32_t)MIN(trail.lines, (uint64_t)UINT32_MAX);
}

/* ---- forms ---- */

const char *gloss_times_format_problem(const char *format)
{
    if (*format == '\0')
        return "is empty";
    for (const char *p = format; *p; p++) {
        if (*p != '%')
            continue;
        p++;
        if (*p == '\0' || !strchr("YymdeHIMSbBhaApzZsfLNjTFRDnt%", *p))
            return "has a letter that is not known behind %; use those of strptime(3): %Y %m %d %b "
                   "%H %M %S %z, %f for a fraction, %s for seconds since 1970";
    }
    if (!strchr(format, '%'))
        return "has no field; write the form as strptime(3) has it: '%d.%m.%Y %H:%M:%S'";
    return NULL;
}

size_t gloss_times_n_forms(void)
{
    return time_n_forms;
}

struct gloss_time_form gloss_times_form(size_t index)
{
    return (struct gloss_time_form){time_forms[index].writer, time_forms[index].example};
}
