/* The summary for people: a table of codes, one of unknown codes, and the totals
 * (summary_totals.c).
 *
 * A table that is wider than the terminal gives way in steps: first its times get shorter, then
 * columns are left out. A reader looks for the code, so the column of codes is the last to be cut.
 */

#include "core/base/display_width.h"
#include "core/base/util.h"
#include "core/count/summary.h"
#include "core/render/notes.h"

#include <gloss/stamp.h>
#include <stdio.h>

/* Blanks between two columns; the indentation of codes below their source. */
#define GAP 2
/* So many unknown codes are shown by name. */
#define UNKNOWN_SHOWN 20
/* A label up to this width is not cut as long as another column can be left out. */
#define LABEL_KEPT 32

/* A row of the table: a code, or a source with its codes below. */
struct row {
    const char *label;
    bool heading;                    /* the row of a source */
    bool indented;                   /* the row of a code, below its source */
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

/* Which part of "2026-11-23 08:00:01" is shown of a time. */
struct time_form {
    size_t from, len;
};

struct layout {
    struct time_form time;
    bool shown[N_COLUMNS];
    size_t label, width[N_COLUMNS]; /* of the column of labels, of the others; set by measure() */
    char zone[16];                  /* of the times, " (CET)"; "": there is no room for it */
};

/* From all columns to the least that makes sense. */
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

/* Makes each column as wide as its widest cell. Returns the width of the widest label. */
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

/* The first layout that fits the width; where none fits, the last one, with labels cut. */
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

/* Names the zone of the times of all rows, where the columns have room: its abbreviation, or
 * "local" where that changes between them. */
static void name_zone(struct layout *l, const struct rows *rows, const struct gloss_zone *zone)
{
    char ignored[GLOSS_STAMP_BYTES], name[sizeof(l->zone)] = "";

    for (size_t i = 0; i < rows->n; i++) {
        const uint64_t times[] = {rows->items[i].first_ns, rows->items[i].last_ns};

        for (size_t t = 0; t < ARRAY_SIZE(times); t++) {
            const char *is = times[t] > 0 ? gloss_stamp_local(times[t], zone, ignored) : name;

            snprintf(name, sizeof(name), "%.11s", *name == '\0' || STREQ(name, is) ? is : "local");
        }
    }
    if (*name && strlen(titles[COLUMN_FIRST]) + strlen(name) + 3 <= l->time.len)
        snprintf(l->zone, sizeof(l->zone), " (%.11s)", name);
}

/* A word stands at the left of its cell, a number at the right. The blanks behind a word are
 * written with the next cell (*padding of them), so that no line ends in blanks. */
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

static void put_time(const struct summary *s, struct gloss_buf *out, size_t *padding, uint64_t ns,
                     const struct layout *l, size_t width)
{
    char stamp[GLOSS_STAMP_BYTES + 1] = "-", text[GLOSS_STAMP_BYTES + 1] = "-";

    if (ns > 0) {
        gloss_stamp_local(ns, s->options->zone, stamp);
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
        } else if (c == COLUMN_FIRST || c == COLUMN_LAST) {
            char title[sizeof("FIRST SEEN") + sizeof(l->zone)];

            snprintf(title, sizeof(title), "%s%s", titles[c], l->zone);
            put_left(out, &padding, title, l->width[c]);
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
        put_time(s, out, &padding, r->first_ns, l, l->width[COLUMN_FIRST]);
    if (l->shown[COLUMN_LAST])
        put_time(s, out, &padding, r->last_ns, l, l->width[COLUMN_LAST]);
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
        name_zone(&l, &rows, s->options->zone);
        put_titles(s, out, &l, label);
        for (size_t i = 0; i < rows.n; i++)
            put_row(s, out, &l, &rows.items[i]);
        gloss_buf_char(out, '\n');
    }
    free(rows.items);
}

/* One unknown code: its name, its hits, and the known code that may have been meant, where there is
 * room for it. */
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

void summary_write_table(struct summary *s, struct gloss_buf *out)
{
    put_table(s, out);
    put_unknown(s, out);
    summary_put_totals(s, out);
}
