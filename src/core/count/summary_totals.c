/* The last paragraph of the summary for people: how much was read, from when to when, and how much
 * was found. It is made of phrases with commas between them, which are broken into lines as wide as
 * the terminal; a phrase itself is never broken. */

#include "core/base/display_width.h"
#include "core/base/util.h"
#include "core/count/summary.h"

#include <gloss/stamp.h>
#include <stdio.h>

/* A paragraph under construction. */
struct prose {
    struct gloss_buf *out;
    struct gloss_buf phrase; /* owned; the phrase under construction */
    size_t room;             /* columns of a line */
    size_t column;           /* columns of the last line that are taken */
};

/* Appends the phrase, which is complete, where the line has room for it, else on a new line. */
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

/* A number and its noun: "1 line", "2,000 lines". */
static void prose_count(struct prose *p, uint64_t n, const char *one, const char *more)
{
    display_width_put_number(&p->phrase, n);
    gloss_buf_char(&p->phrase, ' ');
    gloss_buf_str(&p->phrase, n == 1 ? one : more);
    prose_flush(p);
}

/* An amount of bytes in the largest unit that it has one of: "512 bytes", "1.5 MiB". */
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

/* Appends a time, and the zone where `next` does not have the same. Times without a next have 0. */
static void prose_time(struct prose *p, uint64_t ns, uint64_t next_ns,
                       const struct gloss_zone *zone)
{
    char text[GLOSS_STAMP_BYTES], ignored[GLOSS_STAMP_BYTES], name[16];

    snprintf(name, sizeof(name), "%.15s", gloss_stamp_local(ns, zone, text));
    gloss_buf_printf(&p->phrase, "%.19s", text);
    if (next_ns == 0 || !STREQ(name, gloss_stamp_local(next_ns, zone, ignored)))
        gloss_buf_printf(&p->phrase, " %s", name);
}

static void prose_span(struct prose *p, uint64_t first_ns, uint64_t last_ns,
                       const struct gloss_zone *zone)
{
    if (first_ns == 0)
        return;
    prose_time(p, first_ns, last_ns, zone);
    gloss_buf_str(&p->phrase, " to ");
    prose_time(p, last_ns, 0, zone);
    prose_flush(p);
}

static void prose_since(struct prose *p, uint64_t ns, const struct gloss_zone *zone)
{
    gloss_buf_str(&p->phrase, "since ");
    prose_time(p, ns, 0, zone);
    prose_flush(p);
}

static void prose_error_rate(struct prose *p, uint64_t matched_lines, uint64_t successes)
{
    unsigned rate = (unsigned)((summary_error_ppm(matched_lines, successes) + 50) / 100);

    gloss_buf_printf(&p->phrase, "error rate %u.%02u %%", rate / 100, rate % 100);
    prose_flush(p);
}

void summary_put_totals(const struct summary *s, struct gloss_buf *out)
{
    struct prose p = {.out = out, .room = s->options->width > 0 ? s->options->width : SIZE_MAX};

    if (s->options->since_ns > 0)
        prose_since(&p, s->options->counted_from_ns, s->options->zone);
    prose_count(&p, s->lines, "line", "lines");
    prose_bytes(&p, s->bytes);
    prose_span(&p, s->first_ns, s->last_ns, s->options->zone);
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
