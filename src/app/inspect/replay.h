#pragma once

/* Replays a followed file: the part of it that the service has read goes through a pipeline as it
 * did then, a piece at a time. */

#include "app/common/pipeline.h"
#include "io/files/line_encoding.h"

struct replay_options {
    int fd;               /* borrowed */
    const char *encoding; /* NULL: auto */
    uint64_t max_line;
    uint64_t from, to; /* bytes of the file; from is the start of a line */
    /* Borrowed; counts are those of the source in counters. */
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
    struct gloss_source_counts *counts;
    const struct gloss_clock *clock;
    struct pipeline_output *outputs; /* the array is borrowed; what is in it is the replay's */
    size_t n_outputs;
};

/** Zero-initialised is closed. Must not move while it is open. */
struct replay {
    struct replay_options options;
    struct line_encoding text;
    struct gloss_lines *lines;
    struct pipeline pipeline;
    struct gloss_times *times;
    struct gloss_buf decoded;
    uint64_t at;       /* offset in the file: all bytes before it are read */
    char last;         /* the byte handed on last; if it is no newline, one is added at the end */
    bool begun, ended; /* some text was decoded; everything was replayed */
};

/** Starts a replay. Returns 0 or a negative errno; replay_close() has to be called either way. */
int replay_open(struct replay *r, const struct replay_options *options);
/** Replays a piece. Returns 1: there may be more; 0: everything was replayed; or a negative errno:
 * -ENODATA: the file is shorter than options.to. */
int replay_step(struct replay *r);
void replay_close(struct replay *r);
