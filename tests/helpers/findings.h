#pragma once

/* What was found in a stream, written as text that can be compared: one line per finding, by line
 * number and stream offset, so that neither blocks nor parts of overlong lines show in it. */

#include <gloss/buf.h>
#include <gloss/scanner.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum finding_kind {
    FINDING_HIT,
    FINDING_UNKNOWN,
    FINDING_SUCCESS,
    FINDING_MATCHED,
};

/** One finding. place and end are stream offsets, end is exclusive. */
struct finding {
    enum finding_kind kind;
    uint64_t place, end;
    size_t catalog;         /* of FINDING_UNKNOWN: its index */
    uint32_t entry;         /* of FINDING_HIT: its id */
    bool first;             /* of FINDING_HIT */
    struct gloss_buf extra; /* of FINDING_HIT: captures, by name */
};

/** Gathers the findings of a line and writes them when the next line begins. Zero-initialised is
 * empty. */
struct findings {
    struct gloss_span input; /* the whole stream: what a line says of itself is held against it */
    uint64_t number;         /* of the line at hand */
    struct finding *items;
    size_t n, size;
    struct gloss_buf out;
};

void findings_deinit(struct findings *f);

/** Begins or goes on with a line; then its findings are added, in any order. */
void findings_at(struct findings *f, uint64_t number);
struct finding *findings_add(struct findings *f, enum finding_kind kind, uint64_t place,
                             uint64_t end);
/** Adds "name=value" to a hit. */
void finding_capture(struct finding *hit, const char *name, struct gloss_span value);
/** Nothing more will come. lines: how many the stream had. */
void findings_end(struct findings *f, uint64_t lines);

/** A gloss_line_fn; ctx is the struct findings. Aborts where a line lies about its own place, text
 * or end. */
int findings_line(void *ctx, const struct gloss_line *line);

/** How a stream is cut on its way to the scanner. */
struct findings_cut {
    size_t chunk;    /* bytes a read brings at most, and size of the buffer */
    uint32_t seed;   /* 0: reads bring a whole chunk, else 1 to chunk bytes, at random */
    size_t max_line; /* 0: 1 MiB */
};

/** Leads a stream through lines and scanner. f->out has the result. */
void findings_scan(struct findings *f, struct gloss_matcher *matcher, struct gloss_span input,
                   struct findings_cut cut);
