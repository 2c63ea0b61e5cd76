/* The summary in the text exposition format 0.0.4 of Prometheus. In the value of a label the line
 * feed, the quotation mark and the backslash are escaped. A byte that is no UTF-8 becomes U+FFFD,
 * since a server would refuse the whole page for it. */

#include "core/base/utf8.h"
#include "core/base/util.h"
#include "core/count/metrics.h"
#include "core/count/summary.h"

#define N_SOURCE_METRICS 4

static void put_value(struct gloss_buf *out, const char *value)
{
    size_t left = strlen(value), n;

    for (; left > 0; value += n, left -= n) {
        n = utf8_sequence(value, left);
        if (n == 0) {
            gloss_buf_str(out, "\xef\xbf\xbd");
            n = 1;
        } else if (*value == '\n') {
            gloss_buf_str(out, "\\n");
        } else {
            if (*value == '"' || *value == '\\')
                gloss_buf_char(out, '\\');
            gloss_buf_append(out, value, n);
        }
    }
}

/* One label; before: the brace or comma before it. */
static void put_label(struct gloss_buf *out, char before, const char *name, const char *value)
{
    gloss_buf_char(out, before);
    gloss_buf_str(out, name);
    gloss_buf_str(out, "=\"");
    put_value(out, value);
    gloss_buf_char(out, '"');
}

static void put_head(struct gloss_buf *out, enum metric metric)
{
    const struct metric_info *m = &metric_table[metric];

    gloss_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name, m->type);
}

static void put_number(struct gloss_buf *out, const char *before, uint64_t n)
{
    gloss_buf_str(out, before);
    gloss_buf_u64(out, n);
    gloss_buf_char(out, '\n');
}

static void put_hits(struct summary *s, struct gloss_buf *out)
{
    put_head(out, METRIC_HITS);
    for (size_t i = 0; i < s->n_codes; i++) {
        const struct gloss_entry *entry = s->codes[i].entry;
        size_t n = summary_places(s, entry);

        for (size_t k = 0; k < n; k++) {
            gloss_buf_str(out, metric_table[METRIC_HITS].name);
            put_label(out, '{', "code", entry->code);
            put_label(out, ',', "catalog", entry->catalog->name);
            put_label(out, ',', "severity", gloss_severity_name(entry->severity));
            put_label(out, ',', "source", s->places[k].source->name);
            put_number(out, "} ", s->places[k].count.hits);
        }
    }
}

static void put_sources(const struct summary *s, struct gloss_buf *out)
{
    static const enum metric metrics[N_SOURCE_METRICS] = {METRIC_LINES, METRIC_BYTES,
                                                          METRIC_MATCHED_LINES, METRIC_SUCCESSES};

    for (size_t m = 0; m < N_SOURCE_METRICS; m++) {
        put_head(out, metrics[m]);
        for (size_t i = 0; i < gloss_counters_n_sources(s->counters); i++) {
            const struct gloss_source_counts *source = gloss_counters_source_at(s->counters, i);
            const uint64_t values[N_SOURCE_METRICS] = {source->lines, source->bytes,
                                                       source->matched_lines, source->successes};

            gloss_buf_str(out, metric_table[metrics[m]].name);
            put_label(out, '{', "source", source->name);
            put_number(out, "} ", values[m]);
        }
    }
}

static void put_unknown(const struct summary *s, struct gloss_buf *out)
{
    put_head(out, METRIC_UNKNOWN_HITS);
    for (size_t i = 0; i < s->n_unknown; i++) {
        gloss_buf_str(out, metric_table[METRIC_UNKNOWN_HITS].name);
        put_label(out, '{', "code", s->unknown[i].code);
        put_label(out, ',', "catalog", s->unknown[i].catalog);
        put_number(out, "} ", s->unknown[i].hits);
    }
    put_head(out, METRIC_UNKNOWN_DROPPED);
    gloss_buf_str(out, metric_table[METRIC_UNKNOWN_DROPPED].name);
    put_number(out, " ", gloss_counters_unknown_dropped(s->counters));
}

void summary_write_prometheus(struct summary *s, struct gloss_buf *out)
{
    put_hits(s, out);
    put_sources(s, out);
    put_unknown(s, out);
}
