/* Counters: a row of numbers for each source, and in it an array with a count for each entry. The
 * array is made when the source shows its first hit, so a source without hits costs nothing but its
 * row.
 *
 *     source "app.log"   bytes lines matched_lines hits successes times
 *                        codes ──► [entry 0] [entry 1] … hits lines first last
 *
 * The time span of a source must be the same however its bytes were cut into blocks, and finding it
 * must not cost a look at every line. So the time stamps of exactly these lines count: the first
 * few of the source, those with a finding, and among the last few the last one that has a stamp.
 * Since any block may be the last, the last few lines of each block are looked at; the stamp found
 * there counts only as long as it is near the end of the source. */

#include <gloss/counters.h>

#include "core/base/first_line.h"
#include "core/base/name_index.h"
#include "core/base/util.h"
#include "core/count/unknown_codes.h"

/* How many lines "the first few" and "the last few" are. */
#define NEAR_LINES ((uint64_t)16)

struct gloss_counters {
    const struct gloss_catalogs *set;
    size_t n_entries;
    /* Each is allocated for itself, since callers keep pointers to it. */
    struct gloss_source_counts **sources;
    size_t n_sources, sources_size;
    struct name_index by_name; /* their indexes in sources */
    struct unknown_codes unknown;
    uint64_t unknown_dropped;      /* occurrences beyond its limit, in sources that are not known */
    struct gloss_history *history; /* NULL: none is kept */
};

int gloss_counters_new(struct gloss_counters **ret_counters, const struct gloss_catalogs *set)
{
    struct gloss_counters *c = calloc(1, sizeof(*c));

    if (!c)
        return -ENOMEM;
    c->set = set;
    c->n_entries = gloss_catalogs_n_entries(set);
    *ret_counters = c;
    return 0;
}

static void source_counts_free(struct gloss_source_counts *s)
{
    free((char *)s->name);
    free(s->codes);
    free(s);
}

struct gloss_counters *gloss_counters_free(struct gloss_counters *c)
{
    if (!c)
        return NULL;
    for (size_t i = 0; i < c->n_sources; i++)
        source_counts_free(c->sources[i]);
    free(c->sources);
    name_index_deinit(&c->by_name);
    unknown_codes_deinit(&c->unknown);
    gloss_history_free(c->history);
    free(c);
    return NULL;
}

int gloss_counters_keep_history(struct gloss_counters *c)
{
    return c->history ? 0 : gloss_history_new(&c->history);
}

struct gloss_history *gloss_counters_history(const struct gloss_counters *c)
{
    return c->history;
}

int gloss_counters_source(struct gloss_counters *c, const char *name,
                          struct gloss_source_counts **ret_source)
{
    struct gloss_source_counts *s;
    uint32_t at;

    if (name_index_get(&c->by_name, gloss_span_str(name), &at)) {
        *ret_source = c->sources[at];
        return 0;
    }
    if (GROW(&c->sources, &c->sources_size, c->n_sources + 1) < 0 ||
        name_index_reserve(&c->by_name, c->n_sources + 1) < 0)
        return -ENOMEM;
    s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    s->name = strdup(name);
    if (!s->name) {
        source_counts_free(s);
        return -ENOMEM;
    }
    name_index_put(&c->by_name, gloss_span_str(s->name), (uint32_t)c->n_sources);
    c->sources[c->n_sources++] = s;
    *ret_source = s;
    return 0;
}

size_t gloss_counters_n_sources(const struct gloss_counters *c)
{
    return c->n_sources;
}

struct gloss_source_counts *gloss_counters_source_at(struct gloss_counters *c, size_t index)
{
    return c->sources[index];
}

/* Widens a time span so that it covers ns; 0 is no time. */
static void span_add(uint64_t *first_ns, uint64_t *last_ns, uint64_t ns)
{
    if (ns == 0)
        return;
    if (*first_ns == 0 || ns < *first_ns)
        *first_ns = ns;
    if (ns > *last_ns)
        *last_ns = ns;
}

int gloss_counters_unknown(struct gloss_counters *c, struct gloss_source_counts *source,
                           struct gloss_span code, const char *catalog, uint64_t hits)
{
    struct gloss_unknown_count *u;

    if (unknown_codes_get(&c->unknown, source, code, catalog, &u) < 0)
        return -ENOMEM;
    if (u)
        u->hits += hits;
    else if (source)
        source->unknown_dropped += hits;
    else
        c->unknown_dropped += hits;
    return 0;
}

static bool counts(const struct gloss_hit *hit, const bool *selected)
{
    return !selected || selected[hit->entry->id];
}

static int codes_reserve(struct gloss_counters *c, struct gloss_source_counts *source)
{
    if (!source->codes)
        source->codes = calloc(c->n_entries, sizeof(*source->codes));
    return source->codes ? 0 : -ENOMEM;
}

