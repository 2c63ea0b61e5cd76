#pragma once

/* All that is made from a configuration and goes with it: catalogs, matcher, scanner, counters,
 * drains and feeds. A reload makes a second one aside; what did not change is handed over. */

#include "app/config/config.h"
#include "app/service/sink.h"
#include "app/service/source.h"
#include "io/state/store.h"

#include <gloss/catalog.h>
#include <gloss/counters.h>
#include <gloss/matcher.h>
#include <gloss/scanner.h>

struct topology {
    struct config *config;
    struct gloss_catalogs *set;
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
    struct sink **sinks; /* one for each sink of the configuration; with counters.file, one more */
    size_t n_sinks;
    struct source **sources; /* one for each source */
    size_t n_sources;
};

/** Reads the configuration and its catalogs, compiles them, and makes drains, not yet opened, and
 * no feeds.
 *
 * @diags  receives every mistake.
 * Returns 0; CONFIG_E_INVALID; a negative errno. */
int topology_new(struct topology **ret_setup, const char *file, struct gloss_diags *diags);
struct topology *topology_free(struct topology *s);

/** The drain of counters.file, or NULL. */
struct sink *topology_counters_sink(const struct topology *s);

/** The drain whose outlet has that name, or NULL. */
struct sink *topology_find_sink(const struct topology *s, const char *name);

/** Cuts each sink back to what the state says of it, and opens it. Says what is wrong. Returns 0 or
 * a negative errno. */
int topology_open_sinks(struct topology *s, struct store *store);

/** Makes the counters, with what the state holds. Returns 0 or a negative errno. */
int topology_load_counters(struct topology *s, struct store *store);

/** In the state, gives places that their sources do not want any more, or whose sources are gone,
 * to the first source that wants them, which is said. Returns 0 or a negative errno. */
int topology_move_positions(const struct topology *s, struct store *store, uint64_t wall_ns);

/** Makes a feed for each source, or takes it from a former setup where it is the same, and connects
 * it. New ones are told what the state remembers, and inherit what lives in descriptors only.
 *
 * @former  NULL, or a setup whose feeds may be taken: those are NULL in it afterwards.
 * Returns 0 or a negative errno. */
int topology_make_sources(struct topology *s, struct topology *former, struct store *store,
                          const struct source_owner *owner, const struct gloss_clock *clock,
                          uint64_t now_ns);

/** Whether what was written to a sink since the last checkpoint may be lost. */
bool topology_is_unsure(const struct topology *s);

/** Goes back to the last checkpoint, after topology_open_sinks(): counters are what the state
 * holds, files are to be read from where it says, and what came once comes again from where it was
 * kept. Returns 0; or a negative errno, then there is no going on. */
int topology_go_back(struct topology *s, struct store *store, const struct source_owner *owner,
                     const struct gloss_clock *clock, uint64_t now_ns);
