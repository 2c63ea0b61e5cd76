#pragma once

/* The way of a stream through the program: from bytes to whole lines, findings, counters and
 * output. Batch commands and the service use the same pipeline, with other inputs and outputs. */

#include "core/render/since.h"

#include <gloss/annotate.h>
#include <gloss/counters.h>
#include <gloss/lines.h>
#include <gloss/scanner.h>
#include <gloss/spans.h>

/** An output of a stream. */
struct pipeline_output {
    struct gloss_annotator *annotator; /* borrowed, for this stream and this output only; NULL: the
                                          output takes findings from line() */
    /** Called with each line that has a finding. Returns 0 or a negative errno. */
    int (*line)(void *ctx, const struct gloss_line *line);
    /** Called with the output of each block, where there is any. The spans are valid until write()
     * returns. Returns 0 or a negative errno. */
    int (*write)(void *ctx, const struct gloss_spans *spans);
    void *ctx;
    struct gloss_spans spans; /* owned by the pipeline */
};

/** The owner fills in the first group, all of it borrowed, and zeroes the rest. */
struct pipeline {
    struct gloss_scanner *scanner;
    struct gloss_lines *lines;          /* for this stream only */
    struct gloss_counters *counters;    /* NULL: nothing is counted */
    struct gloss_source_counts *counts; /* of this stream's source */
    struct gloss_times *times;          /* of the lines; its owner keeps its clock current. NULL:
                                           nothing is counted, and no output has times */
    const bool *selected;               /* by entry id; NULL: all */
    struct pipeline_output *outputs;    /* may be none: then lines are only counted */
    size_t n_outputs;
    struct since *since; /* for this stream only; pipeline_feed() passes over lines that are older.
                            NULL: no line is passed over */

    struct gloss_stream stream; /* how far the stream is scanned; for a stream that goes on, the
                                   owner sets it first */
};

/** Scans, counts and writes one block of a stream that the caller keeps: several files can share a
 * pipeline, one block of whole lines at a time. Returns 0 or
 * -ENOMEM, or the negative errno of write(). */
int pipeline_block(struct pipeline *p, struct gloss_stream *stream,
                   const struct gloss_block *block);

/** Takes n bytes that were read to where gloss_lines_room() pointed. All lines that are whole now
 * pass through. Returns as pipeline_block(). */
int pipeline_feed(struct pipeline *p, size_t n);
/** The same for any number of bytes that are elsewhere in memory. */
int pipeline_feed_bytes(struct pipeline *p, struct gloss_span bytes);
/** At the end of the stream: a last line without newline passes through, and each annotator is
 * finished. Returns as pipeline_block(). */
int pipeline_end(struct pipeline *p);
/** Frees the stream and the outputs' spans. */
void pipeline_deinit(struct pipeline *p);
