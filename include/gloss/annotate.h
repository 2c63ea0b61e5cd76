#ifndef GLOSS_ANNOTATE_H
#define GLOSS_ANNOTATE_H

/* From findings to output: which lines go out, and how they look with their notes. There is an
 * annotator for each pair of a stream and an output. A line that goes out as it came in is never
 * copied.
 *
 *     #include <assert.h>
 *     #include <gloss/annotate.h>
 *     #include <stdio.h>
 *
 *     static int on_line(void *ctx, const struct gloss_line *line)
 *     {
 *         return gloss_annotator_line(ctx, line);
 *     }
 *
 *     int main(void)
 *     {
 *         struct gloss_annotator_options options = {.format = GLOSS_FORMAT_TEXT};
 *         struct gloss_block block = {.begins_line = true, .ends_line = true};
 *         struct gloss_stream stream = {0};
 *         struct gloss_spans out = {0};
 *         struct gloss_catalogs *set;
 *         struct gloss_matcher *matcher;
 *         struct gloss_scanner *scanner;
 *         struct gloss_notes *notes;
 *         struct gloss_annotator *annotator;
 *
 *         if (gloss_catalogs_new(&set) < 0 || gloss_catalogs_read_builtin(set) != 0 ||
 *             gloss_matcher_new(&matcher, set, NULL) < 0 ||
 *             gloss_scanner_new(&scanner, matcher) < 0 ||
 *             gloss_notes_new(&notes, set, options.format, false) < 0 ||
 *             gloss_annotator_new(&annotator, &options, notes) < 0)
 *             return 1;
 *         block.bytes = gloss_span_str("send failed: BIZ_NO_MESSAGE\nquiet\n");
 *         if (gloss_annotator_begin(annotator, &block, 1, &out) < 0 ||
 *             gloss_scanner_scan(scanner, &block, &stream, on_line, annotator) != 0 ||
 *             gloss_annotator_end(annotator) < 0 || gloss_annotator_finish(annotator, &out) < 0)
 *             return 1;
 *         assert(out.n == 3); // the line, its note, the rest of the block
 *         for (size_t i = 0; i < out.n; i++)
 *             fwrite(out.items[i].ptr, 1, out.items[i].len, stdout);
 *         gloss_spans_deinit(&out);
 *         gloss_stream_deinit(&stream);
 *         gloss_annotator_free(annotator);
 *         gloss_notes_free(notes);
 *         gloss_scanner_free(scanner);
 *         gloss_matcher_free(matcher);
 *         gloss_catalogs_free(set);
 *     }
 */

#include <gloss/lines.h>
#include <gloss/scanner.h>
#include <gloss/spans.h>
#include <gloss/times.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How lines and notes look. A line gets a note for each distinct code on it, in the order in which
 * the codes appear. In cause and solution of an entry with a pattern, {NAME} is replaced by what
 * the named group of that name took; by nothing where it took no part in the match. */
enum gloss_format {
    /* LINE  # CODE: cause Fix: solution. The note stands before the line end, which is kept. A last
     * line without a line end gets one only with GLOSS_EMIT_MATCHED or where the options say so. */
    GLOSS_FORMAT_TEXT,
    /* Notes on indented lines below the line. With colour the hits in the line are coloured, too,
     * but not in overlong lines. */
    GLOSS_FORMAT_NOTE,
    /* A JSON object for each line: time, time_source, source, line, offset, message, codes. The
     * first two are null where the line has no time. The last is an array of objects: code,
     * catalog, severity, cause, solution, captures. */
    GLOSS_FORMAT_JSON,
    /* The same keys as KEY=VALUE with blanks between: time time_source source line offset message,
     * the first two only where the line has a time, then for each code: code catalog severity cause
     * solution captures.NAME. The keys of a line's second code end in 2 (code2, captures2.NAME),
     * those of its third code in 3, and so on. */
    GLOSS_FORMAT_LOGFMT,
};

/** Which lines go out. */
enum gloss_emit {
    GLOSS_EMIT_ALL,
    GLOSS_EMIT_MATCHED, /* lines with a selected hit, and their context */
};

/** Keeps the parts of an overlong line that cannot go out yet: with GLOSS_EMIT_MATCHED it is not
 * known whether the line goes out before a part has a hit. Without it such a line goes out from the
 * part with the first hit on, behind a mark that says how many bytes are not shown ("[… N bytes not
 * shown …]"). */
