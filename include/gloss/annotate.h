#ifndef GLOSS_ANNOTATE_H
#define GLOSS_ANNOTATE_H

/* From findings to output: which lines go out, and how they look with their notes. One annotator
 * for each pair of stream and output; it never copies a line that goes out as it came in. */

#include <gloss/lines.h>
#include <gloss/scanner.h>
#include <gloss/spans.h>
#include <gloss/stamp.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One note per distinct code of a line, in order of first appearance. In cause and solution of an
 * entry with a pattern, {name} is replaced by what the capture of that name holds; by nothing where
 * it took no part in the match. */
enum gloss_format {
    GLOSS_FORMAT_TEXT, /* LINE  # CODE: cause Fix: solution; before the line end, which is kept.
                          A last line without one gets none, except with GLOSS_EMIT_MATCHED and
                          where the options say so */
    GLOSS_FORMAT_NOTE, /* notes on indented lines below; with colour the hits in the line are
                          painted, too (not in overlong lines) */
    GLOSS_FORMAT_JSON, /* one object a line: time, source, line, offset, message, codes, the last an
                          array of code, catalog, severity, cause, solution, captures */
    GLOSS_FORMAT_LOGFMT, /* the same keys flat: time source line offset message, then code catalog
                            severity cause solution captures.NAME; keys of a line's second code end
                            in 2 (code2, captures2.NAME), of its third in 3, and so on */
};

enum gloss_emit {
    GLOSS_EMIT_ALL,
    GLOSS_EMIT_MATCHED, /* lines with a selected hit, and their context */
};

/** Bytes that cannot go out yet because their line has no hit so far: an overlong line under
 * GLOSS_EMIT_MATCHED. Without one (NULL) such a line goes out from the part with the first hit on,
 * after a mark that says how many bytes are left out ("[… N bytes not shown …]"). */
struct gloss_hold {
    /** Keeps a copy of the spans behind what is kept already. 0 or a negative errno. */
    int (*keep)(void *ctx, const struct gloss_spans *spans);
    /** Everything kept goes to the output, before whatever the annotator puts into out in this
     * call. 0 or a negative errno. */
    int (*release)(void *ctx);
    /** Everything kept is forgotten. */
    void (*drop)(void *ctx);
    void *ctx;
};

/** The most that is kept for context_before; older lines are left out. */
#define GLOSS_CONTEXT_BYTES ((size_t)8 << 20)

struct gloss_annotator_options {
    enum gloss_format format;
    enum gloss_emit emit;
    unsigned context_before,
        context_after; /* lines, with GLOSS_EMIT_MATCHED, as grep's -B and -A; groups that do not
                          touch are separated by a line "--" in text and note. An overlong line is
                          after-context, never before-context */
    bool separate;     /* groups are separated even where both contexts are 0 */
    bool goes_on;      /* another stream went out before: the first group is separated, too */
    bool completes;    /* text: a last line without line end gets one, for another stream follows */
    bool color;        /* ANSI colours, by severity; text and note */
    bool visible_controls; /* note: control characters but tab of the log shown as ^X, so that no
                              terminal obeys them */
    bool show_source;   /* note: a heading line with the name before the first line of a stream that
                           goes out */
    const char *source; /* what this stream is called in json and logfmt; borrowed */
    const bool *selected; /* by entry id; NULL: all. Hits of others are passed by. Borrowed */
    const struct gloss_clock *clock; /* borrowed; read for each line that needs a time */
    const struct gloss_hold *hold;   /* borrowed; may be NULL */
};

struct gloss_annotator;

/** Returns 0 or -ENOMEM. Notes are prepared once per entry and shared through notes. */
struct gloss_notes;
int gloss_notes_new(struct gloss_notes **ret_notes, const struct gloss_catalogs *set,
                    enum gloss_format format, bool color);
struct gloss_notes *gloss_notes_free(struct gloss_notes *n);
static inline void gloss_notes_freep(struct gloss_notes **n)
{
    *n = gloss_notes_free(*n);
}

/** @notes    of the same format and colour; borrowed, outlives the annotator; the catalogs too.
 * Returns 0 or -ENOMEM. */
int gloss_annotator_new(struct gloss_annotator **ret_annotator,
                        const struct gloss_annotator_options *options, struct gloss_notes *notes);
struct gloss_annotator *gloss_annotator_free(struct gloss_annotator *a);
static inline void gloss_annotator_freep(struct gloss_annotator **a)
{
    *a = gloss_annotator_free(*a);
}

/** One block at a time: begin, then each line that the scanner reports, then end. What was added to
 * out between points into the block: write it before the block dies.
 *
 * @line_number  of the block's first line in its stream, from 1.
 * Each returns 0 or a negative errno (memory, or what hold returned). */
int gloss_annotator_begin(struct gloss_annotator *a, const struct gloss_block *block,
                          uint64_t line_number, struct gloss_spans *out);
int gloss_annotator_line(struct gloss_annotator *a, const struct gloss_line *line);
int gloss_annotator_end(struct gloss_annotator *a);
/** The stream has ended or its file is done: what a last line without line end still lacks in json,
 * note and logfmt is added. */
int gloss_annotator_finish(struct gloss_annotator *a, struct gloss_spans *out);
/** With GLOSS_EMIT_MATCHED: whether a line went out. */
bool gloss_annotator_has_begun(const struct gloss_annotator *a);
/** Before how many groups lines of context_before were left out for GLOSS_CONTEXT_BYTES. */
uint64_t gloss_annotator_context_cut(const struct gloss_annotator *a);

#ifdef __cplusplus
}
#endif
#endif
