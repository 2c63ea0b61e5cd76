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

struct setup {
    struct config *config;
    struct gloss_catalogs *set;
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
    struct drain *
        *drains; /* one for each sink of the configuration; with counters.file, one more */
    size_t n_drains;
    struct feed **feeds; /* one for each source */
    size_t n_feeds;
};

/** Reads the configuration and its catalogs, compiles them, and makes drains, not yet opened, and
 * no feeds.
 *
 * @diags  receives every mistake.
 * Returns 0; CONFIG_E_INVALID; a negative errno. */
int setup_new(struct setup **ret_setup, const char *file, struct gloss_diags *diags);
struct setup *setup_free(struct setup *s);

/** The drain of counters.file, or NULL. */
struct drain *setup_counters_drain(const struct setup *s);

/** The drain whose outlet has that name, or NULL. */
struct drain *setup_find_drain(const struct setup *s, const char *name);

/** Cuts each sink back to what the state says of it, and opens it. Says what is wrong. Returns 0 or
 * a negative errno. */
int setup_open_drains(struct setup *s, struct store *store);

/** Makes the counters, with what the state holds. Returns 0 or a negative errno. */
int setup_load_counters(struct setup *s, struct store *store);

/** In the state, gives places that their sources do not want any more, or whose sources are gone,
 * to the first source that wants them, which is said. Returns 0 or a negative errno. */
int setup_move_places(const struct setup *s, struct store *store, uint64_t wall_ns);

/** Makes a feed for each source, or takes it from a former setup where it is the same, and connects
 * it. New ones are told what the state remembers, and inherit what lives in descriptors only.
 *
 * @former  NULL, or a setup whose feeds may be taken: those are NULL in it afterwards.
 * Returns 0 or a negative errno. */
int setup_make_feeds(struct setup *s, struct setup *former, struct store *store,
                     const struct feed_owner *owner, const struct gloss_clock *clock,
                     uint64_t now_ns);

/** Whether what was written to a sink since the last checkpoint may be lost. */
bool setup_is_unsure(const struct setup *s);

/** Goes back to the last checkpoint, after setup_open_drains(): counters are what the state holds,
 * files are to be read from where it says, and what came once comes again from where it was kept.
 * Returns 0; or a negative errno, then there is no going on. */
int setup_go_back(struct setup *s, struct store *store, const struct feed_owner *owner,
                  const struct gloss_clock *clock, uint64_t now_ns);
