/* The sentence is made in one pass over sources, sinks and counters, which costs little enough: it
 * is asked for once a second at most. Failing sinks come first, because their sources wait. */

#include "app/service/status.h"

#include <gloss/matcher.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct sentence {
    char *text;
    size_t len, size;
    bool degraded; /* "Degraded:" and a reason are in it already */
};

static void add(struct sentence *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct sentence *t, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(t->text + t->len, t->size - t->len, format, args);
    va_end(args);
    if (n > 0)
        t->len += (size_t)n < t->size - t->len ? (size_t)n : t->size - t->len - 1;
}

static void begin_reason(struct sentence *t)
{
    add(t, "%s", t->degraded ? "; " : " Degraded: ");
    t->degraded = true;
}

/* What all sources say of themselves, together. */
struct overview {
    struct source_status sums; /* over all sources */
    char text[512];
    struct sentence errors; /* which sources cannot be read, and why; written into text */
};

static void look_at_sources(const struct topology *t, struct overview *o)
{
    *o = (struct overview){0};
    o->errors = (struct sentence){.text = o->text, .size = sizeof(o->text)};
    for (size_t i = 0; i < t->n_sources; i++) {
        struct source_status one;

        source_describe(t->sources[i], &one);
        o->sums.files += one.files;
        o->sums.behind_bytes += one.behind_bytes;
        o->sums.unreadable += one.unreadable;
        if (one.error)
            add(&o->errors, "%s'%s' %s", o->errors.len > 0 ? "; " : "", one.name, one.error);
    }
}

static void add_kind(struct sentence *t, const struct topology *topology,
                     const struct config_kind *kind)
{
    size_t n = 0;

    for (size_t i = 0; i < topology->n_sources; i++)
        n += topology->config->sources[i].kind == kind;
    if (n == 1)
        add(t, " and %s", kind->one);
    else if (n > 1)
        add(t, " and %zu %s", n, kind->many);
}

/* Adds the kinds of sources that are not counted by their files. */
static void add_others(struct sentence *t, const struct topology *topology)
{
    for (size_t i = 0; i < topology->kinds->n_sources; i++)
        if (topology->kinds->sources[i]->one)
            add_kind(t, topology, topology->kinds->sources[i]);
}

static void sum_counts(const struct topology *s, uint64_t *ret_lines, uint64_t *ret_hits)
{
    *ret_lines = *ret_hits = 0;
    for (size_t i = 0; i < gloss_counters_n_sources(s->counters); i++) {
        const struct gloss_source_counts *source = gloss_counters_source_at(s->counters, i);

        *ret_lines += source->lines;
        *ret_hits += source->hits;
    }
}

static void add_troubles(struct sentence *t, const struct topology *s,
                         const struct status_troubles *troubles, const struct overview *o)
{
    uint64_t unreadable = o->sums.unreadable;
    struct gloss_matcher_plan plan;

    for (size_t i = 0; i < s->n_sinks; i++) {
        struct sink_status status;

        sink_describe(s->sinks[i], &status);
        if (!sink_is_blocked(s->sinks[i]) || status.up)
            continue;
        begin_reason(t);
        add(t, "%s cannot be written (%s)", status.name, status.error);
    }
    if (troubles->commits_fail) {
        begin_reason(t);
        add(t, "no checkpoint can be made");
    }
    if (troubles->slow_disk) {
        begin_reason(t);
        add(t, "the disk is slow to write a checkpoint");
    }
    if (unreadable > 0) {
        begin_reason(t);
        add(t, "%" PRIu64 " file%s or folder%s cannot be read", unreadable,
            unreadable == 1 ? "" : "s", unreadable == 1 ? "" : "s");
    }
    if (o->errors.len > 0) {
        begin_reason(t);
        add(t, "%s", o->text);
    }
    if (troubles->no_watches) {
        begin_reason(t);
        add(t, "folders cannot be watched, files are looked at by the clock");
    }
    gloss_matcher_plan(s->matcher, &plan);
    if (!plan.jit) {
        begin_reason(t);
        add(t, "PCRE2 cannot make machine code");
    }
}

void status_sentence(const struct topology *s, const struct status_troubles *troubles, char *text,
                     size_t size)
{
    struct sentence t = {.text = text, .size = size};
    struct overview o;
    uint64_t lines, hits;

    text[0] = '\0';
    look_at_sources(s, &o);
    sum_counts(s, &lines, &hits);
    add(&t, "Following %" PRIu64 " file%s", o.sums.files, o.sums.files == 1 ? "" : "s");
    add_others(&t, s);
    add(&t, ", %" PRIu64 " lines read, %" PRIu64 " hits, %" PRIu64 " bytes behind.", lines, hits,
        o.sums.behind_bytes);
    add_troubles(&t, s, troubles, &o);
    if (t.degraded)
        add(&t, ".");
}