int gloss_counters_code(struct gloss_counters *c, struct gloss_source_counts *source,
                        uint32_t entry, struct gloss_count **ret_count)
{
    if (codes_reserve(c, source) < 0)
        return -ENOMEM;
    *ret_count = &source->codes[entry];
    return 0;
}

/* Takes all memory that counting a line needs before anything is counted, so that a line is counted
 * whole or not at all. The history may need a tally for each hit and unknown code, and one for the
 * source. */
static int line_reserve(struct gloss_counters *c, struct gloss_source_counts *source,
                        const struct gloss_line *line, size_t n_hits)
{
    struct gloss_unknown_count *u;

    if (n_hits > 0 && codes_reserve(c, source) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < line->n_unknown; i++)
        if (unknown_codes_get(&c->unknown, source, line->unknown[i].text,
                              line->unknown[i].catalog->name, &u) < 0)
            return -ENOMEM;
    return c->history ? gloss_history_reserve(c->history, n_hits + line->n_unknown + 1) : 0;
}

/* The time of a line; 0: it has none. The time of reading does not widen the span of the source. */
static uint64_t line_time(struct gloss_source_counts *source, const struct gloss_line *line,
                          struct gloss_times *times)
{
    struct gloss_time time = gloss_times_of(times, line->text, line->begins);

    if (time.source != GLOSS_TIME_READ)
        span_add(&source->first_ns, &source->last_ns, time.ns);
    return time.ns;
}

/* The time under which the history counts: a log whose clock is ahead must not be counted as
 * tomorrow's. */
static uint64_t history_time(uint64_t ns, const struct gloss_times *times)
{
    return MIN(ns, gloss_times_clock(times)->now_ns);
}

static void count_hit(struct gloss_source_counts *source, const struct gloss_hit *hit,
                      uint64_t line, uint64_t ns)
{
    struct gloss_count *count = &source->codes[hit->entry->id];

    count->hits++;
    count->lines += hit->first;
    count->last_line = line;
    span_add(&count->first_ns, &count->last_ns, ns);
    source->hits++;
}

static void keep_hit(struct gloss_history *h, const struct gloss_source_counts *source,
                     const struct gloss_hit *hit, uint64_t ns)
{
    struct gloss_tally *t = gloss_history_at(h, GLOSS_TALLY_CODE, source, hit->entry->id, ns);

    if (!t)
        return;
    t->hits++;
    t->lines += hit->first;
}

/* Counts an occurrence of an unknown code; line_reserve() has made room for it. ns 0: it has no
 * time. */
static void count_unknown(struct gloss_counters *c, struct gloss_source_counts *source,
                          const struct gloss_unknown *unknown, uint64_t ns)
{
    struct gloss_unknown_count *u;
    struct gloss_tally *t;

    if (unknown_codes_get(&c->unknown, source, unknown->text, unknown->catalog->name, &u) < 0)
        return;
    if (!u) {
        source->unknown_dropped++;
        return;
    }
    u->hits++;
    t = c->history && ns > 0 ? gloss_history_at(c->history, GLOSS_TALLY_UNKNOWN, source,
                                                (uint32_t)(u - c->unknown.items), ns)
                             : NULL;
    if (t)
        t->hits++;
}

/* Counts a line as matched, once for all its parts. The scanner's first_match does not tell that:
 * the hit that it speaks of may not be selected. Returns whether the line was counted by this call.
 */
static bool count_matched(struct gloss_source_counts *source, const struct gloss_line *line)
{
    if (!line->begins && source->matched_line == line->number)
        return false;
    source->matched_line = line->number;
    source->matched_lines++;
    return true;
}

/* Adds a line to the sums of its source in the history. */
static void keep_line(struct gloss_history *h, const struct gloss_source_counts *source,
                      size_t n_hits, bool matched, bool success, uint64_t ns)
{
    struct gloss_tally *t = gloss_history_at(h, GLOSS_TALLY_SOURCE, source, 0, ns);

    if (!t)
        return;
    t->hits += n_hits;
    t->matched_lines += matched;
    t->successes += success;
}

int gloss_counters_line(struct gloss_counters *c, struct gloss_source_counts *source,
                        const struct gloss_line *line, const bool *selected,
                        struct gloss_times *times)
{
    size_t n_hits = 0;
    bool matched = false;
    struct gloss_history *history;
    uint64_t ns, kept_ns;

    for (size_t i = 0; i < line->n_hits; i++)
        n_hits += counts(&line->hits[i], selected);
    if (line_reserve(c, source, line, n_hits) < 0)
        return -ENOMEM;
    ns = line_time(source, line, times);
    kept_ns = history_time(ns, times);
    history = ns > 0 ? c->history : NULL;
    for (size_t i = 0; i < line->n_hits; i++) {
        if (!counts(&line->hits[i], selected))
            continue;
        count_hit(source, &line->hits[i], line->number, ns);
        if (history)
            keep_hit(history, source, &line->hits[i], kept_ns);
    }
    if (n_hits > 0)
        matched = count_matched(source, line);
    for (size_t i = 0; i < line->n_unknown; i++)
        count_unknown(c, source, &line->unknown[i], kept_ns);
    source->successes += line->success;
    if (history && (n_hits > 0 || line->success))
        keep_line(history, source, n_hits, matched, line->success, kept_ns);
    source->dirty = true;
    return 0;
}

