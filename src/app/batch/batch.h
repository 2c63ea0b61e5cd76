#pragma once

/* What annotate and summary share: catalogs made ready, inputs read one after the other through the
 * pipeline, trouble with one of them said while the others go on. */

#include "app/batch/progress.h"
#include "app/batch/selection.h"
#include "app/common/clock.h"
#include "app/common/common_options.h"

#include <gloss/annotate.h>
#include <gloss/catalog.h>
#include <gloss/counters.h>
#include <gloss/scanner.h>
#include <stdbool.h>

struct output_file;

struct prefilter {
    struct gloss_catalogs *set;
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
    struct gloss_lines *lines;
    bool *selected; /* by entry id; NULL: all */
    struct clock clock;

    /* To be set after batch_open(). */
    const char *encoding;                 /* borrowed, checked; NULL: by mark */
    uint64_t since_ns;                    /* only lines of that time or later; 0: all */
    struct progress progress;             /* .on */
    bool (*is_command)(const char *name); /* a file of that name that is absent may be a mistake;
                                             NULL: it is not asked */
    bool uncounted;                       /* nobody asks for counters: none are kept */
    struct output_file *sink;             /* borrowed; NULL: nothing goes out, it is only counted */
    struct gloss_annotator_options look;  /* of what goes out; source, selected, clock, hold,
                                             goes_on and completes are filled in */
    const char *sink_name;                /* what trouble with the sink is said of */

    struct gloss_notes *notes;
    struct spool *hold;
    int wake_fd;
    int status;       /* EXIT_TROUBLE once something was said */
    bool finished;    /* no further input is to be read: the sink failed, or somebody interrupted */
    bool reader_gone; /* nobody reads the output any more */
};

/** Zero-initialises f and makes catalogs, matcher and counters ready. Returns 0, or EXIT_TROUBLE
 * after it has said why; batch_close() is due either way. */
int batch_open(struct prefilter *f, const struct common_options *common,
               const struct selection *selection);
void batch_close(struct prefilter *f);

/** Reads all of the files, '-' being standard input; without any, standard input. Returns EXIT_OK,
 * or EXIT_TROUBLE when something of it could not be read or written, which has been said then. */
int batch_run(struct prefilter *f, const struct words *files);

/** For an option's value. Returns EXIT_OK, or EXIT_TROUBLE after saying that nobody knows it. */
int batch_check_encoding(const char *encoding);

/** Whether a selected code was seen. */
bool batch_saw_code(const struct prefilter *f);
