/* The summary for people: a table of codes, one of unknown codes, and the totals.
 *
 * A table that is wider than the terminal gives way in steps: shorter times, then fewer columns.
 * The code is what a reader looks for, so its column is the last to be cut. */

#include "core/base/display_width.h"
#include "core/base/util.h"
#include "core/count/summary.h"
#include "core/render/notes.h"

#include <gloss/stamp.h>

#define GAP 2
#define UNKNOWN_SHOWN 20
/* A code this wide is not cut in favour of another column. */
#define LABEL_KEPT 32

/* A line of the table: a code, or a source with its codes below. */
struct row {
    const char *label;
    bool heading;                    /* a source */
    bool indented;                   /* a code of the source above */
    const struct gloss_entry *entry; /* NULL in a heading */
    uint64_t hits, lines;
    uint64_t first_ns, last_ns;
};

struct rows {
    struct row *items;
    size_t n, size;
};

enum column {
    COLUMN_SEVERITY,
    COLUMN_HITS,
    COLUMN_LINES,
    COLUMN_FIRST,
    COLUMN_LAST,
    N_COLUMNS,
};

static const char *const titles[N_COLUMNS] = {"SEVERITY", "HITS", "LINES", "FIRST SEEN",
                                              "LAST SEEN"};

/* Which part of "2026-11-23 08:00:01" a time shows. */
struct time_form {
    size_t from, len;
};

struct layout {
    struct time_form time;
    bool shown[N_COLUMNS];
    size_t label, width[N_COLUMNS];
};

/* From all there is to the least that makes sense. */
static const struct layout layouts[] = {
    {.time = {0, 19}, .shown = {true, true, true, true, true}},
    {.time = {0, 16}, .shown = {true, true, true, true, true}},
    {.time = {5, 11}, .shown = {true, true, true, true, true}},
    {.time = {5, 11}, .shown = {true, true, true, false, true}},
    {.time = {5, 11}, .shown = {true, true, true, false, false}},
    {.time = {5, 11}, .shown = {false, true, true, false, false}},
    {.time = {5, 11}, .shown = {false, true, false, false, false}},
};

static void put_blanks(struct gloss_buf *out, size_t n)
{
    gloss_buf_printf(out, "%*s", (int)n, "");
}

static void put_color(const struct summary *s, struct gloss_buf *out, const char *code)
{
    if (s->options->color)
        gloss_buf_printf(out, "\033[%sm", code);
}

static int rows_add(struct rows *rows, struct row row)
{
    if (GROW(&rows->items, &rows->size, rows->n + 1) < 0)
        return -ENOMEM;
    rows->items[rows->n++] = row;
    return 0;
}

