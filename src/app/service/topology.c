/* In the order of a start: configuration, catalogs, matcher, drains, counters, feeds. Whatever
 * fails, what was made so far goes with setup_free(), and a former setup is as it was. */

#include "app/service/topology.h"

#include "app/common/catalog_loader.h"
#include "app/common/log.h"
#include "app/common/state_files.h"
#include "app/service/journal_source.h"
#include "core/base/util.h"
#include "io/files/glob.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static int read_catalogs(struct setup *s, struct gloss_diags *diags)
{
    const struct config *c = s->config;
    size_t errors = diags->errors;
    int r = gloss_catalogs_new(&s->set);

    if (r == 0 && c->n_catalogs == 0)
        r = gloss_catalogs_read_builtin(s->set);
    for (size_t i = 0; i < c->n_catalogs && r == 0; i++)
        r = catalogs_read_place(s->set, c->catalogs[i], diags);
    if (r == 0 && diags->errors > errors)
        r = CONFIG_E_INVALID;
    return r;
}

static int make_drains(struct setup *s)
{
    const struct config *c = s->config;
    int r = 0;

    s->drains = calloc(c->n_sinks + 1, sizeof(*s->drains));
    if (!s->drains)
        return -ENOMEM;
    for (size_t i = 0; i < c->n_sinks && r == 0; i++) {
        r = drain_new(&s->drains[i], &c->sinks[i], /* path= */ NULL, s->set);
        s->n_drains += r == 0;
    }
    if (r == 0 && c->counters_file) {
        r = drain_new(&s->drains[s->n_drains], /* config= */ NULL, c->counters_file, s->set);
        s->n_drains += r == 0;
    }
    return r;
}

int setup_new(struct setup **ret_setup, const char *file, struct gloss_diags *diags)
{
    struct setup *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return -ENOMEM;
    r = config_read(&s->config, file, diags);
    if (r == 0)
        r = read_catalogs(s, diags);
    if (r == 0)
        r = gloss_matcher_new(&s->matcher, s->set, /* options= */ NULL);
    if (r == 0)
        r = gloss_scanner_new(&s->scanner, s->matcher);
    if (r == 0)
        r = make_drains(s);
    if (r != 0)
        setup_free(s);
    else
        *ret_setup = s;
    return r;
}

struct setup *setup_free(struct setup *s)
{
    if (!s)
        return NULL;
    for (size_t i = 0; i < s->n_feeds; i++)
        feed_free(s->feeds[i]);
    free(s->feeds);
    for (size_t i = 0; i < s->n_drains; i++)
        drain_free(s->drains[i]);
    free(s->drains);
    gloss_counters_free(s->counters);
    gloss_scanner_free(s->scanner);
    gloss_matcher_free(s->matcher);
    gloss_catalogs_free(s->set);
    config_free(s->config);
    free(s);
    return NULL;
}

struct drain *setup_counters_drain(const struct setup *s)
{
    return s->n_drains > s->config->n_sinks ? s->drains[s->config->n_sinks] : NULL;
}

/* ---- drains ---- */

struct drain *setup_find_drain(const struct setup *s, const char *name)
{
    for (size_t i = 0; i < s->n_drains; i++)
        if (STREQ(outlet_name(s->drains[i]->outlet), name))
            return s->drains[i];
    return NULL;
}

static int on_sink(void *ctx, const struct store_sink *sink)
{
    struct setup *s = ctx;

    for (size_t i = 0; i < s->n_drains; i++) {
        struct drain *d = s->drains[i];

        if (!STREQ(outlet_name(d->outlet), sink->path))
            continue;
        d->committed = sink->place;
        d->owes = sink->owed.len > 0;
        gloss_buf_clear(&d->owed);
        gloss_buf_span(&d->owed, sink->owed);
        if (d->owed.failed)
            return -ENOMEM;
    }
    return 0;
}

