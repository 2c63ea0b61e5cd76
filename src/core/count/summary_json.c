/* The summary as one JSON object on one line. Programs rely on its keys: keys are added in the
 * course of time, but none is renamed or taken away. Keys that were added later appear only where
 * they have something to say. */

#include "core/base/util.h"
#include "core/count/summary.h"

#include <gloss/stamp.h>

static void put_key(struct gloss_buf *out, const char *key)
{
    gloss_buf_char(out, '"');
    gloss_buf_str(out, key);
    gloss_buf_str(out, "\": ");
}

static void put_string(struct gloss_buf *out, const char *key, const char *value)
{
    put_key(out, key);
    if (!value) {
        gloss_buf_str(out, "null");
        return;
    }
    gloss_buf_char(out, '"');
    gloss_buf_json(out, gloss_span_str(value));
    gloss_buf_char(out, '"');
}

static void put_number(struct gloss_buf *out, const char *key, uint64_t n)
{
    gloss_buf_str(out, ", ");
    put_key(out, key);
    gloss_buf_u64(out, n);
}

static void put_time(struct gloss_buf *out, const char *key, uint64_t ns)
{
    gloss_buf_str(out, ", ");
    put_key(out, key);
    if (ns == 0) {
        gloss_buf_str(out, "null");
        return;
    }
    gloss_buf_char(out, '"');
    gloss_stamp_format(ns, out);
    gloss_buf_char(out, '"');
}

static void put_places(struct summary *s, const struct gloss_entry *entry, struct gloss_buf *out)
{
    size_t n = summary_places(s, entry);

    gloss_buf_str(out, ", \"sources\": [");
    for (size_t i = 0; i < n; i++) {
        gloss_buf_str(out, i > 0 ? ", {" : "{");
        put_string(out, "source", s->places[i].source->name);
        put_number(out, "hits", s->places[i].count.hits);
        put_number(out, "lines", s->places[i].count.lines);
        gloss_buf_char(out, '}');
    }
    gloss_buf_char(out, ']');
}

static void put_codes(struct summary *s, struct gloss_buf *out)
{
    gloss_buf_str(out, ", \"codes\": [");
    for (size_t i = 0; i < s->n_codes; i++) {
        const struct summary_code *c = &s->codes[i];

        gloss_buf_str(out, i > 0 ? ", {" : "{");
        put_string(out, "code", c->entry->code);
        gloss_buf_str(out, ", ");
        put_string(out, "catalog", c->entry->catalog->name);
        gloss_buf_str(out, ", ");
        put_string(out, "severity", gloss_severity_name(c->entry->severity));
        put_number(out, "hits", c->count.hits);
        put_number(out, "lines", c->count.lines);
        put_time(out, "first_seen", c->count.first_ns);
        put_time(out, "last_seen", c->count.last_ns);
        put_places(s, c->entry, out);
        gloss_buf_char(out, '}');
    }
    gloss_buf_char(out, ']');
}

static void put_unknown(const struct summary *s, struct gloss_buf *out)
{
    gloss_buf_str(out, ", \"unknown\": [");
    for (size_t i = 0; i < s->n_unknown; i++) {
        const struct gloss_unknown_count *u = &s->unknown[i];

        gloss_buf_str(out, i > 0 ? ", {" : "{");
        put_string(out, "code", u->code);
        gloss_buf_str(out, ", ");
        put_string(out, "catalog", u->catalog);
        put_number(out, "hits", u->hits);
        gloss_buf_str(out, ", ");
        put_string(out, "nearest", summary_nearest(s, u));
        gloss_buf_char(out, '}');
    }
    gloss_buf_char(out, ']');
}

static void put_error_rate(uint64_t matched_lines, uint64_t successes, struct gloss_buf *out)
{
    uint64_t ppm = summary_error_ppm(matched_lines, successes);

    gloss_buf_printf(out, ", \"error_rate\": %u.%06u", (unsigned)(ppm / 1000000),
                     (unsigned)(ppm % 1000000));
}

static void put_sources(const struct summary *s, struct gloss_buf *out)
{
    gloss_buf_str(out, ", \"sources\": [");
    for (size_t i = 0; i < gloss_counters_n_sources(s->counters); i++) {
        const struct gloss_source_counts *source = gloss_counters_source_at(s->counters, i);
        uint64_t first, last;

        gloss_counters_span(source, &first, &last);
        gloss_buf_str(out, i > 0 ? ", {" : "{");
        put_string(out, "source", source->name);
        put_time(out, "since", first);
        put_time(out, "until", last);
        put_number(out, "bytes", source->bytes);
        put_number(out, "lines", source->lines);
        put_number(out, "matched_lines", source->matched_lines);
        put_number(out, "hits", source->hits);
        put_number(out, "successes", source->successes);
        if (source->successes > 0)
            put_error_rate(source->matched_lines, source->successes, out);
        gloss_buf_char(out, '}');
    }
    gloss_buf_char(out, ']');
}

void summary_write_json(struct summary *s, struct gloss_buf *out)
{
    const struct gloss_summary_options *o = s->options;
    uint64_t dropped = gloss_counters_unknown_dropped(s->counters);

    gloss_buf_str(out, "{\"schema\": 1");
    put_time(out, "since", o->since_ns > 0 ? o->since_ns : s->first_ns);
    put_time(out, "until", s->last_ns);
    put_number(out, "bytes", s->bytes);
    put_number(out, "lines", s->lines);
    put_number(out, "matched_lines", s->matched_lines);
    put_number(out, "hits", s->hits);
    put_number(out, "successes", s->successes);
    put_codes(s, out);
    put_unknown(s, out);
    if (s->successes > 0)
        put_error_rate(s->matched_lines, s->successes, out);
    if (dropped > 0)
        put_number(out, "unknown_dropped", dropped);
    if (o->since_ns > 0)
        put_time(out, "counted_from", o->counted_from_ns);
    if (o->whole_from_ns > 0)
        put_time(out, "whole_from", o->whole_from_ns);
    if (o->by == GLOSS_SUMMARY_BY_SOURCE)
        put_sources(s, out);
    gloss_buf_str(out, "}\n");
}
