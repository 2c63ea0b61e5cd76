/* In the order of a start: configuration, catalogs, matcher, drains, counters, feeds. Whatever
 * fails, what was made so far goes with topology_free(), and a former setup is as it was. */

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

static int read_catalogs(struct topology *s, struct gloss_diags *diags)
{
    const struct config *c = s->config;
    size_t errors = diags->errors;
    int r = gloss_catalogs_new(&s->set);

    if (r == 0 && c->n_catalogs == 0)
        r = gloss_catalogs_read_builtin(s->set);
    for (size_t i = 0; i < c->n_catalogs && r == 0; i++)
        r = catalog_loader_read(s->set, c->catalogs[i], diags);
    if (r == 0 && diags->errors > errors)
        r = CONFIG_E_INVALID;
    return r;
}

static int make_sinks(struct topology *s)
{
    const struct config *c = s->config;
    int r = 0;

    s->sinks = calloc(c->n_sinks + 1, sizeof(*s->sinks));
    if (!s->sinks)
        return -ENOMEM;
    for (size_t i = 0; i < c->n_sinks && r == 0; i++) {
        r = sink_new(&s->sinks[i], &c->sinks[i], /* path= */ NULL, s->set);
        s->n_sinks += r == 0;
    }
    if (r == 0 && c->counters_file) {
        r = sink_new(&s->sinks[s->n_sinks], /* config= */ NULL, c->counters_file, s->set);
        s->n_sinks += r == 0;
    }
    return r;
}

int topology_new(struct topology **ret_setup, const char *file, struct gloss_diags *diags)
{
    struct topology *s = calloc(1, sizeof(*s));
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
        r = make_sinks(s);
    if (r != 0)
        topology_free(s);
    else
        *ret_setup = s;
    return r;
}

struct topology *topology_free(struct topology *s)
{
    if (!s)
        return NULL;
    for (size_t i = 0; i < s->n_sources; i++)
        source_free(s->sources[i]);
    free(s->sources);
    for (size_t i = 0; i < s->n_sinks; i++)
        sink_free(s->sinks[i]);
    free(s->sinks);
    gloss_counters_free(s->counters);
    gloss_scanner_free(s->scanner);
    gloss_matcher_free(s->matcher);
    gloss_catalogs_free(s->set);
    config_free(s->config);
    free(s);
    return NULL;
}

struct sink *topology_counters_sink(const struct topology *s)
{
    return s->n_sinks > s->config->n_sinks ? s->sinks[s->config->n_sinks] : NULL;
}

/* ---- drains ---- */

struct sink *topology_find_sink(const struct topology *s, const char *name)
{
    for (size_t i = 0; i < s->n_sinks; i++)
        if (STREQ(sink_file_name(s->sinks[i]->file), name))
            return s->sinks[i];
    return NULL;
}

static int on_sink(void *ctx, const struct store_sink *sink)
{
    struct topology *s = ctx;

    for (size_t i = 0; i < s->n_sinks; i++) {
        struct sink *d = s->sinks[i];

        if (!STREQ(sink_file_name(d->file), sink->path))
            continue;
        d->committed = sink->position;
        d->has_pending = sink->pending.len > 0;
        gloss_buf_clear(&d->pending);
        gloss_buf_span(&d->pending, sink->pending);
        if (d->pending.failed)
            return -ENOMEM;
    }
    return 0;
}

static int cut_back(struct sink *d)
{
    int r;

    if (d->committed.ino == 0)
        return 0;
    r = sink_file_cut_back(sink_file_name(d->file), &d->committed);
    if (r < 0)
        log_message(LOG_ERR, "sink", "cannot cut '%s' back to what is committed: %s",
                    sink_file_name(d->file), strerror(-r));
    else if (r == SINK_FILE_CHANGED)
        log_message(LOG_WARNING, "sink",
                    "'%s' lacks bytes that were written to it: somebody cut it off or wrote it "
                    "anew; it is left as it is",
                    sink_file_name(d->file));
    return MIN(r, 0);
}

int topology_open_sinks(struct topology *s, struct store *store)
{
    int r = store_each_sink(store, on_sink, s);

    for (size_t i = 0; i < s->n_sinks && r == 0; i++) {
        struct sink *d = s->sinks[i];

        r = cut_back(d);
        if (r < 0)
            break;
        r = sink_open(d);
        if (r < 0)
            log_message(LOG_ERR, "sink", "cannot open '%s': %s%s", sink_file_name(d->file),
                        strerror(-r),
                        r == -EROFS   ? "; under systemd name its folder in ReadWritePaths="
                        : r == -ELOOP ? "; it is a link, name the file itself"
                                      : "");
    }
    return r;
}

/* ---- counters ---- */