static int cut_back(struct drain *d)
{
    int r;

    if (d->committed.ino == 0)
        return 0;
    r = outlet_cut_back(outlet_name(d->outlet), &d->committed);
    if (r < 0)
        log_say(LOG_ERR, "sink", "cannot cut '%s' back to what is committed: %s",
                outlet_name(d->outlet), strerror(-r));
    else if (r == OUTLET_CHANGED)
        log_say(LOG_WARNING, "sink",
                "'%s' lacks what was written to it: somebody cut it off or wrote it anew; it is "
                "left as it is",
                outlet_name(d->outlet));
    return MIN(r, 0);
}

int setup_open_drains(struct setup *s, struct store *store)
{
    int r = store_each_sink(store, on_sink, s);

    for (size_t i = 0; i < s->n_drains && r == 0; i++) {
        struct drain *d = s->drains[i];

        r = cut_back(d);
        if (r < 0)
            break;
        r = drain_open(d);
        if (r < 0)
            log_say(LOG_ERR, "sink", "cannot open '%s': %s%s", outlet_name(d->outlet), strerror(-r),
                    r == -EROFS   ? "; under systemd name its folder in ReadWritePaths="
                    : r == -ELOOP ? "; it is a link, name the file itself"
                                  : "");
    }
    return r;
}

/* ---- counters ---- */

int setup_load_counters(struct setup *s, struct store *store)
{
    int r = gloss_counters_new(&s->counters, s->set);

    return r < 0 ? r : store_load_counters(store, s->counters);
}

/* ---- places ---- */

static bool wants(const struct config_source *s, const char *path)
{
    return s->follow && glob_match(s->follow, path) &&
           !glob_excludes(s->exclude, s->n_exclude, path);
}

/* The first source that wants the file, where its own does not; else NULL. */
static const char *heir_of(const struct config *c, const struct memory_file *f)
{
    const char *heir = NULL;

    for (size_t i = 0; i < c->n_sources; i++) {
        if (!wants(&c->sources[i], f->place.path))
            continue;
        if (STREQ(c->sources[i].name, f->source))
            return NULL;
        heir = heir ? heir : c->sources[i].name;
    }
    return heir;
}

/* Of several that nobody wants, the heir gets what was met last. */
static int by_meeting(const void *a, const void *b)
{
    const struct memory_file *x = a, *y = b;

    return (x->place.met_ns < y->place.met_ns) - (x->place.met_ns > y->place.met_ns);
}

static int move_places(const struct setup *s, struct store *store, const struct memory *m)
{
    const char *said = "";
    int r = 0;

    for (size_t i = 0; i < m->n && r >= 0; i++) {
        const struct memory_file *f = &m->items[i];
        const char *heir = heir_of(s->config, f);

        r = heir ? store_move_files(store, f->source, f->place.path, heir) : 0;
        if (r <= 0 || STREQ(said, f->source))
            continue;
        said = f->source;
        log_say(LOG_NOTICE, "source", "'%s' goes on where '%s' had read '%s'", heir, f->source,
                f->place.path);
    }
    return MIN(r, 0);
}

int setup_move_places(const struct setup *s, struct store *store, uint64_t wall_ns)
{
    CLEANUP(memory_deinit) struct memory m = {0};
    int r = memory_load(&m, store);

    if (r == 0 && m.n > 0)
        qsort(m.items, m.n, sizeof(*m.items), by_meeting);
    if (r == 0)
        r = store_begin(store);
    if (r == 0)
        r = move_places(s, store, &m);
    if (r == 0)
        r = store_commit(store, wall_ns);
    if (r < 0)
        log_say(LOG_ERR, "state", "cannot give places to other sources: %s", store_problem(store));
    return r;
}

/* ---- feeds ---- */

/* What the new feeds come from. */
struct origin {
    struct setup *former; /* NULL: none */
    bool goes_back;       /* none of its feeds may stay */
    struct store *store;
    uint64_t now_ns;
};

static struct feed *take_former(const struct origin *from, const struct config_source *config)
{
    struct setup *former = from->goes_back ? NULL : from->former;

    for (size_t i = 0; former && i < former->n_feeds; i++)
        if (former->feeds[i] && feed_is_same(former->feeds[i], config)) {
            feed_disconnect(former->feeds[i]);
            return TAKE_PTR(former->feeds[i]);
        }
    return NULL;
}

