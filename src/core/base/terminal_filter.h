#pragma once

/* A stream of output on its way to a terminal: text, with colours of ours and of the log, in pieces
 * that may be cut anywhere. What a terminal would obey is shown instead, but for line ends, tabs
 * and colours. */

#include <gloss/buf.h>
#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>

/** The longest colour sequence; a longer one is shown like any other control character. */
#define TERMINAL_FILTER_MAX 40

/** Zero-initialised at the beginning of a stream. */
struct terminal_filter {
    char held[TERMINAL_FILTER_MAX]; /* the end of the last piece, whose meaning is still open */
    size_t n_held;
    bool colored; /* a colour was set in this line and not taken back */
};

/** Appends the text as a terminal may have it: what terminal_escape() makes of it, but
 *
 *     LF, CR LF           stay, and end a colour that was set before them in the line
 *     ESC [ numbers m     stays where each number is a colour or a look of letters (bold, dim,
 *                         italic, underlined, blinking, reversed, struck out); not where one hides
 *                         text (8) or chooses a font
 *
 * A few bytes at the end may be held back until the next piece. When memory runs out, out->failed
 * is set. */
void terminal_filter_write(struct terminal_filter *f, struct gloss_span text,
                           struct gloss_buf *out);

/** Appends what was held back, and ends a colour. The filter is then as at the beginning. */
void terminal_filter_end(struct terminal_filter *f, struct gloss_buf *out);
