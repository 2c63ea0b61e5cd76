/* The first of these that is given names the state, and the catalogs:
 *
 *     state:     --state, the configuration's, /var/lib/glossd/state.db
 *     catalogs:  --catalog, the configuration's, the built-in one
 *
 * The configuration is the one of --config, or the default one when that can be read: a user who
 * may read the state need not be allowed to read anything else. Only its text is checked; whether
 * the service could work with it does not matter here. */

#include "app/inspect/state_report.h"

#include "app/common/catalog_loader.h"
#include "app/common/clock.h"
#include "app/common/exit_status.h"
#include "app/common/message.h"
#include "app/config/config.h"
#include "app/connectors/kinds.h"
#include "core/base/util.h"
#include "io/state/store.h"

#include <string.h>

static bool is_asked_for(const struct state_report_options *o)
{
    return o->state || o->config || !o->optional;
}

int state_report_config(const struct state_report_options *o, struct config **ret_config)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    int r = config_peek(ret_config, o->config ? o->config : CONFIG_DEFAULT_FILE, &connector_kinds,
                        &diags);

    if (r == -ENOMEM)
        return message_no_memory();
    if (r != 0 && o->config) {
        message_diags(&diags);
        return EXIT_TROUBLE;
    }
    if (r == CONFIG_E_INVALID && is_asked_for(o))
        message_warning(CONFIG_DEFAULT_FILE,
                        "it has mistakes, so it is not used; 'glossd check' names them");
    return EXIT_OK;
}

/* ---- catalogs ---- */

static int read_catalogs(struct gloss_catalogs *set, const struct config *config,
                         struct gloss_diags *diags)
{
    int r = 0;

    for (size_t i = 0; i < config->n_catalogs && r == 0; i++)
        r = catalog_loader_read(set, config->catalogs[i], diags);
    return r;
}

/* Loads the catalogs of the configuration: all of them, or none when one cannot be read. */
static int load_configured(struct state_report *r, const struct config *config, bool quiet)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = NULL;
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};

    if (gloss_catalogs_new(&set) < 0 || read_catalogs(set, config, &diags) < 0)
        return message_no_memory();
    if (diags.errors == 0)
        r->set = TAKE_PTR(set);
    else if (!quiet)
        message_warning(
            config->file,
            "its catalogs cannot be read, so the built-in one is used; --catalog names others");
    return EXIT_OK;
}

int state_report_catalogs(struct state_report *r, const struct state_report_options *o,
                          const struct config *config)
{
    int status = EXIT_OK;

    if (o->common->n_catalogs == 0 && config && config->n_catalogs > 0)
        status = load_configured(r, config, !is_asked_for(o));
    return status != EXIT_OK || r->set ? status : catalog_loader_load(&r->set, o->common);
}

/* ---- the state ---- */

static int load_since(struct state_report *r, struct store *store, uint64_t since_ns)
{
    struct store_span span;
    int e = store_load_since(store, r->counters, since_ns, &span);

    if (e < 0)
        return e;
    r->asked_ns = since_ns;
    r->from_ns = span.from_ns;
    r->whole_ns = span.whole_ns;
    return 0;
}

static int load_counters(struct state_report *r, struct store *store,
                         const struct time_argument *since, uint64_t now_ns)
{
    int e = gloss_counters_new(&r->counters, r->set);

    if (e == 0)
        e = since ? load_since(r, store, time_argument_ns(since, now_ns))
                  : store_load_counters(store, r->counters);
    if (e == -ENOMEM)
        return message_no_memory();
    if (e < 0)
        return message_error(r->state, "the state cannot be read: %s; try again",
                             store_problem(store));
    r->since_ns = store_since_ns(store);
    r->committed_ns = store_committed_ns(store);
    return EXIT_OK;
}

static int load_state(struct state_report *r, const struct state_report_options *o)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    CLEANUP(store_freep) struct store *store = NULL;
    struct clock clock;
    struct store_options options = {.path = r->state, .read_only = true};
    int e;

    clock_init(&clock);
    options.now_ns = clock.base.now_ns;
    e = store_open(&store, &options, &diags);
    if (e == -ENOMEM)
        return message_no_memory();
    if (e != 0 && !is_asked_for(o))
        return EXIT_OK;
    if (e == STORE_E_ABSENT)
        return message_error(r->state, "there is no state of a service here; --state FILE names "
                                       "another, 'glossd summary FILE' counts a log");
    if (e != 0) {
        message_diags(&diags);
        return EXIT_TROUBLE;
    }
    return load_counters(r, store, o->since, options.now_ns);
}

int state_report_open(struct state_report *r, const struct state_report_options *o)
{
    CLEANUP(config_freep) struct config *config = NULL;
    int status;

    *r = (struct state_report){0};
    status = state_report_config(o, &config);
    if (status == EXIT_OK)
        status = state_report_catalogs(r, o, config);
    if (status != EXIT_OK)
        return status;
    r->state = strdup(o->state ? o->state : config ? config->state : CONFIG_DEFAULT_STATE);
    return r->state ? load_state(r, o) : message_no_memory();
}

int state_report_again(struct state_report *r, const struct state_report_options *o)
{
    r->counters = gloss_counters_free(r->counters);
    return load_state(r, o);
}

void state_report_close(struct state_report *r)
{
    gloss_counters_free(r->counters);
    gloss_catalogs_free(r->set);
    free(r->state);
}

/* ---- answers ---- */

uint64_t state_report_orphans(const struct state_report *r)
{
    size_t n_entries = gloss_catalogs_n_entries(r->set);
    uint64_t n = 0;

    for (size_t i = 0; i < gloss_counters_n_sources(r->counters); i++) {
        const struct gloss_source_counts *source = gloss_counters_source_at(r->counters, i);

        n += source->hits;
        for (size_t id = 0; source->codes && id < n_entries; id++)
            n -= source->codes[id].hits;
    }
    return n;
}

struct state_report_sight state_report_entry(const struct state_report *r,
                                             const struct gloss_entry *entry)
{
    struct state_report_sight sight = {0};

    for (size_t i = 0; i < gloss_counters_n_sources(r->counters); i++) {
        const struct gloss_source_counts *source = gloss_counters_source_at(r->counters, i);
        const struct gloss_count *count = source->codes ? &source->codes[entry->id] : NULL;

        if (!count || count->hits == 0)
            continue;
        if (sight.hits == 0 || count->first_ns < sight.first_ns)
            sight.first_ns = count->first_ns;
        if (sight.hits == 0 || count->last_ns > sight.last_ns) {
            sight.last_ns = count->last_ns;
            sight.source = source->name;
            sight.line = count->last_line;
        }
        sight.hits += count->hits;
        sight.lines += count->lines;
    }
    return sight;
}
