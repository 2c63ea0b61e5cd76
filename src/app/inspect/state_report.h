#pragma once

/* The counters of the service, read from its state, with the catalogs that they belong to. Any user
 * who may read the state can ask for them, whether the service runs or not. */

#include "app/common/common_options.h"
#include "app/common/time_argument.h"

#include <gloss/catalog.h>
#include <gloss/counters.h>
#include <stdbool.h>
#include <stdint.h>

/** Options of the command that asks. */
struct state_report_options {
    const struct common_options *common; /* its catalogs win over those of the configuration */
    const char *state;  /* --state; NULL: the one of the configuration, else the default one */
    const char *config; /* --config; NULL: the default one, when it can be read */
    const struct time_argument *since; /* only counts from that time on; NULL: all */
    bool optional; /* without `state` and `config`, a state that cannot be read is no error */
};

struct state_report {
    struct gloss_catalogs *set;
    struct gloss_counters *counters; /* NULL: there is no state, and options.optional is set */
    char *state;                     /* path of the state */
    uint64_t since_ns;               /* when the state was created */
    uint64_t asked_ns, from_ns;      /* with options.since: that time, and the start of its minute
                                        or hour, from which on is counted */
    uint64_t whole_ns;               /* with options.since: nothing is missing from then on */
    uint64_t committed_ns;           /* time of the last checkpoint; later lines are not counted */
};

/** Zero-initialises r, reads the catalogs and the state, and closes the state again. Returns
 * EXIT_OK; or EXIT_TROUBLE after it has said why. state_report_close() has to be called either way.
 */
int state_report_open(struct state_report *r, const struct state_report_options *options);
void state_report_close(struct state_report *r);
/** Reads the state once more, with the same catalogs. Returns as state_report_open(). */
int state_report_again(struct state_report *r, const struct state_report_options *options);

struct config;
/** Reads the configuration of --config, or the default one; *ret_config stays NULL when the default
 * one cannot be read. Returns EXIT_OK, or EXIT_TROUBLE after it has said why. */
int state_report_config(const struct state_report_options *options, struct config **ret_config);

/** Reads the catalogs of --catalog, the configuration or the program, into r->set.
 * @config  NULL: there is none. Returns EXIT_OK, or EXIT_TROUBLE after it has said why. */
int state_report_catalogs(struct state_report *r, const struct state_report_options *options,
                          const struct config *config);

/** Hits of codes that no catalog has any more: the sums of sources have them, no code does. */
uint64_t state_report_orphans(const struct state_report *r);

/** What was seen of one entry, over all sources. Times are since 1970. */
struct state_report_sight {
    uint64_t hits, lines;
    uint64_t first_ns, last_ns;
    const char *source; /* the source of the last line with it; owned by the counters; NULL: none */
    uint64_t line;      /* number of that line in its source */
};
struct state_report_sight state_report_entry(const struct state_report *r,
                                             const struct gloss_entry *entry);
