/* The summary as comma-separated values by RFC 4180: lines end in CR LF, and a field with a comma,
 * a quotation mark or a line end in it is quoted. A spreadsheet would compute a text that begins
 * like a formula, so an apostrophe comes before such a text. After the header there is a line for
 * each code, by source one for each pair of source and code, and then one for each unknown code. */

#include "core/base/util.h"
#include "core/count/summary.h"

#include <gloss/stamp.h>

static void put_field(struct gloss_buf *out, const char *text)
{
    bool is_formula = *text && strchr("=+-@\t\r", *text), is_quoted = strpbrk(text, ",\"\r\n");

    if (is_quoted)
        gloss_buf_char(out, '"');
    if (is_formula)
        gloss_buf_char(out, '\'');
    for (; *text; text++) {
        if (*text == '"')
            gloss_buf_char(out, '"');
        gloss_buf_char(out, *text);
    }
    if (is_quoted)
        gloss_buf_char(out, '"');
}

static void put_time(struct gloss_buf *out, uint64_t ns)
{
    gloss_buf_char(out, ',');
    if (ns > 0)
        gloss_stamp_format(ns, out);
}

/* The fields that all lines begin with; source is NULL where the summary is not by source. */
static void put_head(struct gloss_buf *out, const char *kind, const char *source, const char *code,
                     const char *catalog)
{
    gloss_buf_str(out, kind);
    gloss_buf_char(out, ',');
    if (source) {
        put_field(out, source);
        gloss_buf_char(out, ',');
    }
    put_field(out, code);
    gloss_buf_char(out, ',');
    put_field(out, catalog);
    gloss_buf_char(out, ',');
}

static void put_code(struct gloss_buf *out, const char *source, const struct summary_code *c)
{
    put_head(out, "code", source, c->entry->code, c->entry->catalog->name);
    gloss_buf_str(out, gloss_severity_name(c->entry->severity));
    gloss_buf_char(out, ',');
    gloss_buf_u64(out, c->count.hits);
    gloss_buf_char(out, ',');
    gloss_buf_u64(out, c->count.lines);
    put_time(out, c->count.first_ns);
    put_time(out, c->count.last_ns);
    gloss_buf_str(out, ",\r\n");
}

static void put_unknown(struct gloss_buf *out, const struct summary *s, const char *source,
                        const struct gloss_unknown_count *u)
{
    const char *nearest = summary_nearest(s, u);

    put_head(out, "unknown", source, u->code, u->catalog);
    gloss_buf_char(out, ',');
    gloss_buf_u64(out, u->hits);
    gloss_buf_str(out, ",,,,");
    put_field(out, nearest ? nearest : "");
    gloss_buf_str(out, "\r\n");
}

static void put_by_source(const struct summary *s, struct gloss_buf *out)
{
    for (size_t i = 0; i < gloss_counters_n_sources(s->counters); i++) {
        const struct gloss_source_counts *source = gloss_counters_source_at(s->counters, i);
        CLEANUP(freep) struct summary_code *codes = NULL;
        size_t n;

        if (summary_codes_of(s, source, &codes, &n) < 0) {
            out->failed = true;
            return;
        }
        for (size_t k = 0; k < n; k++)
            put_code(out, source->name, &codes[k]);
    }
}

void summary_write_csv(struct summary *s, struct gloss_buf *out)
{
    bool by_source = s->options->by == GLOSS_SUMMARY_BY_SOURCE;

    gloss_buf_printf(out,
                     "kind,%scode,catalog,severity,hits,lines,first_seen,last_seen,nearest\r\n",
                     by_source ? "source," : "");
    if (by_source)
        put_by_source(s, out);
    for (size_t i = 0; i < s->n_codes && !by_source; i++)
        put_code(out, NULL, &s->codes[i]);
    for (size_t i = 0; i < s->n_unknown; i++)
        put_unknown(out, s, by_source ? "" : NULL, &s->unknown[i]);
}