struct gloss_hold {
    /** Appends a copy of the spans to what is kept. Returns 0 or a negative errno. */
    int (*keep)(void *ctx, const struct gloss_spans *spans);
    /** Writes all that is kept to the output, before anything of the annotator's `out`. Returns 0
     * or a negative errno. */
    int (*release)(void *ctx);
    /** Forgets all that is kept. */
    void (*drop)(void *ctx);
    void *ctx;
};

/** The most bytes that are kept for context_before; earlier lines are left out. */
#define GLOSS_CONTEXT_BYTES ((size_t)8 << 20)

/** What an annotator does. Pointers are borrowed and must live as long as it. */
struct gloss_annotator_options {
    enum gloss_format format;
    enum gloss_emit emit;
    /* With GLOSS_EMIT_MATCHED: how many lines before and behind a matched line go out, as with
     * grep's -B and -A. In text and note, a line "--" separates groups of lines that do not touch.
     * An overlong line may be context behind a matched line, never before one. */
    unsigned context_before, context_after;
    bool separate;         /* groups are separated also where both contexts are 0 */
    bool goes_on;          /* another stream went out before: the first group is separated, too */
    bool completes;        /* text: a last line without a line end gets one */
    bool color;            /* text and note: ANSI colours by severity */
    bool visible_controls; /* note: control characters of the log other than tab are shown as ^X */
    bool show_source;      /* note: before its first line stands the name of the stream */
    const char *source;    /* the name of the stream in note, json and logfmt */
    /* By entry id: hits of other entries are ignored. NULL: all are selected. */
    const bool *selected;
    /* json and logfmt: tells the times of lines; gloss_times_begin() of a block comes before
     * gloss_annotator_begin(). Else it may be NULL. */
    struct gloss_times *times;
    const struct gloss_hold *hold; /* may be NULL */
};

/** The notes of all entries of a set in one format, each made once. Any number of annotators of one
 * thread may share them. */
struct gloss_notes;

/** @set  borrowed; must live as long as the notes.
 *
 * Returns 0 or -ENOMEM. */
int gloss_notes_new(struct gloss_notes **ret_notes, const struct gloss_catalogs *set,
                    enum gloss_format format, bool color);
struct gloss_notes *gloss_notes_free(struct gloss_notes *n);
static inline void gloss_notes_freep(struct gloss_notes **n)
{
    *n = gloss_notes_free(*n);
}

struct gloss_annotator;

/** @options  copied.
 * @notes    of the same format and colour; borrowed, must live as long as the annotator.
 *
 * Returns 0 or -ENOMEM. */
int gloss_annotator_new(struct gloss_annotator **ret_annotator,
                        const struct gloss_annotator_options *options, struct gloss_notes *notes);
struct gloss_annotator *gloss_annotator_free(struct gloss_annotator *a);
static inline void gloss_annotator_freep(struct gloss_annotator **a)
{
    *a = gloss_annotator_free(*a);
}

/** For each block in turn: begin, then line for each line that the scanner reports, then end. What
 * they add to `out` may point into the block, so it must be written before the block dies.
 *
 * @line_number  of the block's first line in the stream, from 1.
 * @out          borrowed until the next call of begin or finish.
 *
 * Each returns 0; -ENOMEM; or what a function of options->hold returned. */
int gloss_annotator_begin(struct gloss_annotator *a, const struct gloss_block *block,
                          uint64_t line_number, struct gloss_spans *out);
int gloss_annotator_line(struct gloss_annotator *a, const struct gloss_line *line);
int gloss_annotator_end(struct gloss_annotator *a);

/** Ends the stream: adds what an overlong line without a line end still lacks. Results as above. */
int gloss_annotator_finish(struct gloss_annotator *a, struct gloss_spans *out);

/** With GLOSS_EMIT_MATCHED: whether any line has gone out. */
bool gloss_annotator_has_begun(const struct gloss_annotator *a);

/** How many groups lack lines of context_before because of GLOSS_CONTEXT_BYTES. */
uint64_t gloss_annotator_context_cut(const struct gloss_annotator *a);

#ifdef __cplusplus
}
#endif
#endif
