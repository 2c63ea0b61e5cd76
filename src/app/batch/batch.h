#pragma once

/* What annotate and summary share: inputs are read one after the other, each through a pipeline.
 * A failure of one input is reported, and the next input is read. */

#include "app/batch/progress.h"
#include "app/batch/selection.h"
#include "app/batch/time_options.h"
#include "app/common/clock.h"
#include "app/common/common_options.h"

#include <gloss/annotate.h>
#include <gloss/catalog.h>
#include <gloss/counters.h>
#include <gloss/scanner.h>
#include <stdbool.h>

struct output_file;

/** One run over a list of inputs. */
struct batch {
    /* Made by batch_open(). */
    struct gloss_catalogs *set;
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
    bool *selected; /* by entry id; NULL: all */
    struct clock clock;

    /* For the caller to set between batch_open() and batch_run(). */
    const char *encoding; /* of the inputs: borrowed, checked; NULL: told by their marks */
    uint64_t since_ns;    /* only lines of that time or later; 0: all lines */
    uint64_t until_ns;    /* only lines of that time or earlier; 0: all lines */
    const char *const *time_formats; /* forms of times, tried first: borrowed, checked */
    size_t n_time_formats;
    struct progress progress;             /* .on */
    bool uncounted;                       /* nothing is counted */
    struct output_file *output;           /* borrowed; NULL: lines are counted and not written */
    const char *output_name;              /* for messages */
    struct gloss_annotator_options look;  /* of the output; batch_run() fills in source, selected,
                                             times, hold, goes_on and completes */
    bool (*is_command)(const char *name); /* whether an absent input of that name may be a
                                             subcommand at the wrong place; may be NULL */

    /* Of batch_run(). */
    struct gloss_lines *lines;
    struct gloss_notes *notes;
    struct spool *spool;
    size_t n_opened;  /* inputs that could be opened */
    int wake_fd;      /* readable after an interrupt */
    int status;       /* EXIT_TROUBLE after the first failure that was reported */
    bool finished;    /* no further input is read: the output failed, or an interrupt came */
    bool reader_gone; /* the reader of the output has closed it */
};

/** Loads catalogs and makes matcher, scanner and counters. Returns EXIT_OK; or EXIT_TROUBLE after a
 * message. batch_close() is due either way. */
int batch_open(struct batch *b, const struct common_options *common,
               const struct selection *selection);
void batch_close(struct batch *b);

/** Sets what the options about times ask for; they are borrowed. */
void batch_set_times(struct batch *b, const struct time_options *times);

/** Reads the files in their order, "-" being standard input; an empty list is standard input alone.
 * Returns EXIT_OK; or EXIT_TROUBLE after a message for each failure to read or write. */
int batch_run(struct batch *b, const struct words *files);

/** Checks the value of --encoding. Returns EXIT_OK; or EXIT_TROUBLE after a message. */
int batch_check_encoding(const char *encoding);

/** Whether the counters have a hit of a selected code. */
bool batch_saw_code(const struct batch *b);
