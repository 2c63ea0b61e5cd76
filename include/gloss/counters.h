#ifndef GLOSS_COUNTERS_H
#define GLOSS_COUNTERS_H

/* Exact counts of what was seen: by code and source, by source, and of unknown codes. Counts only
 * grow.
 *
 *     #include <assert.h>
 *     #include <gloss/counters.h>
 *
 *     struct counting {
 *         struct gloss_times *times;
 *         struct gloss_counters *counters;
 *         struct gloss_source_counts *source;
 *     };
 *
 *     static int on_line(void *ctx, const struct gloss_line *line)
 *     {
 *         struct counting *c = ctx;
 *
 *         return gloss_counters_line(c->counters, c->source, line, NULL, c->times);
 *     }
 *
 *     int main(void)
 *     {
 *         struct gloss_block block = {.begins_line = true, .ends_line = true};
 *         struct gloss_stream stream = {0};
 *         struct gloss_clock clock = {.now_ns = 1795420860000000000};
 *         struct gloss_times_options options = {.clock = &clock};
 *         struct counting c = {0};
 *         struct gloss_catalogs *set;
 *         struct gloss_matcher *matcher;
 *         struct gloss_scanner *scanner;
 *
 *         if (gloss_times_new(&c.times, &options) < 0 || gloss_catalogs_new(&set) < 0 ||
 * gloss_catalogs_read_builtin(set) != 0 || gloss_matcher_new(&matcher, set, NULL) < 0 ||
 *             gloss_scanner_new(&scanner, matcher) < 0 ||
 *             gloss_counters_new(&c.counters, set) < 0 ||
 *             gloss_counters_source(c.counters, "app.log", &c.source) < 0)
 *             return 1;
 *         block.bytes = gloss_span_str("BIZ_NO_MESSAGE, BIZ_NO_MESSAGE\nquiet\n");
 *         gloss_times_begin(c.times, &stream.times, &block);
 *         if (gloss_scanner_scan(scanner, &block, &stream, on_line, &c) != 0 ||
 *             gloss_counters_block(c.counters, c.source, &block, stream.lines, c.times) < 0)
 *             return 1;
 *         gloss_times_end(c.times);
 *         assert(c.source->hits == 2 && c.source->matched_lines == 1 && c.source->lines == 2);
 *         gloss_counters_free(c.counters);
 *         gloss_stream_deinit(&stream);
 *         gloss_scanner_free(scanner);
 *         gloss_matcher_free(matcher);
 *         gloss_catalogs_free(set);
 *         gloss_times_free(c.times);
 *     }
 */

#include <gloss/history.h>
#include <gloss/scanner.h>
#include <gloss/times.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The count of a code in a source. Times are nanoseconds since 1970-01-01T00:00:00Z, those of
 * gloss_times_of(). */
struct gloss_count {
    uint64_t hits;              /* occurrences */
    uint64_t lines;             /* lines with at least one */
    uint64_t first_ns, last_ns; /* the earliest and the latest time; 0: no hit had one */
    uint64_t last_line;         /* the number of the line that was counted last */
};

struct gloss_source_counts;

/** The count of an unknown code in a source. Strings are owned by the counters. */
struct gloss_unknown_count {
    const struct gloss_source_counts *source; /* borrowed; NULL: the source is not known */
    const char *code;    /* NUL-terminated; a longer one is cut to GLOSS_CODE_MAX bytes */
    const char *catalog; /* the name of the catalog whose family the code has */
    uint64_t hits;       /* 0 only where memory ran out when its line was to be counted */
};

/** What was counted in one source. */
struct gloss_source_counts {
    const char *name;           /* owned by the counters */
    uint64_t bytes, lines;      /* read */
    uint64_t matched_lines;     /* lines with a selected hit */
    uint64_t hits, successes;   /* selected hits; lines with a success marker */
    uint64_t unknown_dropped;   /* occurrences of unknown codes that were not counted by name */
    uint64_t first_ns, last_ns; /* the earliest and the latest stamp of the lines that were
                                   looked at; 0: none; see gloss_counters_span() */
    uint64_t read_first_ns, read_last_ns; /* of live input: when the first and the last block were
                                             read; 0: none */
    struct gloss_count *codes;            /* owned; by entry id; NULL until the first hit */
    bool dirty;                           /* the counts have changed; the caller resets it */
    /* What has to be known from one line or block to the next. */
    uint64_t tail_ns, tail_line; /* the last stamp that stood near the end of a block; its line */
    uint64_t matched_line;       /* the number of the line that was last counted as matched */
};

