#pragma once

/* One stream's way through the program: bytes in, whole lines, findings, counters, output out. The
 * filter and the service run the same one; they differ in where bytes come from and go to. */

#include "core/render/since.h"

#include <gloss/annotate.h>
#include <gloss/counters.h>
#include <gloss/lines.h>
#include <gloss/scanner.h>
#include <gloss/spans.h>

/** One place a stream's lines go to. */
struct pipeline_output {
    struct gloss_annotator *annotator; /* borrowed; of this stream and place alone; NULL: it takes
                                          findings, by line */
    /** Called with each line on which something was found. Returns 0 or a negative errno. */
    int (*line)(void *ctx, const struct gloss_line *line);
    /** Called with what each block gave, if anything; the spans die when it returns. Returns 0 or
     * a negative errno. */
    int (*write)(void *ctx, const struct gloss_spans *spans);
    void *ctx;
    struct gloss_spans spans; /* owned by the pipeline */
};

/** Filled by its owner as far as "borrowed" goes, the rest zero. */
struct pipeline {
    struct gloss_scanner *scanner;      /* borrowed, as all of these */
    struct gloss_lines *lines;          /* of this stream alone */
    struct gloss_counters *counters;    /* NULL: nobody asks for them */
    struct gloss_source_counts *counts; /* of this stream's source */
    const struct gloss_clock *clock;    /* kept current by the owner */
    const bool *selected;               /* by entry id; NULL: all */
    struct pipeline_output *outputs;    /* none: it only counts */
    size_t n_outputs;
    struct since *since; /* of this stream alone, for pipeline_feed(); NULL: all lines count */

    struct gloss_stream stream; /* where the stream stands; may be preset, as the scanner says */
};

/** One block's way, of a stream that is kept elsewhere: several files may share a pipeline, a block
 * of whole lines at a time. Returns 0, or a negative errno: of a write, or -ENOMEM. */
int pipeline_block(struct pipeline *p, struct gloss_stream *stream,
                   const struct gloss_block *block);

/** n bytes stand where gloss_lines_room() said: all whole lines among what came so far are worked
 * off. Returns 0, or a negative errno: of a write, or -ENOMEM. */
int pipeline_feed(struct pipeline *p, size_t n);
/** The same for bytes that stand elsewhere, of any number; they are copied. */
int pipeline_feed_bytes(struct pipeline *p, struct gloss_span bytes);
/** Nothing more comes: the last line goes its way, and each output is finished. Returns as above.
 */
int pipeline_end(struct pipeline *p);
/** Frees what the pipeline itself owns. */
void pipeline_deinit(struct pipeline *p);
