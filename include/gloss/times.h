#ifndef GLOSS_TIMES_H
#define GLOSS_TIMES_H

/* The times of a stream's lines: a line has its own time, or that of a line before it.
 *
 *     #include <assert.h>
 *     #include <gloss/times.h>
 *
 *     int main(void)
 *     {
 *         struct gloss_clock clock = {0}; // UTC
 *         struct gloss_times_options options = {.clock = &clock};
 *         struct gloss_time_memory memory = {0};
 *         struct gloss_block block = {.begins_line = true, .ends_line = true};
 *         struct gloss_times *times;
 *         struct gloss_time time;
 *
 *         if (gloss_times_new(&times, &options) < 0)
 *             return 1;
 *         block.bytes = gloss_span_str("2026-11-23 08:00:01 failed\n  at main.c:7\n");
 *         gloss_times_begin(times, &memory, &block);
 *         time = gloss_times_of(times, gloss_span(block.bytes.ptr + 27, 13), true);
 *         assert(time.source == GLOSS_TIME_INHERITED && time.ns == 1795420801000000000);
 *         gloss_times_end(times);
 *         gloss_times_free(times);
 *     }
 */

#include <gloss/lines.h>
#include <gloss/stamp.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where the time of a line is from. */
enum gloss_time_source {
    GLOSS_TIME_NONE,      /* there is none */
    GLOSS_TIME_LINE,      /* it stands in the line, or is that of the journal's entry */
    GLOSS_TIME_INHERITED, /* of the last line before it that has one of its own */
    GLOSS_TIME_READ,      /* of live input: when the line was read */
};

struct gloss_time {
    uint64_t ns; /* since 1970-01-01T00:00:00Z; 0: none */
    enum gloss_time_source source;
};

/** "line", "inherited", "read"; NULL for none. */
const char *gloss_time_source_name(enum gloss_time_source source);

/** A line inherits from a line at most so far before it. */
#define GLOSS_TIMES_LINES 1000
#define GLOSS_TIMES_BYTES ((size_t)64 << 10)

/** What is known of the times of one stream from one block to the next. Zero-initialised, it is at
 * the start of a stream. */
struct gloss_time_memory {
    uint64_t changed_ns;     /* when the file changed last: a time without a year lies at most a day
                                after it; 0: now. The owner of the stream sets it */
    uint64_t last_ns;        /* the time that the lines of the next block may inherit; 0: none */
    uint64_t distance_bytes; /* from the beginning of the line that has it to the block */
    uint32_t distance_lines; /* the same in lines */
    uint32_t looked_bytes;   /* in which the order of dates was looked for */
    uint64_t latest_ns;      /* the latest own time that was read */
    struct gloss_time part;  /* of the overlong line that is being read */
    uint8_t orders;          /* in which dates of digits may be written, as bits; 0: any */
    bool order_sought;       /* the order of dates will not be looked for again */
    bool flush, indented;    /* own times were seen in lines that begin without, with a blank */
    bool late;               /* the last own time was not read within a minute of it */
    bool utc;                /* the stream says that its times are UTC: W3C's log format */
    uint64_t untimed;        /* times that were asked for and are not there */
    char zone[8];            /* an abbreviation that cannot be told; "": none was met */
};

/** What the lines of a stream are. */
enum gloss_times_kind {
    GLOSS_TIMES_FILE,    /* written at some time: never the present */
    GLOSS_TIMES_LIVE,    /* being written: a line without a time may have that of its reading */
    GLOSS_TIMES_ENTRIES, /* each has the time that the clock shows when it is read */
};

/** Pointers are borrowed and must live as long as what is made of them. */
struct gloss_times_options {
    const struct gloss_clock *clock; /* the caller keeps it current */
    const struct gloss_zone *zone;   /* of times that name none; NULL: the clock's */
    enum gloss_times_kind kind;
    const char *const *formats; /* forms of one's own, tried first; checked */
    size_t n_formats;
};

/** Whether a form of one's own can be read: letters of strptime(3), %f, %L and %N for the digits
 * of a fraction, %s for seconds, milliseconds, micro- or nanoseconds since 1970. Returns NULL, or
 * what is wrong, as the rest of a sentence that begins with the form. */
const char *gloss_times_format_problem(const char *format);

/** Reads the times of streams, one block at a time. */
struct gloss_times;

/** @options  copied. Returns 0 or -ENOMEM. */
int gloss_times_new(struct gloss_times **ret_times, const struct gloss_times_options *options);
struct gloss_times *gloss_times_free(struct gloss_times *t);
static inline void gloss_times_freep(struct gloss_times **t)
{
    *t = gloss_times_free(*t);
}

/** From here on, until gloss_times_end(), lines are those of this block of this stream.
 * Both are borrowed until then. */
void gloss_times_begin(struct gloss_times *t, struct gloss_time_memory *memory,
                       const struct gloss_block *block);
/** What later blocks have to know is remembered. */
void gloss_times_end(struct gloss_times *t);

/** The time of a line of the block.
 *
 * @text    of the line, or of the part of it that is in the block, in the block.
 * @begins  it is the line's beginning. */
struct gloss_time gloss_times_of(struct gloss_times *t, struct gloss_span text, bool begins);

/** The own time of a line that is whole; the line may be anywhere. Returns whether it has one;
 * *ret_ns is written only then. */
bool gloss_times_own(struct gloss_times *t, struct gloss_span text, uint64_t *ret_ns);

/** The memory that was given to gloss_times_begin(), and the clock of the options. */
struct gloss_time_memory *gloss_times_memory(struct gloss_times *t);
const struct gloss_clock *gloss_times_clock(const struct gloss_times *t);
/** Whether the stream is being written now. */
bool gloss_times_is_live(const struct gloss_times *t);

/** The forms that are read, as a table: what writes them, and an example. */
struct gloss_time_form {
    const char *writer, *example;
};
size_t gloss_times_n_forms(void);
struct gloss_time_form gloss_times_form(size_t index);

#ifdef __cplusplus
}
#endif
#endif
