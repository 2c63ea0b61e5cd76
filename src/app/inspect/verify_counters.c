/* The sources are scanned again, each followed file as far as it was read, and the sums are held
 * against the state's. That says something only where everything is still there that was ever
 * counted, and where the catalogs are those it was counted by. */

#include "app/common/clock.h"
#include "app/config/config.h"
#include "app/inspect/replay.h"
#include "app/inspect/verify.h"
#include "core/base/util.h"
#include "io/files/relocate.h"

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

struct recount {
    struct verify *v;
    struct clock clock;
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
};

static void recount_deinit(struct recount *c)
{
    gloss_counters_free(c->counters);
    gloss_scanner_free(c->scanner);
    gloss_matcher_free(c->matcher);
}

static int recount_init(struct recount *c, struct verify *v)
{
    int r;

    *c = (struct recount){.v = v};
    clock_init(&c->clock);
    r = gloss_matcher_new(&c->matcher, v->report.set, /* options= */ NULL);
    if (r == 0)
        r = gloss_scanner_new(&c->scanner, c->matcher);
    return r == 0 ? gloss_counters_new(&c->counters, v->report.set) : r;
}

static int count_file(struct recount *c, size_t index, const struct config_source *source,
                      struct gloss_source_counts *counts)
{
    const struct verify_file *file = &c->v->files[index];
    CLEANUP(replay_close) struct replay replay = {0};
    struct replay_options options = {
        .fd = open(file->found->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY),
        .encoding = source->encoding,
        .max_line = source->max_line,
        .from = file->from,
        .to = c->v->stored.items[index].position.offset,
        .scanner = c->scanner,
        .counters = c->counters,
        .counts = counts,
        .clock = &c->clock.base,
    };
    int r;

    if (options.fd < 0)
        return -errno;
    r = replay_open(&replay, &options);
    while (r == 0 && (r = replay_step(&replay)) > 0)
        r = 0;
    close(options.fd);
    return r;
}

/* ---- comparing ---- */

struct sum {
    const char *name;
    uint64_t stored, counted;
};

/* Whether a sum differs; reports the first one that does. */
static bool sums_differ(struct verify *v, const char *what, const struct sum *sums, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (sums[i].stored != sums[i].counted) {
            verify_say(v, VERDICT_DIFFER, what,
                       "the state has counted %" PRIu64 " %s, the logs hold %" PRIu64,
                       sums[i].stored, sums[i].name, sums[i].counted);
            return true;
        }
    return false;
}

static bool codes_differ(struct verify *v, const char *what,
                         const struct gloss_source_counts *stored,
                         const struct gloss_source_counts *counted)
{
    static const struct gloss_count none;
    size_t n = gloss_catalogs_n_entries(v->report.set);

    for (uint32_t id = 0; id < n; id++) {
        const struct gloss_count *a = stored->codes ? &stored->codes[id] : &none;
        const struct gloss_count *b = counted->codes ? &counted->codes[id] : &none;

        if (a->hits == b->hits && a->lines == b->lines)
            continue;
        verify_say(v, VERDICT_DIFFER, what,
                   "the state has counted %s %" PRIu64 " times in %" PRIu64
                   " lines, the logs hold it %" PRIu64 " times in %" PRIu64,
                   gloss_catalogs_entry(v->report.set, id)->code, a->hits, a->lines, b->hits,
                   b->lines);
        return true;
    }
    return false;
}

/* More was counted than the logs hold, and positions are old enough to have been forgotten. */
static bool may_be_forgotten(const struct verify *v, const struct gloss_source_counts *stored,
                             const struct gloss_source_counts *counted)
{
    return v->report.committed_ns - v->report.since_ns >= v->config->forget_after_ns &&
           stored->lines > counted->lines;
}

static const struct gloss_source_counts *find_source(struct gloss_counters *c, const char *name)
{
    for (size_t i = 0; i < gloss_counters_n_sources(c); i++)
        if (STREQ(gloss_counters_source_at(c, i)->name, name))
            return gloss_counters_source_at(c, i);
    return NULL;
}

