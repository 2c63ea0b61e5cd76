#ifndef GLOSS_COUNTERS_H
#define GLOSS_COUNTERS_H

/* Exact counts of what was seen: per code and source, per source, and of unknown codes. They only
 * ever grow. */

#include <gloss/history.h>
#include <gloss/scanner.h>
#include <gloss/stamp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Of one code in one source. Times are nanoseconds since 1970 of the line itself, else of its
 * reading; 0: never seen. */
struct gloss_count {
    uint64_t hits;              /* occurrences */
    uint64_t lines;             /* lines with at least one */
    uint64_t first_ns, last_ns; /* earliest and latest time */
    uint64_t last_line;         /* number of the line seen last */
};

struct gloss_source_counts;

/** Of one unknown code in one source. */
struct gloss_unknown_count {
    const struct gloss_source_counts *source; /* borrowed; NULL: it is not known which */
    const char *code; /* owned by the counters; NUL-terminated; at most GLOSS_CODE_MAX bytes, longer
                         ones are cut */
    const char *catalog; /* name of the catalog whose family it has; owned by the counters */
    uint64_t hits;       /* 0 only where memory ran out before its first was counted */
};

/** What one source showed. */
struct gloss_source_counts {
    const char *name; /* owned by the counters */
    uint64_t bytes, lines, matched_lines, hits, successes;
    uint64_t unknown_dropped;   /* occurrences of unknown codes that found no place */
    uint64_t first_ns, last_ns; /* earliest and latest stamp of the lines looked at; 0: none had
                                   one; see gloss_counters_span() */
    uint64_t read_first_ns, read_last_ns; /* when the first block was read, and the last; 0: none */
    struct gloss_count *codes; /* by entry id, n_entries of them; NULL until the first hit */
    bool dirty;                /* changed since the owner last cleared this */
    /* What the next line or block needs to know of the ones before. */
    uint64_t tail_ns, tail_line; /* the last stamp that stood near a block's end, and its line */
    uint64_t part_ns;            /* time of the line that the last block began with */
    uint64_t matched_line;       /* number of the last line counted in matched_lines */
};

#define GLOSS_UNKNOWN_MAX 10000

/** All counts of one run or one service. */
struct gloss_counters;

/** @set  borrowed; outlives the counters. Returns 0 or -ENOMEM. */
int gloss_counters_new(struct gloss_counters **ret_counters, const struct gloss_catalogs *set);
struct gloss_counters *gloss_counters_free(struct gloss_counters *c);
static inline void gloss_counters_freep(struct gloss_counters **c)
{
    *c = gloss_counters_free(*c);
}

/** From now on what is counted is also kept by the time it belongs to: a line with a finding by its
 * stamp, else by the time of its reading, as the first_ns and last_ns of its codes; the bytes and
 * lines of a block by the last stamp near its end, else by that of its reading. A stamp that lies
 * ahead of the clock is taken for now. Returns 0 or -ENOMEM. */
int gloss_counters_keep_history(struct gloss_counters *c);
/** That history; owned by the counters; NULL: none is kept. */
struct gloss_history *gloss_counters_history(const struct gloss_counters *c);

/** The source of that name, added when it is new. The pointer stays good until the counters are
 * freed. Returns 0 or -ENOMEM. */
int gloss_counters_source(struct gloss_counters *c, const char *name,
                          struct gloss_source_counts **ret_source);
size_t gloss_counters_n_sources(const struct gloss_counters *c);
struct gloss_source_counts *gloss_counters_source_at(struct gloss_counters *c, size_t index);

/** Counts what the scanner reported. selected: by entry id, NULL: all; hits of others do not count.
 * Returns 0 or -ENOMEM (then nothing of this line was counted). */
int gloss_counters_line(struct gloss_counters *c, struct gloss_source_counts *source,
                        const struct gloss_line *line, const bool *selected,
                        const struct gloss_clock *clock);
/** The count of one entry in a source, as when counts of an earlier run are taken over. The pointer
 * stays good until the counters are freed. Returns 0 or -ENOMEM. */
int gloss_counters_code(struct gloss_counters *c, struct gloss_source_counts *source,
                        uint32_t entry, struct gloss_count **ret_count);
/** Counts a block after it was scanned: its bytes and the lines that ended in it (lines). Looks at
 * the stamps of the source's first and last few lines. Returns 0 or -ENOMEM (then nothing of it was
 * counted); without a history it does not fail. */
int gloss_counters_block(struct gloss_counters *c, struct gloss_source_counts *source,
                         const struct gloss_block *block, uint64_t lines,
                         const struct gloss_clock *clock);
/** The time span of what was read: from the earliest to the latest stamp among the first 16 lines,
 * the last stamped one of the last 16, and all lines counted by gloss_counters_line(). Where none
 * has a stamp it is the time of reading; 0: nothing was read. It does not depend on how the lines
 * were cut into blocks. */
void gloss_counters_span(const struct gloss_source_counts *source, uint64_t *ret_first_ns,
                         uint64_t *ret_last_ns);
/** Adds to an unknown code, as when counts of an earlier run are taken over. Beyond
 * GLOSS_UNKNOWN_MAX different ones only the cap is counted.
 * @source  in which it was seen; NULL: it is not known in which.
 * Returns 0 or -ENOMEM. */
int gloss_counters_unknown(struct gloss_counters *c, struct gloss_source_counts *source,
                           struct gloss_span code, const char *catalog, uint64_t hits);
size_t gloss_counters_n_unknown(const struct gloss_counters *c);
const struct gloss_unknown_count *gloss_counters_unknown_at(const struct gloss_counters *c,
                                                            size_t index);
/** Occurrences of unknown codes that found no place, in all sources; and adds to those of which the
 * source is not known. */
uint64_t gloss_counters_unknown_dropped(const struct gloss_counters *c);
void gloss_counters_unknown_drop(struct gloss_counters *c, uint64_t hits);

const struct gloss_catalogs *gloss_counters_catalogs(const struct gloss_counters *c);

#ifdef __cplusplus
}
#endif
#endif
