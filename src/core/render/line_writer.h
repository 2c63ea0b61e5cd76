#pragma once

/* How one line goes out in each format. A record is opened, gets its text in one or more pieces,
 * then its notes, and is closed; the pieces of an overlong line come block by block. */

#include <gloss/annotate.h>
#include <stdbool.h>
#include <stdint.h>

/** What is known of a line when its first byte goes out. */
struct line_head {
    uint64_t number; /* from 1 */
    uint64_t offset; /* of its first byte in the stream */
    uint64_t time_ns;
};

/** Writes records into *out. Memory trouble shows in out->failed. */
struct line_writer {
    const struct gloss_annotator_options *options; /* borrowed */
    struct gloss_spans *out;                       /* borrowed; set for each block */
    bool copy;               /* the text of the log will not outlive this call */
    bool heading_due;        /* the name of the stream has yet to go out */
    struct gloss_buf source; /* key and value of the source, up to the line number */
    unsigned n_notes;        /* of the open record */
    char cut[4];             /* begin of a sequence of UTF-8 that the last piece ended in */
    size_t n_cut;
};

/** Returns 0 or -ENOMEM. */
int line_writer_init(struct line_writer *w, const struct gloss_annotator_options *options);
void line_writer_deinit(struct line_writer *w);

/** Whether lines without notes go out byte for byte, so that any number of them is one span. */
bool line_writer_is_verbatim(const struct line_writer *w);
/** Whether records have a time, so that somebody has to read it. */
bool line_writer_wants_time(const struct line_writer *w);

/** The heading, where it is due; line_writer_open() begins with it. */
void line_writer_heading(struct line_writer *w);
/** The line "--" between groups, in formats that have one. */
void line_writer_separator(struct line_writer *w);

void line_writer_open(struct line_writer *w, const struct line_head *head);
/** @more  another piece follows, so that a character cut at the end waits for it. */
void line_writer_text(struct line_writer *w, struct gloss_span text, bool more);
/** Text with its hits in the colour of their severity, in formats that paint them. */
void line_writer_painted(struct line_writer *w, struct gloss_span text,
                         const struct gloss_hit *hits, size_t n_hits, const bool *selected);
/** Nothing more of the text comes; notes do, each by line_writer_note(). end: the line end of the
 * log, or empty. */
void line_writer_notes(struct line_writer *w, struct gloss_span end);
/** @lasts  the note outlives the output; else it is copied. */
void line_writer_note(struct line_writer *w, struct gloss_span note, bool lasts);
void line_writer_close(struct line_writer *w, struct gloss_span end);

/** Writes an end for the stream's last line, where the line lacks one and the format wants it. */
struct gloss_span line_writer_line_end(const struct line_writer *w, struct gloss_span end);