static int inherit(const struct origin *from, struct feed *f)
{
    int r = 0;

    for (size_t i = 0; from->former && i < from->former->n_feeds && r == 0; i++)
        if (from->former->feeds[i])
            r = feed_inherit(f, from->former->feeds[i], from->now_ns);
    return r;
}

static int on_file(void *ctx, const struct store_file *file)
{
    struct feed *f = ctx;
    return STREQ(file->source, f->name) ? follow_remember(f->follow, &file->place) : 0;
}

static int on_journal(void *ctx, const struct store_journal *row)
{
    struct feed *f = ctx;

    return STREQ(row->source, f->name) ? tap_remember(f->tap, row) : 0;
}

static int make_feed(struct feed **ret_feed, const struct config_source *config,
                     const struct origin *from, const struct feed_owner *owner)
{
    struct feed *f;
    int r = feed_new(&f, config, owner);

    if (r < 0)
        return r;
    *ret_feed = f;
    if (f->follow)
        r = store_each_file(from->store, on_file, f);
    else if (f->tap)
        r = store_each_journal(from->store, on_journal, f);
    return r == 0 ? inherit(from, f) : r;
}

/* Those that stay are taken first, so that nobody inherits from them. */
static int make_feeds(struct setup *s, const struct origin *from, const struct feed_owner *owner,
                      const struct gloss_clock *clock)
{
    const struct config *c = s->config;
    struct feed_means means = {.scanner = s->scanner, .counters = s->counters, .clock = clock};
    int r = 0;

    s->feeds = calloc(c->n_sources + 1, sizeof(*s->feeds));
    if (!s->feeds)
        return -ENOMEM;
    s->n_feeds = c->n_sources;
    for (size_t i = 0; i < s->n_feeds; i++)
        s->feeds[i] = take_former(from, &c->sources[i]);
    for (size_t i = 0; i < s->n_feeds && r == 0; i++) {
        if (!s->feeds[i])
            r = make_feed(&s->feeds[i], &c->sources[i], from, owner);
        if (r == 0)
            r = feed_connect(s->feeds[i], &means, c, i, s->drains);
    }
    return r;
}

int setup_make_feeds(struct setup *s, struct setup *former, struct store *store,
                     const struct feed_owner *owner, const struct gloss_clock *clock,
                     uint64_t now_ns)
{
    const struct origin from = {.former = former, .store = store, .now_ns = now_ns};

    return make_feeds(s, &from, owner, clock);
}

/* ---- going back ---- */

bool setup_is_unsure(const struct setup *s)
{
    for (size_t i = 0; i < s->n_drains; i++)
        if (s->drains[i]->unsure)
            return true;
    return false;
}

/* Files and the journal are read again, also files that have no name any more; what comes once was
 * kept. */
static int make_feeds_anew(struct setup *s, struct store *store, const struct feed_owner *owner,
                           const struct gloss_clock *clock, uint64_t now_ns)
{
    struct setup former = {.feeds = TAKE_PTR(s->feeds), .n_feeds = s->n_feeds};
    const struct origin from = {
        .former = &former, .goes_back = true, .store = store, .now_ns = now_ns};
    int r;

    s->n_feeds = 0;
    r = make_feeds(s, &from, owner, clock);
    for (size_t i = 0; i < former.n_feeds; i++)
        feed_free(former.feeds[i]);
    free(former.feeds);
    return r;
}

int setup_go_back(struct setup *s, struct store *store, const struct feed_owner *owner,
                  const struct gloss_clock *clock, uint64_t now_ns)
{
    struct gloss_counters *former = TAKE_PTR(s->counters);
    int r = setup_load_counters(s, store);

    if (r == 0)
        r = make_feeds_anew(s, store, owner, clock, now_ns);
    for (size_t i = 0; i < s->n_drains; i++)
        s->drains[i]->dirty = s->drains[i]->unsure = false;
    gloss_counters_free(former);
    return r;
}
