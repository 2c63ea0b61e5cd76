/* The parts are made in the order of a start: configuration, catalogs, matcher, sinks, counters,
 * sources, groups. When one of them fails, topology_free() frees those that were made before it. */

#include "app/service/topology.h"

#include "app/common/catalog_loader.h"
#include "app/common/log.h"
#include "app/common/state_files.h"
#include "app/connectors/file_sink.h"
#include "core/base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static int read_catalogs(struct topology *t, struct gloss_diags *diags)
{
    const struct config *c = t->config;
    size_t errors = diags->errors;
    int r = gloss_catalogs_new(&t->set);

    if (r == 0 && c->n_catalogs == 0)
        r = gloss_catalogs_read_builtin(t->set);
    for (size_t i = 0; i < c->n_catalogs && r == 0; i++)
        r = catalog_loader_read(t->set, c->catalogs[i], diags);
    if (r == 0 && diags->errors > errors)
        r = CONFIG_E_INVALID;
    return r;
}

/* Makes the sink of counters.file, which is a file sink like any other. */
static int make_counters_sink(struct topology *t, const char *path)
{
    const struct file_sink_settings settings = {.path = path, .mode = 0640};
    const struct config_sink config = {
        .name = path, .kind = &file_sink_kind.config, .settings = &settings};

    return sink_new(&t->sinks[t->n_sinks], &config, /* set= */ NULL);
}

static int make_sinks(struct topology *t)
{
    const struct config *c = t->config;
    int r = 0;

    t->sinks = calloc(c->n_sinks + 1, sizeof(*t->sinks));
    if (!t->sinks)
        return -ENOMEM;
    for (size_t i = 0; i < c->n_sinks && r == 0; i++) {
        r = sink_new(&t->sinks[i], &c->sinks[i], t->set);
        t->n_sinks += r == 0;
    }
    if (r == 0 && c->counters_file) {
        r = make_counters_sink(t, c->counters_file);
        t->n_sinks += r == 0;
    }
    return r;
}

int topology_new(struct topology **ret_topology, const char *file, const struct config_kinds *kinds,
                 struct gloss_diags *diags)
{
    struct topology *t = calloc(1, sizeof(*t));
    int r;

    if (!t)
        return -ENOMEM;
    t->kinds = kinds;
    r = config_read(&t->config, file, kinds, diags);
    if (r == 0)
        r = read_catalogs(t, diags);
    if (r == 0)
        r = gloss_matcher_new(&t->matcher, t->set, /* options= */ NULL);
    if (r == 0)
        r = gloss_scanner_new(&t->scanner, t->matcher);
    if (r == 0)
        r = make_sinks(t);
    if (r != 0)
        topology_free(t);
    else
        *ret_topology = t;
    return r;
}

struct topology *topology_free(struct topology *t)
{
    if (!t)
        return NULL;
    for (size_t i = 0; i < t->n_sources; i++)
        source_free(t->sources[i]);
    free(t->sources);
    for (size_t i = 0; i < t->n_sinks; i++)
        sink_free(t->sinks[i]);
    free(t->sinks);
    free(t->groups);
    gloss_counters_free(t->counters);
    gloss_scanner_free(t->scanner);
    gloss_matcher_free(t->matcher);
    gloss_catalogs_free(t->set);
    config_free(t->config);
    free(t);
    return NULL;
}

/* ---- groups ---- */

/* Moves all sources and sinks of one group into another. */
static void join(struct topology *t, size_t group, size_t into)
{
    for (size_t i = 0; i < t->n_sources; i++)
        if (t->sources[i]->group == group)
            t->sources[i]->group = into;
    for (size_t i = 0; i < t->n_sinks; i++)
        if (t->sinks[i]->group == group)
            t->sinks[i]->group = into;
}

/* At first each source and each sink is a group of its own; then each sink joins the groups of its
 * sources. */
static void connect_groups(struct topology *t)
{
    for (size_t i = 0; i < t->n_sources; i++)
        t->sources[i]->group = i;
    for (size_t i = 0; i < t->n_sinks; i++)
        t->sinks[i]->group = t->n_sources + i;
    for (size_t i = 0; i < t->config->n_sinks; i++) {
        const struct config_sink *c = &t->config->sinks[i];

        for (size_t k = 0; k < c->n_sources; k++) {
            size_t a = t->sources[c->sources[k]]->group, b = t->sinks[i]->group;

            if (a != b)
                join(t, MAX(a, b), MIN(a, b));
        }
    }
}

/* Numbers the groups from 0 on, in the order of their first members. A group has the name of its
 * first member. */
