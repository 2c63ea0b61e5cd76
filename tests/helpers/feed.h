#pragma once

/* A stream led through lines and annotator, cut as the test wants it, with any finder: the
 * one here is too simple to be wrong. */

#include <gloss/annotate.h>
#include <gloss/buf.h>
#include <gloss/catalog.h>
#include <gloss/span.h>
#include <stddef.h>

struct annotating {
    const struct gloss_catalogs *set;
    struct gloss_annotator_options options; /* times are ours; hold is where hold is true */
    const struct gloss_clock *clock;        /* json and logfmt: of live input */
    size_t cut;                             /* bytes a read brings; 0: all at once */
    size_t max_line;                        /* 0: 1 MiB */
    bool hold;
    struct gloss_scanner *scanner; /* borrowed; for feed_find_scanner() */
    uint64_t *ret_context_cut;     /* gets gloss_annotator_context_cut(); may be NULL */
    /* Finds what stands on a block, as gloss_scanner_scan() does. */
    int (*find)(const struct annotating *feed, const struct gloss_block *block,
                struct gloss_stream *stream, gloss_line_fn fn, void *ctx);
};

/** Appends what the annotator makes of the input. Returns 0 or a negative errno. */
int feed_run(const struct annotating *feed, struct gloss_span input, struct gloss_buf *out);

/** Codes of the set as plain substrings, patterns by the digits of "ORA-ddddd" as the capture
 * "number". No unknown codes, no success marker. */
int feed_find_simply(const struct annotating *feed, const struct gloss_block *block,
                     struct gloss_stream *stream, gloss_line_fn fn, void *ctx);

/** What the scanner finds. */
int feed_find_scanner(const struct annotating *feed, const struct gloss_block *block,
                      struct gloss_stream *stream, gloss_line_fn fn, void *ctx);

/** A set made of a YAML text that must be right. */
struct gloss_catalogs *feed_catalogs(const char *yaml);

/** Appends the content of a file below the project's root; false: it cannot be read. */
bool feed_read_file(const char *path, struct gloss_buf *out);

/** Two texts that should be equal: empty, or a sentence that names the first line that differs.
 * The place it is in is overwritten by the next call. */
const char *feed_difference(struct gloss_span got, struct gloss_span want);
