#pragma once

/* What the writers of all formats work from: the counters, added up and in order. */

#include <gloss/summary.h>

/** A code that was seen, with its count over all sources or in one. */
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
    uint64_t first_ns, last_ns; /* the time span of all sources; 0: nothing was read */
    struct summary_code *codes; /* owned; most hits first, ties by name */
    size_t n_codes;
    /* Owned; each over all sources; most hits first, ties by name. */
    struct gloss_unknown_count *unknown;
    size_t n_unknown;
    struct summary_place *places; /* owned; room for all sources; filled by summary_places() */
};

/** The codes that were seen in a source, most hits first, ties by name.
 *
 * @source     NULL: in all sources together.
 * @ret_codes  to be freed by the caller; NULL where there are none.
 *
 * Returns 0 or -ENOMEM. */
int summary_codes_of(const struct summary *s, const struct gloss_source_counts *source,
                     struct summary_code **ret_codes, size_t *ret_n);
/** Puts the sources in which a code was seen into s->places, most hits first, ties by name. Returns
 * how many they are. */
size_t summary_places(struct summary *s, const struct gloss_entry *entry);

/** The known code whose name is nearest to an unknown one, by gloss_catalogs_nearest(); or NULL. */
const char *summary_nearest(const struct summary *s, const struct gloss_unknown_count *u);

/** The error rate in millionths: lines with a code divided by lines with a code or a success
 * marker. Of meaning only where successes > 0. */
uint64_t summary_error_ppm(uint64_t matched_lines, uint64_t successes);

/* A writer for each format. When memory runs out, out->failed is set. */
void summary_write_table(struct summary *s, struct gloss_buf *out);
void summary_write_json(struct summary *s, struct gloss_buf *out);
void summary_write_csv(struct summary *s, struct gloss_buf *out);
void summary_write_prometheus(struct summary *s, struct gloss_buf *out);

/** The last paragraph of the table. */
void summary_put_totals(const struct summary *s, struct gloss_buf *out);