static int number_groups(struct topology *t)
{
    size_t n = t->n_sources + t->n_sinks;
    CLEANUP(freep) size_t *numbers = calloc(n + 1, sizeof(*numbers));

    t->groups = calloc(n + 1, sizeof(*t->groups));
    if (!numbers || !t->groups)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        bool is_source = i < t->n_sources;
        size_t *group = is_source ? &t->sources[i]->group : &t->sinks[i - t->n_sources]->group;

        if (numbers[*group] == 0) {
            t->groups[t->n_groups].name =
                is_source ? t->sources[i]->name : t->sinks[i - t->n_sources]->name;
            numbers[*group] = ++t->n_groups;
        }
        *group = numbers[*group] - 1;
    }
    return 0;
}

void topology_find_alone(struct topology *t, struct source *s)
{
    if (s) {
        t->groups[s->group].alone = source_in_line(s) ? s : NULL;
        return;
    }
    for (size_t i = 0; i < t->n_groups; i++)
        t->groups[i].alone = NULL;
    for (size_t i = 0; i < t->n_sources; i++)
        if (source_in_line(t->sources[i]))
            t->groups[t->sources[i]->group].alone = t->sources[i];
}

bool topology_may_commit(const struct topology *t, size_t group)
{
    for (size_t i = 0; i < t->n_sources; i++)
        if (t->sources[i]->group == group && source_in_line(t->sources[i]))
            return false;
    for (size_t i = 0; i < t->n_sinks; i++)
        if (t->sinks[i]->group == group && !sink_may_commit(t->sinks[i]))
            return false;
    return true;
}

/* ---- sinks ---- */

struct sink *topology_counters_sink(const struct topology *t)
{
    return t->n_sinks > t->config->n_sinks ? t->sinks[t->config->n_sinks] : NULL;
}

struct sink *topology_find_sink(const struct topology *t, const char *name)
{
    for (size_t i = 0; i < t->n_sinks; i++)
        if (STREQ(t->sinks[i]->name, name))
            return t->sinks[i];
    return NULL;
}

static int on_sink(void *ctx, const struct store_sink *row)
{
    struct sink *s = topology_find_sink(ctx, row->path);

    if (!s)
        return 0;
    s->committed = row->position;
    s->has_pending = row->pending.len > 0;
    gloss_buf_clear(&s->pending);
    gloss_buf_span(&s->pending, row->pending);
    return s->pending.failed ? -ENOMEM : 0;
}

static int cut_back(struct sink *s)
{
    int r = sink_cut_back(s);

    if (r < 0)
        log_message(LOG_ERR, "sink", "cannot cut '%s' back to what is committed: %s", s->name,
                    strerror(-r));
    else if (r == SINK_CHANGED)
        log_message(LOG_WARNING, "sink",
                    "'%s' lacks bytes that were written to it: somebody cut it off or wrote it "
                    "anew; it is left as it is",
                    s->name);
    return MIN(r, 0);
}

int topology_open_sinks(struct topology *t, struct store *store)
{
    int r = store_each_sink(store, on_sink, t);

    for (size_t i = 0; i < t->n_sinks && r == 0; i++) {
        struct sink *s = t->sinks[i];

        r = cut_back(s);
        if (r < 0)
            break;
        r = sink_open(s);
        if (r < 0)
            log_message(LOG_ERR, "sink", "cannot open '%s': %s%s", s->name, strerror(-r),
                        sink_mend(s, r));
    }
    return r;
}

/* ---- counters ---- */

int topology_load_counters(struct topology *t, struct store *store)
{
    int r = gloss_counters_new(&t->counters, t->set);

    return r < 0 ? r : store_load_counters(store, t->counters);
}

/* ---- positions ---- */

static bool reads(const struct config_source *s, const char *path)
{
    return s->kind->reads_path && !s->kind->reads_once && s->kind->reads_path(s->settings, path);
}

/* The first source that reads the file's path; NULL: the file's own source still reads it, or none
 * does. */
static const char *heir_of(const struct config *c, const struct state_file *f)
{
    const char *heir = NULL;

    for (size_t i = 0; i < c->n_sources; i++) {
        if (!reads(&c->sources[i], f->position.path))
            continue;
        if (STREQ(c->sources[i].name, f->source))
            return NULL;
        heir = heir ? heir : c->sources[i].name;
    }
    return heir;
}

/* Sorts files by the time when they were last seen, the latest first: when several sources had a
 * path, the heir gets the files that were seen last. */
static int by_last_seen(const void *a, const void *b)
{
    const struct state_file *x = a, *y = b;

    return (x->position.last_seen_ns < y->position.last_seen_ns) -
           (x->position.last_seen_ns > y->position.last_seen_ns);
}