/* Whether the sums over all sources agree. A source that was renamed or removed hands its files on
 * to another source, and then only the sums over all sources can be compared. */
static bool agree_together(const struct recount *c)
{
    struct gloss_counters *stored = c->v->report.counters;
    uint64_t lines = 0, hits = 0; /* counted by the state minus found in the logs */

    for (size_t i = 0; i < gloss_counters_n_sources(stored); i++) {
        const struct gloss_source_counts *s = gloss_counters_source_at(stored, i);

        if (!find_source(c->counters, s->name) && verify_source(c->v, s->name))
            continue;
        lines += s->lines;
        hits += s->hits;
    }
    for (size_t i = 0; i < gloss_counters_n_sources(c->counters); i++) {
        lines -= gloss_counters_source_at(c->counters, i)->lines;
        hits -= gloss_counters_source_at(c->counters, i)->hits;
    }
    return lines == 0 && hits == 0;
}

static void compare(struct recount *c, const struct gloss_source_counts *stored,
                    const struct gloss_source_counts *counted)
{
    struct verify *v = c->v;
    CLEANUP(gloss_buf_deinit) struct gloss_buf what = {0};
    const struct sum sums[] = {
        {"lines", stored->lines, counted->lines},
        {"bytes", stored->bytes, counted->bytes},
        {"hits", stored->hits, counted->hits},
        {"lines with a hit", stored->matched_lines, counted->matched_lines},
        {"successes", stored->successes, counted->successes},
    };

    gloss_buf_printf(&what, "counters of %s%c", stored->name, '\0');
    if (what.failed)
        v->out.failed = true;
    else if (may_be_forgotten(v, stored, counted))
        verify_say(v, VERDICT_UNKNOWN, what.ptr,
                   "they have more lines than the logs, and files may have been forgotten");
    else if (stored->lines != counted->lines && agree_together(c))
        verify_say(v, VERDICT_UNKNOWN, what.ptr,
                   "files have moved from one source to another; all sources together agree");
    else if (!sums_differ(v, what.ptr, sums, ARRAY_SIZE(sums)) &&
             !codes_differ(v, what.ptr, stored, counted))
        verify_say(v, VERDICT_AGREE, what.ptr, "%" PRIu64 " lines, %" PRIu64 " hits", stored->lines,
                   stored->hits);
}

/* ---- unknown codes: compared over all sources ---- */

static bool is_same_code(const struct gloss_unknown_count *a, const struct gloss_unknown_count *b)
{
    return STREQ(a->code, b->code) && STREQ(a->catalog, b->catalog);
}

static uint64_t unknown_in(const struct gloss_counters *c, const struct gloss_unknown_count *code)
{
    uint64_t hits = 0;

    for (size_t i = 0; i < gloss_counters_n_unknown(c); i++) {
        const struct gloss_unknown_count *u = gloss_counters_unknown_at(c, i);

        hits += is_same_code(u, code) ? u->hits : 0;
    }
    return hits;
}

/* How many different unknown codes there are over all sources. */
static size_t n_unknown(const struct gloss_counters *c)
{
    size_t n = 0;

    for (size_t i = 0; i < gloss_counters_n_unknown(c); i++) {
        size_t k = 0;

        while (!is_same_code(gloss_counters_unknown_at(c, k), gloss_counters_unknown_at(c, i)))
            k++;
        n += k == i;
    }
    return n;
}

static bool unknown_differ(struct verify *v, const struct gloss_counters *from,
                           const struct gloss_counters *counted)
{
    for (size_t i = 0; i < gloss_counters_n_unknown(from); i++) {
        const struct gloss_unknown_count *u = gloss_counters_unknown_at(from, i);
        uint64_t a = unknown_in(v->report.counters, u), b = unknown_in(counted, u);

        if (a == b)
            continue;
        verify_say(v, VERDICT_DIFFER, "unknown codes",
                   "the state has counted %s %" PRIu64 " times, the logs hold it %" PRIu64 " times",
                   u->code, a, b);
        return true;
    }
    return false;
}

