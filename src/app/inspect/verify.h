#pragma once

/* Whether sources, sinks and counters agree with what a state says of them, as far as what lies on
 * disk can tell. A state is one moment; what was written since is not looked at. */

#include "app/common/state_files.h"
#include "app/inspect/state_cursors.h"
#include "app/inspect/state_report.h"
#include "io/output/sink_file.h"

#include <gloss/buf.h>

enum verdict { VERDICT_AGREE, VERDICT_UNKNOWN, VERDICT_DIFFER };

/** A sink, as a checkpoint says it is. */
struct verify_sink {
    char *path; /* owned */
    struct sink_position position;
    uint64_t pending; /* bytes that are to be written behind it */
};

/** What became of one remembered file. */
struct verify_file {
    struct relocated_file *found; /* owned; NULL: it was not looked for yet */
    uint64_t from;                /* where its reading began */
    bool whole;                   /* as many bytes and lines as were read are there */
    bool goes_on;                 /* in the next file, which is a copy of it and has been read from
                                     where it ended: all of its text is there */
};

/** Filled by its owner but for what stands below the line. */
struct verify {
    const struct config *config; /* NULL: none; then only what the state itself says is looked at */
    struct state_files stored;
    struct state_cursors cursors;
    struct verify_sink *sinks;
    size_t n_sinks, sinks_size;
    struct state_report report; /* catalogs, and what was counted */
    uint64_t orphans;           /* hits counted of codes that these catalogs do not have */

    struct verify_file *files; /* as many as stored.n */
    struct gloss_buf out;      /* a line for each verdict */
    size_t verdicts[3];        /* how many of each */
};

/** Says one verdict: "WHAT: TEXT". */
void verify_say(struct verify *v, enum verdict verdict, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** Looks at everything. Returns 0 or a negative errno: something could not be read, and
 * *reterr_what names it; borrowed from v. */
int verify_run(struct verify *v, const char **reterr_what);
void verify_deinit(struct verify *v);

/** The parts of it, of which each is a file. */
int verify_files(struct verify *v, const char **reterr_what);
int verify_counters(struct verify *v, const char **reterr_what);
int verify_sinks(struct verify *v, const char **reterr_what);

/** The configuration's source of that name, or NULL. */
const struct config_source *verify_source(const struct verify *v, const char *name);
/** Whether everything that was ever read of that source is there still; if not, *ret_why says what
 * is missing. */
bool verify_is_whole(const struct verify *v, const char *source, const char **ret_why);
