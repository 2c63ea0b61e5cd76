#pragma once

/* Checks whether sources, sinks and counters agree with what a state says of them, as far as the
 * files on disk allow. A state is one moment; lines written since then are not looked at. */

#include "app/common/state_files.h"
#include "app/inspect/state_cursors.h"
#include "app/inspect/state_report.h"
#include "io/output/sink_file.h"

#include <gloss/buf.h>

enum verdict { VERDICT_AGREE, VERDICT_UNKNOWN, VERDICT_DIFFER };

/** A sink as the last checkpoint describes it. */
struct verify_sink {
    char *path; /* owned */
    struct sink_position position;
    uint64_t pending; /* bytes that are to be written behind it */
};

/** One remembered file, as it was found again. */
struct verify_file {
    struct relocated_file *found; /* owned; NULL: it was not looked for yet */
    uint64_t from;                /* offset at which reading it started */
    bool whole;                   /* it still has as many bytes and lines as were read */
    bool goes_on;                 /* in the next file, which is a copy of it and has been read from
                                     where it ended: all of its text is there */
    bool may_go_on;               /* likewise, unless the next file was read from its start */
};

/** A check of one state. The caller fills in the members above the empty line. */
struct verify {
    const struct config *config; /* NULL: there is none; then less can be checked */
    struct state_files stored;
    struct state_cursors cursors;
    struct verify_sink *sinks;
    size_t n_sinks, sinks_size;
    struct state_report report; /* catalogs, and the counters of the state */
    uint64_t orphans;           /* counted hits of codes that these catalogs do not have */

    struct verify_file *files; /* as many as stored.n */
    struct gloss_buf out;      /* a line for each verdict */
    size_t verdicts[3];        /* how many there are of each */
};

/** Appends the line of one verdict to v->out: "WHAT: agrees: TEXT". */
void verify_say(struct verify *v, enum verdict verdict, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** Checks everything. Returns 0; or a negative errno: a file could not be read, and *reterr_what,
 * borrowed from v, names it. */
int verify_run(struct verify *v, const char **reterr_what);
void verify_deinit(struct verify *v);

/** The parts of verify_run() that have files of their own. Each returns as that does. */
int verify_counters(struct verify *v, const char **reterr_what);
int verify_sinks(struct verify *v, const char **reterr_what);

/** The configuration's source of that name, or NULL. */
const struct config_source *verify_source(const struct verify *v, const char *name);
/** Whether everything that was ever read of that source still exists; if not, *ret_why says what is
 * missing. */
bool verify_is_whole(const struct verify *v, const char *source, const char **ret_why);
