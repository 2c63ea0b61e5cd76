#pragma once

/* All that is made from a configuration, and freed with it: catalogs, matcher, scanner, counters,
 * sinks, sources, and the groups in which sources and sinks are connected. A reload makes a second
 * topology beside the first; sources that did not change are handed over. */

#include "app/config/config.h"
#include "app/connectors/sink.h"
#include "app/connectors/source.h"
#include "io/state/store.h"

#include <gloss/catalog.h>
#include <gloss/counters.h>
#include <gloss/matcher.h>
#include <gloss/scanner.h>

/** Sources and sinks that lines connect: no line goes from one group to another. So a group is the
 * smallest part that a checkpoint can commit, and one group can wait while the others go on. */
struct group {
    const char *name;     /* that of its first source, or of its only sink; borrowed */
    struct source *alone; /* the source that has an overlong line under way: no other source of the
                             group may be read; NULL: there is none */
    bool is_included;     /* it is part of the checkpoint under way, or was part of the last one */
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
    struct source **sources; /* one for each source of the configuration */
    size_t n_sources;
    struct group *groups; /* made together with the sources */
    size_t n_groups;
};

/** Reads the configuration and its catalogs, compiles them, and makes the sinks, which are not open
 * yet. Counters and sources are made later.
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

/** Cuts each sink back to its position in the state, and opens it. Logs failures. Returns 0 or a
 * negative errno. */
int topology_open_sinks(struct topology *t, struct store *store);

/** Makes the counters, and loads the counts of the state into them. Returns 0 or a negative errno.
 */
int topology_load_counters(struct topology *t, struct store *store);

/** Moves positions in the state: a file whose source is gone, or does not read its path any more,
 * goes to the first source that does. Logs each move. Returns 0 or a negative errno. */
int topology_move_positions(const struct topology *t, struct store *store, uint64_t wall_ns);

/** Makes each source, or takes it from a former topology that has the same one, and connects it.
 * New sources get their positions from the state, and inherit open files and the like.
 *
 * @former  NULL, or a topology whose sources may be taken: those are NULL in it afterwards.
 * Returns 0 or a negative errno. */
int topology_make_sources(struct topology *t, struct topology *former, struct store *store,
                          const struct source_owner *owner, const struct gloss_clock *clock,
                          uint64_t now_ns);

/** Whether bytes that were written to a sink since the last checkpoint may be lost. */
bool topology_is_unsure(const struct topology *t);

/** Goes back to the last checkpoint; to be called after topology_open_sinks(). Counters and
 * positions are those of the state, and inputs that can be read only once give their kept lines
 * again. Returns 0; or a negative errno: then the service has to end. */
int topology_go_back(struct topology *t, struct store *store, const struct source_owner *owner,
                     const struct gloss_clock *clock, uint64_t now_ns);

/** Updates the group's `alone` after a turn of the source s; NULL: that of every group. */
void topology_find_alone(struct topology *t, struct source *s);
/** Whether that group can be committed now: no line of it is half out, and each of its sinks allows
 * it. */
bool topology_may_commit(const struct topology *t, size_t group);