static int rows_add_codes(struct rows *rows, const struct summary_code *codes, size_t n,
                          bool indented)
{
    for (size_t i = 0; i < n; i++) {
        const struct summary_code *c = &codes[i];
        struct row row = {.label = c->entry->code,
                          .indented = indented,
                          .entry = c->entry,
                          .hits = c->count.hits,
                          .lines = c->count.lines,
                          .first_ns = c->count.first_ns,
                          .last_ns = c->count.last_ns};

        if (rows_add(rows, row) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int rows_add_sources(struct rows *rows, const struct summary *s)
{
    for (size_t i = 0; i < gloss_counters_n_sources(s->counters); i++) {
        const struct gloss_source_counts *source = gloss_counters_source_at(s->counters, i);
        struct row row = {.label = source->name,
                          .heading = true,
                          .hits = source->hits,
                          .lines = source->matched_lines};
        CLEANUP(freep) struct summary_code *codes = NULL;
        size_t n;

        gloss_counters_span(source, &row.first_ns, &row.last_ns);
        if (summary_codes_of(s, source, &codes, &n) < 0 || rows_add(rows, row) < 0 ||
            rows_add_codes(rows, codes, n, /* indented= */ true) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* How wide each column has to be for the widest of its cells. Returns the width of the label's. */
static size_t measure(struct layout *l, const struct rows *rows, const char *label)
{
    size_t widest = strlen(label);

    for (size_t c = 0; c < N_COLUMNS; c++)
        l->width[c] = strlen(titles[c]);
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *r = &rows->items[i];

        widest = MAX(widest, display_width_of(gloss_span_str(r->label)) + (r->indented ? GAP : 0));
        l->width[COLUMN_HITS] = MAX(l->width[COLUMN_HITS], display_width_of_number(r->hits));
        l->width[COLUMN_LINES] = MAX(l->width[COLUMN_LINES], display_width_of_number(r->lines));
    }
    l->width[COLUMN_FIRST] = MAX(l->width[COLUMN_FIRST], l->time.len);
    l->width[COLUMN_LAST] = MAX(l->width[COLUMN_LAST], l->time.len);
    return widest;
}

static size_t width_of_shown(const struct layout *l)
{
    size_t width = 0;

    for (size_t c = 0; c < N_COLUMNS; c++)
        if (l->shown[c])
            width += GAP + l->width[c];
    return width;
}

/* The first layout that fits; where none does the last one, with labels cut. */
static struct layout choose_layout(const struct rows *rows, const char *label, unsigned width)
{
    struct layout l;
    size_t room = width > 0 ? width : SIZE_MAX, rest, widest;

    for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
        l = layouts[i];
        widest = measure(&l, rows, label);
        rest = width_of_shown(&l);
        l.label = widest;
        if (rest + MIN(widest, (size_t)LABEL_KEPT) <= room)
            break;
    }
    l.label = MIN(l.label, room > rest ? room - rest : 1);
    return l;
}

/* Cells of words stand to the left, of numbers to the right; no line ends in blanks. */
static void put_left(struct gloss_buf *out, size_t *padding, const char *text, size_t width)
{
    size_t n = strlen(text);

    put_blanks(out, *padding + GAP);
    gloss_buf_str(out, text);
    *padding = width - n;
}

static void put_right(struct gloss_buf *out, size_t *padding, uint64_t n, size_t width)
{
    put_blanks(out, *padding + GAP + width - display_width_of_number(n));
    display_width_put_number(out, n);
    *padding = 0;
}

static void put_time(struct gloss_buf *out, size_t *padding, uint64_t ns, const struct layout *l,
                     size_t width)
{
    char stamp[GLOSS_STAMP_BYTES + 1] = "-", text[GLOSS_STAMP_BYTES + 1] = "-";

    if (ns > 0) {
        gloss_stamp_write(ns, stamp);
        stamp[10] = ' ';
        memcpy(text, stamp + l->time.from, l->time.len);
        text[l->time.len] = '\0';
    }
    put_left(out, padding, text, width);
}

static void put_titles(const struct summary *s, struct gloss_buf *out, const struct layout *l,
                       const char *label)
{
    size_t padding;

    put_color(s, out, "1");
    padding =
        l->label - display_width_put(out, gloss_span_str(label), l->label, /* keep_end= */ false);
    for (size_t c = 0; c < N_COLUMNS; c++) {
        size_t n = strlen(titles[c]);

        if (!l->shown[c])
            continue;
        if (c == COLUMN_HITS || c == COLUMN_LINES) {
            padding += l->width[c] - n;
            put_left(out, &padding, titles[c], n);
        } else {
            put_left(out, &padding, titles[c], l->width[c]);
        }
    }
    put_color(s, out, "0");
    gloss_buf_char(out, '\n');
}

static void put_label(const struct summary *s, struct gloss_buf *out, const struct row *r,
                      size_t width, size_t *padding)
{
    size_t indent = r->indented ? MIN((size_t)GAP, width - 1) : 0;

    put_blanks(out, indent);
    if (r->heading)
        put_color(s, out, "1");
    *padding = width - indent -
               display_width_put(out, gloss_span_str(r->label), width - indent,
                                 /* keep_end= */ r->heading);
    if (r->heading)
        put_color(s, out, "0");
}

static void put_severity(const struct summary *s, struct gloss_buf *out, size_t *padding,
                         const struct row *r, size_t width)
{
    const char *name = r->entry ? gloss_severity_name(r->entry->severity) : "";

    put_blanks(out, *padding + GAP);
    *padding = width - strlen(name);
    if (!r->entry)
        return;
    if (s->options->color)
        gloss_buf_str(out, paint_severity(r->entry->severity));
    gloss_buf_str(out, name);
    put_color(s, out, "0");
}

static void put_row(const struct summary *s, struct gloss_buf *out, const struct layout *l,
                    const struct row *r)
{
    size_t padding;

    put_label(s, out, r, l->label, &padding);
    if (l->shown[COLUMN_SEVERITY])
        put_severity(s, out, &padding, r, l->width[COLUMN_SEVERITY]);
    put_right(out, &padding, r->hits, l->width[COLUMN_HITS]);
    if (l->shown[COLUMN_LINES])
        put_right(out, &padding, r->lines, l->width[COLUMN_LINES]);
    if (l->shown[COLUMN_FIRST])
        put_time(out, &padding, r->first_ns, l, l->width[COLUMN_FIRST]);
    if (l->shown[COLUMN_LAST])
        put_time(out, &padding, r->last_ns, l, l->width[COLUMN_LAST]);
    gloss_buf_char(out, '\n');
}

static void put_table(struct summary *s, struct gloss_buf *out)
{
    bool by_source = s->options->by == GLOSS_SUMMARY_BY_SOURCE;
    const char *label = by_source ? "SOURCE" : "CODE";
    struct rows rows = {0};
    struct layout l;
    int r;

    if (by_source)
        r = rows_add_sources(&rows, s);
    else
        r = rows_add_codes(&rows, s->codes, s->n_codes, /* indented= */ false);
    if (r < 0)
        out->failed = true;
    if (rows.n > 0) {
        l = choose_layout(&rows, label, s->options->width);
        put_titles(s, out, &l, label);
        for (size_t i = 0; i < rows.n; i++)
            put_row(s, out, &l, &rows.items[i]);
        gloss_buf_char(out, '\n');
    }
    free(rows.items);
}

/* One unknown code: its name, its hits, and what may have been meant, as far as there is room. */
static void put_unknown_row(struct summary *s, struct gloss_buf *out,
                            const struct gloss_unknown_count *u, size_t label, size_t number,
                            size_t room)
{
    static const char question[] = "did you mean ";
    const char *nearest = summary_nearest(s, u);
    size_t padding =
        label - display_width_put(out, gloss_span_str(u->code), label, /* keep_end= */ false);

    put_right(out, &padding, u->hits, number);
    if (nearest && room >= label + GAP + number + GAP + strlen(question) + 2) {
        size_t left = room - label - number - 2 * GAP - strlen(question) - 1;

        put_blanks(out, GAP);
        gloss_buf_str(out, question);
        display_width_put(out, gloss_span_str(nearest), left, /* keep_end= */ false);
        gloss_buf_char(out, '?');
    }
    gloss_buf_char(out, '\n');
}

static void put_unknown(struct summary *s, struct gloss_buf *out)
{
    static const char title[] = "UNKNOWN CODE";
    size_t shown = MIN(s->n_unknown, (size_t)UNKNOWN_SHOWN), label = strlen(title), number = 4;
    size_t room = s->options->width > 0 ? s->options->width : SIZE_MAX, padding;
    uint64_t rest = s->unknown_hits;

    if (shown == 0)
        return;
    for (size_t i = 0; i < shown; i++) {
        label = MAX(label, display_width_of(gloss_span_str(s->unknown[i].code)));
        number = MAX(number, display_width_of_number(s->unknown[i].hits));
        rest -= s->unknown[i].hits;
    }
    number = MAX(number, display_width_of_number(rest));
    label = MIN(label, room > number + GAP ? room - number - GAP : 1);
    put_color(s, out, "1");
    padding = label - display_width_put(out, gloss_span_str(title), label, /* keep_end= */ false);
    put_blanks(out, padding + GAP + number - 4);
    gloss_buf_str(out, "HITS");
    put_color(s, out, "0");
    gloss_buf_char(out, '\n');
    for (size_t i = 0; i < shown; i++)
        put_unknown_row(s, out, &s->unknown[i], label, number, room);
    if (rest > 0) {
        padding =
            label - display_width_put(out, gloss_span_str("others"), label, /* keep_end= */ false);
        put_right(out, &padding, rest, number);
        gloss_buf_char(out, '\n');
    }
    gloss_buf_char(out, '\n');
}

/* Phrases, separated by commas, broken into lines of the width. */
struct prose {
    struct gloss_buf *out;
    struct gloss_buf phrase; /* owned; the one under construction */
    size_t room, column;
};

/* The phrase is complete. */
static void prose_flush(struct prose *p)
{
    size_t n = p->phrase.len;

    if (p->column > 0 && p->column + 3 + n > p->room) {
        gloss_buf_str(p->out, ",\n");
        p->column = 0;
    } else if (p->column > 0) {
        gloss_buf_str(p->out, ", ");
        p->column += 2;
    }
    gloss_buf_span(p->out, gloss_buf_view(&p->phrase));
    p->column += n;
    p->out->failed |= p->phrase.failed;
    gloss_buf_clear(&p->phrase);
}

static void prose_end_line(struct prose *p)
{
    gloss_buf_char(p->out, '\n');
    p->column = 0;
}

/* A number and its noun, as in "1 line", "2,000 lines". */
static void prose_count(struct prose *p, uint64_t n, const char *one, const char *more)
{
    display_width_put_number(&p->phrase, n);
    gloss_buf_char(&p->phrase, ' ');
    gloss_buf_str(&p->phrase, n == 1 ? one : more);
    prose_flush(p);
}

static void prose_bytes(struct prose *p, uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double n = (double)bytes / 1024;
    unsigned tenths;
    size_t unit = 0;

    if (bytes < 1024) {
        prose_count(p, bytes, "byte", "bytes");
        return;
    }
    while (n >= 1023.95 && unit + 1 < ARRAY_SIZE(units)) {
        n /= 1024;
        unit++;
    }
    tenths = (unsigned)(n * 10 + 0.5);
    gloss_buf_printf(&p->phrase, "%u.%u %s", tenths / 10, tenths % 10, units[unit]);
    prose_flush(p);
}

static void prose_span(struct prose *p, uint64_t first_ns, uint64_t last_ns)
{
    char first[GLOSS_STAMP_BYTES], last[GLOSS_STAMP_BYTES];

    if (first_ns == 0)
        return;
    gloss_stamp_write(first_ns, first);
    gloss_stamp_write(last_ns, last);
    first[10] = last[10] = ' ';
    gloss_buf_printf(&p->phrase, "%.19s to %.19s UTC", first, last);
    prose_flush(p);
}

static void prose_since(struct prose *p, uint64_t ns)
{
    char time[GLOSS_STAMP_BYTES];

    gloss_stamp_write(ns, time);
    time[10] = ' ';
    gloss_buf_printf(&p->phrase, "since %.19s UTC", time);
    prose_flush(p);
}

static void prose_error_rate(struct prose *p, uint64_t matched_lines, uint64_t successes)
{
    unsigned rate = (unsigned)((summary_error_ppm(matched_lines, successes) + 50) / 100);

    gloss_buf_printf(&p->phrase, "error rate %u.%02u %%", rate / 100, rate % 100);
    prose_flush(p);
}

static void put_totals(const struct summary *s, struct gloss_buf *out)
{
    struct prose p = {.out = out, .room = s->options->width > 0 ? s->options->width : SIZE_MAX};

    if (s->options->since_ns > 0)
        prose_since(&p, s->options->counted_from_ns);
    prose_count(&p, s->lines, "line", "lines");
    prose_bytes(&p, s->bytes);
    prose_span(&p, s->first_ns, s->last_ns);
    prose_end_line(&p);
    if (s->hits == 0) {
        gloss_buf_str(&p.phrase, "no known code");
        prose_flush(&p);
    } else {
        prose_count(&p, s->hits, "hit", "hits");
        prose_count(&p, s->matched_lines, "line with a code", "lines with a code");
    }
    if (s->unknown_hits > 0)
        prose_count(&p, s->unknown_hits, "unknown hit", "unknown hits");
    if (s->successes > 0) {
        prose_count(&p, s->successes, "success", "successes");
        prose_error_rate(&p, s->matched_lines, s->successes);
    }
    prose_end_line(&p);
    gloss_buf_deinit(&p.phrase);
}

void summary_write_table(struct summary *s, struct gloss_buf *out)
{
    put_table(s, out);
    put_unknown(s, out);
    put_totals(s, out);
}