/** The most unknown codes that are counted by name, those of all sources together. */
#define GLOSS_UNKNOWN_MAX 10000

/** All counts of a run of the program, or of a service. */
struct gloss_counters;

/** @set  borrowed; must live as long as the counters. Returns 0 or -ENOMEM. */
int gloss_counters_new(struct gloss_counters **ret_counters, const struct gloss_catalogs *set);
struct gloss_counters *gloss_counters_free(struct gloss_counters *c);
static inline void gloss_counters_freep(struct gloss_counters **c)
{
    *c = gloss_counters_free(*c);
}

/** From now on a history is kept, too: what is counted, by the time it belongs to. A line with a
 * finding belongs to its time, and is in no period where it has none; the bytes and lines of a
 * block belong to the last own time near its end, else to the time at which it is read. A time that
 * lies ahead of the clock counts as now.
 *
 * Returns 0 or -ENOMEM. */
int gloss_counters_keep_history(struct gloss_counters *c);

/** That history, owned by the counters; NULL: none is kept. */
struct gloss_history *gloss_counters_history(const struct gloss_counters *c);

/** The counts of the source of that name, which is added when it is new. *ret_source is good until
 * the counters are freed. Returns 0 or -ENOMEM. */
int gloss_counters_source(struct gloss_counters *c, const char *name,
                          struct gloss_source_counts **ret_source);

/** How many sources there are, and the one of an index below that, in the order in which they came.
 */
size_t gloss_counters_n_sources(const struct gloss_counters *c);
struct gloss_source_counts *gloss_counters_source_at(struct gloss_counters *c, size_t index);

/** Counts the findings of a line that the scanner reported.
 *
 * @selected  by entry id: hits of other entries do not count; NULL: all count.
 *
 * Returns 0; or -ENOMEM, then nothing of the line was counted. */
int gloss_counters_line(struct gloss_counters *c, struct gloss_source_counts *source,
                        const struct gloss_line *line, const bool *selected,
                        struct gloss_times *times);

/** The count of an entry in a source, so that the counts of an earlier run can be put there.
 * *ret_count is good until the counters are freed. Returns 0 or -ENOMEM. */
int gloss_counters_code(struct gloss_counters *c, struct gloss_source_counts *source,
                        uint32_t entry, struct gloss_count **ret_count);

/** Counts the bytes and lines of a block after it was scanned, and looks at the stamps of the first
 * and the last few lines of the source.
 *
 * @lines  how many lines ended in the block.
 *
 * Returns 0; or -ENOMEM, then nothing of the block was counted. It cannot fail without a history.
 */
int gloss_counters_block(struct gloss_counters *c, struct gloss_source_counts *source,
                         const struct gloss_block *block, uint64_t lines,
                         struct gloss_times *times);

/** The time span of a source: from the earliest to the latest stamp among its first 16 lines, the
 * last line with a stamp of its last 16, and all lines that gloss_counters_line() counted. Where
 * none of these has a stamp it is the time of reading of live input; 0: there is none. How the
 * lines were cut into blocks does not matter. */
void gloss_counters_span(const struct gloss_source_counts *source, uint64_t *ret_first_ns,
                         uint64_t *ret_last_ns);

/** Adds hits to an unknown code, as when the counts of an earlier run are taken over. A new code
 * beyond GLOSS_UNKNOWN_MAX adds to gloss_counters_unknown_dropped() instead.
 *
 * @source  in which it was seen; NULL: it is not known in which.
 *
 * Returns 0 or -ENOMEM. */
int gloss_counters_unknown(struct gloss_counters *c, struct gloss_source_counts *source,
                           struct gloss_span code, const char *catalog, uint64_t hits);

/** How many unknown codes there are, and the one of an index below that, in the order in which they
 * came. */
size_t gloss_counters_n_unknown(const struct gloss_counters *c);
const struct gloss_unknown_count *gloss_counters_unknown_at(const struct gloss_counters *c,
                                                            size_t index);

/** Occurrences of unknown codes that were not counted by name, in all sources; and adds to those
 * whose source is not known. */
uint64_t gloss_counters_unknown_dropped(const struct gloss_counters *c);
void gloss_counters_unknown_drop(struct gloss_counters *c, uint64_t hits);

/** The set that the counters were made for. */
const struct gloss_catalogs *gloss_counters_catalogs(const struct gloss_counters *c);

#ifdef __cplusplus
}
#endif
#endif
