#pragma once

/* All that is made from a configuration and goes with it: catalogs, matcher, scanner, counters,
 * sinks, sources, and the groups in which sources and sinks are connected. A reload makes a second
 * one aside; what did not change is handed over. */

#include "app/config/config.h"
#include "app/connectors/sink.h"
#include "app/connectors/source.h"
#include "io/state/store.h"

#include <gloss/catalog.h>
#include <gloss/counters.h>
#include <gloss/matcher.h>
#include <gloss/scanner.h>

/** Sources and sinks that lines connect: no line goes from one group to another. So a group is the
 * smallest thing that a checkpoint can speak of, and one can wait while the others go on. */
struct group {
    const char *name;     /* of its first source, or of its only sink; borrowed */
    struct source *alone; /* an overlong line of it is under way: nothing else of the group may be
                             read; NULL: there is none */
    bool is_included;     /* in the checkpoint under way, or in the last one */
};

struct topology {
    struct config *config;
    const struct config_kinds *kinds; /* borrowed */
    struct gloss_catalogs *set;
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
    struct sink **sinks; /* one for each sink of the configuration; with counters.file, one more */
    size_t n_sinks;
    struct source **sources; /* one for each source */
    size_t n_sources;
    struct group *groups; /* made with the sources */
    size_t n_groups;
};

/** Reads the configuration and its catalogs, compiles them, and makes sinks, not yet opened, and no
 * sources.
 *
 * @kinds  of sources and sinks; borrowed, and outlives the topology.
 * @diags  receives every mistake.
 * Returns 0; CONFIG_E_INVALID; a negative errno. */
int topology_new(struct topology **ret_topology, const char *file, const struct config_kinds *kinds,
                 struct gloss_diags *diags);
struct topology *topology_free(struct topology *t);

/** The sink of counters.file, or NULL. */
struct sink *topology_counters_sink(const struct topology *t);

/** The sink of that name, or NULL. */
struct sink *topology_find_sink(const struct topology *t, const char *name);

/** Cuts each sink back to what the state says of it, and opens it. Says what is wrong. Returns 0 or
 * a negative errno. */
int topology_open_sinks(struct topology *t, struct store *store);

/** Makes the counters, with what the state holds. Returns 0 or a negative errno. */
int topology_load_counters(struct topology *t, struct store *store);

/** In the state, gives positions of files that their sources do not want any more, or whose sources
 * are gone, to the first source that wants them, which is said. Returns 0 or a negative errno. */
int topology_move_positions(const struct topology *t, struct store *store, uint64_t wall_ns);

/** Makes each source, or takes it from a former topology where it is the same, and connects it. New
 * ones get what the state remembers, and inherit what exists in descriptors only.
 *
 * @former  NULL, or a topology whose sources may be taken: those are NULL in it afterwards.
 * Returns 0 or a negative errno. */
int topology_make_sources(struct topology *t, struct topology *former, struct store *store,
                          const struct source_owner *owner, const struct gloss_clock *clock,
                          uint64_t now_ns);

/** Whether what was written to a sink since the last checkpoint may be lost. */
bool topology_is_unsure(const struct topology *t);

/** Goes back to the last checkpoint, after topology_open_sinks(): counters are what the state
 * holds, files are to be read from where it says, and what came once comes again from where it was
 * kept. Returns 0; or a negative errno, then there is no going on. */
int topology_go_back(struct topology *t, struct store *store, const struct source_owner *owner,
                     const struct gloss_clock *clock, uint64_t now_ns);

/** Updates the group's `alone` after a turn of the source s; NULL: that of every group. */
void topology_find_alone(struct topology *t, struct source *s);
/** Whether a checkpoint may speak of that group now: no line is half out, and no sink holds it up.
 */
bool topology_may_commit(const struct topology *t, size_t group);
