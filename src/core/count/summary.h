#pragma once

/* What all summaries are written from: the counters, added up and in order. */

#include <gloss/summary.h>

/** A code that was seen, over all sources or in one. */
struct summary_code {
    const struct gloss_entry *entry;
    struct gloss_count count;
};

/** A source in which a code was seen. */
struct summary_place {
    const struct gloss_source_counts *source;
    struct gloss_count count;
};

struct summary {
    struct gloss_counters *counters; /* borrowed */
    const struct gloss_summary_options *options;
    uint64_t bytes, lines, matched_lines, hits, successes, unknown_hits;
    uint64_t first_ns, last_ns; /* 0: nothing was read */
    struct summary_code *codes; /* owned, as the others; most hits first, ties by name */
    size_t n_codes;
    struct gloss_unknown_count *unknown; /* each over all sources */
    size_t n_unknown;
    struct summary_place *places; /* room for one per source */
};

/** The codes seen in one source, in order; the caller frees them. Returns 0 or -ENOMEM. */
int summary_codes_of(const struct summary *s, const struct gloss_source_counts *source,
                     struct summary_code **ret_codes, size_t *ret_n);
/** Puts where a code was seen into s->places, in order, and returns how many these are. */
size_t summary_places(struct summary *s, const struct gloss_entry *entry);

/** The name of the known code nearest to an unknown one, or NULL. */
const char *summary_nearest(const struct summary *s, const struct gloss_unknown_count *u);

/** Failed calls in millionths of all whose outcome was seen; meaningful where successes > 0. */
uint64_t summary_error_ppm(uint64_t matched_lines, uint64_t successes);

/* One writer per format. Memory trouble shows in out->failed. */
void summary_write_table(struct summary *s, struct gloss_buf *out);
void summary_write_json(struct summary *s, struct gloss_buf *out);
void summary_write_csv(struct summary *s, struct gloss_buf *out);
void summary_write_prometheus(struct summary *s, struct gloss_buf *out);
