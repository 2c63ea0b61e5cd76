#pragma once

/* What the service remembers, for a person who asks: its counters, under the catalogs it counts
 * by. Any user who may read the state may ask, whether the service runs or not; it does not notice.
 */

#include "app/common/common_options.h"
#include "app/common/time_argument.h"

#include <gloss/catalog.h>
#include <gloss/counters.h>
#include <stdbool.h>
#include <stdint.h>

/** What is asked for. */
struct state_report_options {
    const struct common_options *common; /* its catalogs win over those of the configuration */
    const char *state;  /* --state; NULL: the one of the configuration, else the default one */
    const char *config; /* --config; NULL: the default one where it can be read */
    const struct time_argument *since; /* only what is of that time or later; NULL: all */
    bool optional; /* with neither of both, a state that is not there is nothing to speak of */
};

struct state_report {
    struct gloss_catalogs *set;
    struct gloss_counters *counters; /* NULL: there is no state, and that is all right */
    char *state;                     /* where it was found */
    uint64_t since_ns;               /* when it began */
    uint64_t asked_ns, from_ns;      /* with since: which time that is, and the one that is counted
                                        from, which begins its minute or hour */
    uint64_t whole_ns;               /* with since: nothing is missing from then on */
    uint64_t committed_ns;           /* its last checkpoint: what happened later is not in it */
};

/** Zero-initialises r, reads the catalogs and the state, and closes it again. Returns EXIT_OK; or
 * EXIT_TROUBLE after it has said why. state_report_close() is due either way. */
int state_report_open(struct state_report *r, const struct state_report_options *options);
void state_report_close(struct state_report *r);
/** Reads the state once more, under the same catalogs. Returns as state_report_open(). */
int recall_again(struct state_report *r, const struct state_report_options *options);

struct config;
/** The configuration that is asked for; *ret_config stays NULL where there is none to go by.
 * Returns EXIT_OK, or EXIT_TROUBLE after it has said why. */
int state_report_config(const struct state_report_options *options, struct config **ret_config);

/** The catalogs that count, into r->set. Returns as above. */
int state_report_catalogs(struct state_report *r, const struct state_report_options *options,
                          const struct config *config);

/** Hits of codes that no catalog has any more: in the sums, not among the codes. */
uint64_t state_report_orphans(const struct state_report *r);

/** What was seen of one entry, over all sources. */
struct state_report_sight {
    uint64_t hits, lines;
    uint64_t first_ns, last_ns;
    const char *source; /* where it was seen last; owned by the counters; NULL: nowhere */
    uint64_t line;      /* number of that line in it */
};
struct state_report_sight state_report_entry(const struct state_report *r,
                                             const struct gloss_entry *entry);