static void compare_unknown(struct verify *v, const struct gloss_counters *counted)
{
    if (gloss_counters_unknown_dropped(v->report.counters) > 0)
        verify_say(v, VERDICT_UNKNOWN, "unknown codes", "there were more than the state keeps");
    else if (!unknown_differ(v, v->report.counters, counted) &&
             !unknown_differ(v, counted, counted))
        verify_say(v, VERDICT_AGREE, "unknown codes", "%zu", n_unknown(v->report.counters));
}

/* ---- all ---- */

/* Scans the files of a source again, when all of them are still there. */
static int count_source(struct recount *c, const struct config_source *source,
                        const char **reterr_what)
{
    struct verify *v = c->v;
    struct gloss_source_counts *counted;
    const char *why;
    int r;

    if (!verify_is_whole(v, source->name, &why))
        return 0;
    r = gloss_counters_source(c->counters, source->name, &counted);
    for (size_t i = 0; i < v->stored.n && r == 0; i++) {
        *reterr_what = v->stored.items[i].position.path;
        if (STREQ(v->stored.items[i].source, source->name) && !v->files[i].goes_on)
            r = count_file(c, i, source, counted);
    }
    return r;
}

/* Also the sources of which the state has no counters: a new source may have taken over files that
 * another one had read to their ends. */
static int count_sources(struct recount *c, const char **reterr_what)
{
    const struct config *config = c->v->config;
    int r = 0;

    for (size_t i = 0; config && i < config->n_sources && r == 0; i++)
        r = count_source(c, &config->sources[i], reterr_what);
    return r;
}

static void check_source(struct recount *c, const struct gloss_source_counts *stored)
{
    const struct gloss_source_counts *counted = find_source(c->counters, stored->name);
    CLEANUP(gloss_buf_deinit) struct gloss_buf what = {0};
    const char *why;

    if (counted) {
        compare(c, stored, counted);
        return;
    }
    verify_is_whole(c->v, stored->name, &why);
    gloss_buf_printf(&what, "counters of %s%c", stored->name, '\0');
    if (what.failed)
        c->v->out.failed = true;
    else
        verify_say(c->v, VERDICT_UNKNOWN, what.ptr, "%s", why);
}

/* Checks the sources of which the state has no counters. */
static void check_uncounted(struct recount *c)
{
    for (size_t i = 0; i < gloss_counters_n_sources(c->counters); i++) {
        const struct gloss_source_counts *counted = gloss_counters_source_at(c->counters, i);
        const struct gloss_source_counts none = {.name = counted->name};

        if (counted->lines > 0 && !find_source(c->v->report.counters, counted->name))
            compare(c, &none, counted);
    }
}

/* Whether each source that the state has counters of was scanned again. */
static bool all_are_counted(const struct recount *c)
{
    struct gloss_counters *stored = c->v->report.counters;

    for (size_t i = 0; i < gloss_counters_n_sources(stored); i++)
        if (!find_source(c->counters, gloss_counters_source_at(stored, i)->name))
            return false;
    return true;
}

int verify_counters(struct verify *v, const char **reterr_what)
{
    CLEANUP(recount_deinit) struct recount c;
    int r = recount_init(&c, v);

    if (r == 0 && v->orphans > 0) {
        verify_say(v, VERDICT_UNKNOWN, "counters", "some codes are not in these catalogs");
        return 0;
    }
    if (r == 0)
        r = count_sources(&c, reterr_what);
    if (r < 0)
        return r;
    for (size_t i = 0; i < gloss_counters_n_sources(v->report.counters); i++)
        check_source(&c, gloss_counters_source_at(v->report.counters, i));
    check_uncounted(&c);
    if (all_are_counted(&c))
        compare_unknown(v, c.counters);
    return 0;
}