int topology_load_counters(struct topology *s, struct store *store)
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
static const char *heir_of(const struct config *c, const struct state_file *f)
{
    const char *heir = NULL;

    for (size_t i = 0; i < c->n_sources; i++) {
        if (!wants(&c->sources[i], f->position.path))
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
    const struct state_file *x = a, *y = b;

    return (x->position.last_seen_ns < y->position.last_seen_ns) -
           (x->position.last_seen_ns > y->position.last_seen_ns);
}

static int move_positions(const struct topology *s, struct store *store,
                          const struct state_files *m)
{
    const char *said = "";
    int r = 0;

    for (size_t i = 0; i < m->n && r >= 0; i++) {
        const struct state_file *f = &m->items[i];
        const char *heir = heir_of(s->config, f);

        r = heir ? store_move_files(store, f->source, f->position.path, heir) : 0;
        if (r <= 0 || STREQ(said, f->source))
            continue;
        said = f->source;
        log_message(LOG_NOTICE, "source", "'%s' goes on where '%s' had read '%s'", heir, f->source,
                    f->position.path);
    }
    return MIN(r, 0);
}

int topology_move_positions(const struct topology *s, struct store *store, uint64_t wall_ns)
{
    CLEANUP(state_files_deinit) struct state_files m = {0};
    int r = state_files_load(&m, store);

    if (r == 0 && m.n > 0)
        qsort(m.items, m.n, sizeof(*m.items), by_meeting);
    if (r == 0)
        r = store_begin(store);
    if (r == 0)
        r = move_positions(s, store, &m);
    if (r == 0)
        r = store_commit(store, wall_ns);
    if (r < 0)
        log_message(LOG_ERR, "state", "cannot move files to other sources: %s",
                    store_problem(store));
    return r;
}

/* ---- feeds ---- */

/* What the new feeds come from. */
struct origin {
    struct topology *former; /* NULL: none */
    bool goes_back;          /* none of its feeds may stay */
    struct store *store;
    uint64_t now_ns;
};

static struct source *take_former(const struct origin *from, const struct config_source *config)
{
    struct topology *former = from->goes_back ? NULL : from->former;

    for (size_t i = 0; former && i < former->n_sources; i++)
        if (former->sources[i] && source_is_same(former->sources[i], config)) {
            source_disconnect(former->sources[i]);
            return TAKE_PTR(former->sources[i]);
        }
    return NULL;
}

static int inherit(const struct origin *from, struct source *f)
{
    int r = 0;

    for (size_t i = 0; from->former && i < from->former->n_sources && r == 0; i++)
        if (from->former->sources[i])
            r = source_inherit(f, from->former->sources[i], from->now_ns);
    return r;
}

static int on_file(void *ctx, const struct store_file *file)
{
    struct source *f = ctx;
    return STREQ(file->source, f->name) ? follow_remember(f->follow, &file->position) : 0;
}

static int on_journal(void *ctx, const struct store_journal *row)
{
    struct source *f = ctx;

    return STREQ(row->source, f->name) ? journal_source_remember(f->journal, row) : 0;
}

static int make_source(struct source **ret_source, const struct config_source *config,
                       const struct origin *from, const struct source_owner *owner)
{
    struct source *f;
    int r = source_new(&f, config, owner);

    if (r < 0)
        return r;
    *ret_source = f;
    if (f->follow)
        r = store_each_file(from->store, on_file, f);
    else if (f->journal)
        r = store_each_journal(from->store, on_journal, f);
    return r == 0 ? inherit(from, f) : r;
}

/* Those that stay are taken first, so that nobody inherits from them. */
static int make_sources(struct topology *s, const struct origin *from,
                        const struct source_owner *owner, const struct gloss_clock *clock)
{
    const struct config *c = s->config;
    struct source_context means = {.scanner = s->scanner, .counters = s->counters, .clock = clock};
    int r = 0;

    s->sources = calloc(c->n_sources + 1, sizeof(*s->sources));
    if (!s->sources)
        return -ENOMEM;
    s->n_sources = c->n_sources;
    for (size_t i = 0; i < s->n_sources; i++)
        s->sources[i] = take_former(from, &c->sources[i]);
    for (size_t i = 0; i < s->n_sources && r == 0; i++) {
        if (!s->sources[i])
            r = make_source(&s->sources[i], &c->sources[i], from, owner);
        if (r == 0)
            r = source_connect(s->sources[i], &means, c, i, s->sinks);
    }
    return r;
}

int topology_make_sources(struct topology *s, struct topology *former, struct store *store,
                          const struct source_owner *owner, const struct gloss_clock *clock,
                          uint64_t now_ns)
{
    const struct origin from = {.former = former, .store = store, .now_ns = now_ns};

    return make_sources(s, &from, owner, clock);
}

/* ---- going back ---- */

bool topology_is_unsure(const struct topology *s)
{
    for (size_t i = 0; i < s->n_sinks; i++)
        if (s->sinks[i]->unsure)
            return true;
    return false;
}

/* Files and the journal are read again, also files that have no name any more; what comes once was
 * kept. */
static int make_sources_anew(struct topology *s, struct store *store,
                             const struct source_owner *owner, const struct gloss_clock *clock,
                             uint64_t now_ns)
{
    struct topology former = {.sources = TAKE_PTR(s->sources), .n_sources = s->n_sources};
    const struct origin from = {
        .former = &former, .goes_back = true, .store = store, .now_ns = now_ns};
    int r;

    s->n_sources = 0;
    r = make_sources(s, &from, owner, clock);
    for (size_t i = 0; i < former.n_sources; i++)
        source_free(former.sources[i]);
    free(former.sources);
    return r;
}

int topology_go_back(struct topology *s, struct store *store, const struct source_owner *owner,
                     const struct gloss_clock *clock, uint64_t now_ns)
{
    struct gloss_counters *former = TAKE_PTR(s->counters);
    int r = topology_load_counters(s, store);

    if (r == 0)
        r = make_sources_anew(s, store, owner, clock, now_ns);
    for (size_t i = 0; i < s->n_sinks; i++)
        s->sinks[i]->dirty = s->sinks[i]->unsure = false;
    gloss_counters_free(former);
    return r;
}