static int move_positions(const struct topology *t, struct store *store,
                          const struct state_files *m)
{
    const char *said = "";
    int r = 0;

    for (size_t i = 0; i < m->n && r >= 0; i++) {
        const struct state_file *f = &m->items[i];
        const char *heir = heir_of(t->config, f);

        r = heir ? store_move_files(store, f->source, f->position.path, heir) : 0;
        if (r <= 0 || STREQ(said, f->source))
            continue;
        said = f->source;
        log_message(LOG_NOTICE, "source", "'%s' goes on where '%s' had read '%s'", heir, f->source,
                    f->position.path);
    }
    return MIN(r, 0);
}

int topology_move_positions(const struct topology *t, struct store *store, uint64_t wall_ns)
{
    CLEANUP(state_files_deinit) struct state_files m = {0};
    int r = state_files_load(&m, store);

    if (r == 0 && m.n > 0)
        qsort(m.items, m.n, sizeof(*m.items), by_last_seen);
    if (r == 0)
        r = store_begin(store);
    if (r == 0)
        r = move_positions(t, store, &m);
    if (r == 0)
        r = store_commit(store, wall_ns);
    if (r < 0)
        log_message(LOG_ERR, "state", "cannot move files to other sources: %s",
                    store_problem(store));
    return r;
}

/* ---- sources ---- */

/* Where the new sources come from. */
struct origin {
    struct topology *former; /* NULL: there is none */
    bool goes_back;          /* all sources are made anew, and none is taken from former */
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

static int inherit(const struct origin *from, struct source *s)
{
    int r = 0;

    for (size_t i = 0; from->former && i < from->former->n_sources && r == 0; i++)
        if (from->former->sources[i])
            r = source_inherit(s, from->former->sources[i], from->now_ns);
    return r;
}

static int make_source(struct topology *t, size_t index, const struct origin *from,
                       const struct source_owner *owner)
{
    int r = source_new(&t->sources[index], t->config, index, owner);

    if (r == 0)
        r = source_restore(t->sources[index], from->store);
    return r == 0 ? inherit(from, t->sources[index]) : r;
}

/* Sources that stay are taken from the former topology first, so that no other source inherits from
 * them. */
static int make_sources(struct topology *t, const struct origin *from,
                        const struct source_owner *owner, const struct gloss_clock *clock)
{
    const struct config *c = t->config;
    struct source_context context = {
        .scanner = t->scanner, .counters = t->counters, .clock = clock};
    int r = 0;

    t->sources = calloc(c->n_sources + 1, sizeof(*t->sources));
    if (!t->sources)
        return -ENOMEM;
    t->n_sources = c->n_sources;
    for (size_t i = 0; i < t->n_sources; i++)
        t->sources[i] = take_former(from, &c->sources[i]);
    for (size_t i = 0; i < t->n_sources && r == 0; i++) {
        if (!t->sources[i])
            r = make_source(t, i, from, owner);
        if (r == 0)
            r = source_connect(t->sources[i], &context, c, i, t->sinks);
    }
    if (r < 0)
        return r;
    free(t->groups);
    t->groups = NULL;
    t->n_groups = 0;
    connect_groups(t);
    r = number_groups(t);
    if (r == 0)
        topology_find_alone(t, /* s= */ NULL);
    return r;
}

int topology_make_sources(struct topology *t, struct topology *former, struct store *store,
                          const struct source_owner *owner, const struct gloss_clock *clock,
                          uint64_t now_ns)
{
    const struct origin from = {.former = former, .store = store, .now_ns = now_ns};

    return make_sources(t, &from, owner, clock);
}

/* ---- going back ---- */

bool topology_is_unsure(const struct topology *t)
{
    for (size_t i = 0; i < t->n_sinks; i++)
        if (t->sinks[i]->unsure)
            return true;
    return false;
}

/* Files and the journal are read again, also files that have no name any more. Inputs that can be
 * read only once have kept their lines. */
static int make_sources_anew(struct topology *t, struct store *store,
                             const struct source_owner *owner, const struct gloss_clock *clock,
                             uint64_t now_ns)
{
    struct topology former = {.sources = TAKE_PTR(t->sources), .n_sources = t->n_sources};
    const struct origin from = {
        .former = &former, .goes_back = true, .store = store, .now_ns = now_ns};
    int r;

    t->n_sources = 0;
    r = make_sources(t, &from, owner, clock);
    for (size_t i = 0; i < former.n_sources; i++)
        source_free(former.sources[i]);
    free(former.sources);
    return r;
}

int topology_go_back(struct topology *t, struct store *store, const struct source_owner *owner,
                     const struct gloss_clock *clock, uint64_t now_ns)
{
    struct gloss_counters *former = TAKE_PTR(t->counters);
    int r = topology_load_counters(t, store);

    if (r == 0)
        r = make_sources_anew(t, store, owner, clock, now_ns);
    for (size_t i = 0; i < t->n_sinks; i++)
        t->sinks[i]->dirty = t->sinks[i]->unsure = false;
    gloss_counters_free(former);
    return r;
}
