#pragma once

/* How one line goes out in each format. A line is opened, gets its text in one or more pieces and
 * then its notes, and is closed. The pieces of an overlong line come block by block. */

#include <gloss/annotate.h>
#include <stdbool.h>
#include <stdint.h>

/** What is known of a line when its first byte goes out. */
struct line_head {
    uint64_t number;        /* in the stream, from 1 */
    uint64_t offset;        /* of its first byte in the stream */
    struct gloss_time time; /* only where line_writer_wants_time() */
};

/** Writes lines into *out. When memory runs out, out->failed is set. */
struct line_writer {
    const struct gloss_annotator_options *options; /* borrowed */
    struct gloss_spans *out;                       /* borrowed; the caller sets it for each block */
    bool copy;        /* the caller says: the text of the log does not live until *out is written */
    bool heading_due; /* the heading with the name of the stream has not gone out yet */
    struct gloss_buf source; /* key and value of the source, up to the line number */
    unsigned n_notes;        /* notes of the open line so far */
    char cut[4];             /* an incomplete character of UTF-8 at the end of the last piece */
    size_t n_cut;            /* its bytes */
};

/** Returns 0 or -ENOMEM. */
int line_writer_init(struct line_writer *w, const struct gloss_annotator_options *options);
void line_writer_deinit(struct line_writer *w);

/** Whether lines without notes go out byte for byte, so that any number of them may be one span. */
bool line_writer_is_verbatim(const struct line_writer *w);

/** Whether the format shows the time of a line, so that the caller has to find it. */
bool line_writer_wants_time(const struct line_writer *w);

/** Writes the heading with the name of the stream, if it is due. line_writer_open() does so, too.
 */
void line_writer_heading(struct line_writer *w);

/** Writes the line "--" between two groups of lines, in formats that have it. */
void line_writer_separator(struct line_writer *w);

/** Begins a line. */
void line_writer_open(struct line_writer *w, const struct line_head *head);

/** Writes a piece of the line's text.
 *
 * @more  another piece follows; a character that is cut at the end of this one waits for it. */
void line_writer_text(struct line_writer *w, struct gloss_span text, bool more);

/** Writes the whole text of a line, with its hits in the colour of their severity in formats that
 * show colours.
 *
 * @selected  by entry id; NULL: all hits are coloured. */
void line_writer_painted(struct line_writer *w, struct gloss_span text,
                         const struct gloss_hit *hits, size_t n_hits, const bool *selected);

/** Ends the text; what follows are notes.
 *
 * @end  the line end in the log, or empty. */
void line_writer_notes(struct line_writer *w, struct gloss_span end);

/** Writes a note.
 *
 * @lasts  it lives until *out is written; else it is copied. */
void line_writer_note(struct line_writer *w, struct gloss_span note, bool lasts);

/** Ends the line. `end` as in line_writer_notes(). */
void line_writer_close(struct line_writer *w, struct gloss_span end);

/** The line end to write for a line with that one in the log: a newline where the log has none and
 * the format wants one. */
struct gloss_span line_writer_line_end(const struct line_writer *w, struct gloss_span end);