/* Widens the time span by the stamps of those lines of a block that are among the first of the
 * source. */
static void look_at_head(struct gloss_source_counts *source, const struct gloss_block *block,
                         struct gloss_times *times)
{
    struct gloss_span rest = block->bytes;
    uint64_t line = source->lines, ns;

    for (; rest.len > 0 && line < NEAR_LINES; line++) {
        size_t n = first_line_length(rest);
        size_t text = n - (rest.ptr[n - 1] == '\n');

        if (gloss_times_own(times, gloss_span(rest.ptr, text), &ns))
            span_add(&source->first_ns, &source->last_ns, ns);
        rest = gloss_span(rest.ptr + n, rest.len - n);
    }
}

/* Goes through the last lines of a block, backwards, and keeps the first stamp it meets. `last` is
 * the number of the block's last line. Returns whether there was a stamp. */
static bool look_at_tail(struct gloss_source_counts *source, const struct gloss_block *block,
                         uint64_t last, struct gloss_times *times)
{
    struct gloss_span rest = block->bytes;

    for (uint64_t i = 0; i < NEAR_LINES && rest.len > 0; i++) {
        size_t text = rest.len - (rest.ptr[rest.len - 1] == '\n');
        const char *before = text > 0 ? memrchr(rest.ptr, '\n', text) : NULL;
        size_t begin = before ? (size_t)(before - rest.ptr) + 1 : 0;

        if (gloss_times_own(times, gloss_span(rest.ptr + begin, text - begin), &source->tail_ns)) {
            source->tail_line = last - i;
            return true;
        }
        rest.len = begin;
    }
    return false;
}

static void keep_block(struct gloss_history *h, const struct gloss_source_counts *source,
                       const struct gloss_block *block, uint64_t lines, uint64_t ns)
{
    struct gloss_tally *t = gloss_history_at(h, GLOSS_TALLY_SOURCE, source, 0, ns);

    if (!t)
        return;
    t->bytes += block->bytes.len;
    t->lines += lines;
}

/* Of an overlong line only the first part is searched for a stamp. */
int gloss_counters_block(struct gloss_counters *c, struct gloss_source_counts *source,
                         const struct gloss_block *block, uint64_t lines, struct gloss_times *times)
{
    uint64_t last = source->lines + lines + !block->ends_line;
    uint64_t ns = gloss_times_clock(times)->now_ns;
    struct gloss_time part;

    if (c->history && gloss_history_reserve(c->history, 1) < 0)
        return -ENOMEM;
    if (gloss_times_is_live(times))
        span_add(&source->read_first_ns, &source->read_last_ns, ns);
    if (block->begins_line) {
        if (source->lines < NEAR_LINES)
            look_at_head(source, block, times);
        if (look_at_tail(source, block, last, times))
            ns = source->tail_ns;
    } else {
        part = gloss_times_of(times, block->bytes, /* begins= */ false);
        ns = part.ns > 0 ? part.ns : ns;
    }
    if (c->history)
        keep_block(c->history, source, block, lines, history_time(ns, times));
    source->bytes += block->bytes.len;
    source->lines += lines;
    source->dirty = true;
    return 0;
}

void gloss_counters_span(const struct gloss_source_counts *source, uint64_t *ret_first_ns,
                         uint64_t *ret_last_ns)
{
    uint64_t first = source->first_ns, last = source->last_ns;

    if (source->tail_line + NEAR_LINES > source->lines)
        span_add(&first, &last, source->tail_ns);
    *ret_first_ns = first > 0 ? first : source->read_first_ns;
    *ret_last_ns = last > 0 ? last : source->read_last_ns;
}

size_t gloss_counters_n_unknown(const struct gloss_counters *c)
{
    return c->unknown.n;
}

const struct gloss_unknown_count *gloss_counters_unknown_at(const struct gloss_counters *c,
                                                            size_t index)
{
    return &c->unknown.items[index];
}

uint64_t gloss_counters_unknown_dropped(const struct gloss_counters *c)
{
    uint64_t dropped = c->unknown_dropped;

    for (size_t i = 0; i < c->n_sources; i++)
        dropped += c->sources[i]->unknown_dropped;
    return dropped;
}

void gloss_counters_unknown_drop(struct gloss_counters *c, uint64_t hits)
{
    c->unknown_dropped += hits;
}

const struct gloss_catalogs *gloss_counters_catalogs(const struct gloss_counters *c)
{
    return c->set;
}
