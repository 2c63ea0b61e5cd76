#ifndef GLOSS_SCANNER_H
#define GLOSS_SCANNER_H

/* Blocks in, lines with something on them out: hits, unknown codes, success markers. */

#include <gloss/lines.h>
#include <gloss/matcher.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A named group of a pattern that took part in the match. */
struct gloss_capture {
    const char *name; /* owned by the matcher */
    struct gloss_span value;
};

/** One occurrence of an entry. text may reach past the end of a part into the next one. */
struct gloss_hit {
    const struct gloss_entry *entry;
    struct gloss_span text;
    const struct gloss_capture *captures;
    size_t n_captures;
    bool first; /* the first hit of this entry on its line, all parts of the line taken together */
};

/** A token of a family's shape that no entry has and that touches no hit. */
struct gloss_unknown {
    const struct gloss_catalog *catalog;
    struct gloss_span text;
};

/** A line, or a part of an overlong one, on which something was found. All spans die with the
 * block. */
struct gloss_line {
    struct gloss_span text; /* without its line end */
    struct gloss_span
        end; /* "\n", "\r\n", or empty: last line of a stream without one, or not the last part */
    uint64_t number; /* of the line in its stream, from 1 */
    uint64_t offset; /* stream offset of text.ptr[0] */
    bool begins,
        ends; /* text holds the line's first byte, its last one; both true for a whole line */
    const struct gloss_hit *hits; /* in order, no overlaps */
    size_t n_hits;
    const struct gloss_unknown *unknown;
    size_t n_unknown;
    bool success;     /* a success marker stands here, the first on this line */
    bool first_match; /* n_hits > 0, and no earlier part of this line had a hit */
};

/** What a scanner carries from one block of a stream to the next. Zero-initialised is the begin of
 * a stream. lines may be preset to what was counted before. */
struct gloss_stream {
    uint64_t lines;  /* line ends seen, plus one when the stream's last line had none */
    uint64_t resume; /* stream offset before which no hit may begin: one reached over a seam */
    uint64_t unknown_resume; /* the same for unknown codes, [0, resume) being of hits */
    bool matched, succeeded; /* this overlong line had a hit, a success marker */
    uint64_t *seen;          /* owned; entries seen on this overlong line, a bit each; NULL: none */
};
void gloss_stream_deinit(struct gloss_stream *s);

/** Called for each line with a finding, in order. A non-zero return ends the scan and is returned
 * as is. */
typedef int (*gloss_line_fn)(void *ctx, const struct gloss_line *line);

struct gloss_scanner;

/** @matcher  borrowed; must outlive the scanner. Returns 0 or -ENOMEM. */
int gloss_scanner_new(struct gloss_scanner **ret_scanner, struct gloss_matcher *matcher);
struct gloss_scanner *gloss_scanner_free(struct gloss_scanner *s);
static inline void gloss_scanner_freep(struct gloss_scanner **s)
{
    *s = gloss_scanner_free(*s);
}

/** Scans one block and reports each line with a finding.
 *
 * @block   borrowed for the call; with what is readable around it less than 4 GiB.
 * @stream  where the block's stream stands; updated.
 * @fn      what it is handed dies when it returns.
 *
 * Returns 0 when the block is exhausted; what fn returned; -ENOMEM. A pattern that hits PCRE2's
 * limits is given up for that line only, and counted. */
int gloss_scanner_scan(struct gloss_scanner *s, const struct gloss_block *block,
                       struct gloss_stream *stream, gloss_line_fn fn, void *ctx);

/** On how many lines the pattern of that entry was given up because it hit a limit; for NULL those
 * of families and success markers, each for itself. */
uint64_t gloss_scanner_limit_hits(const struct gloss_scanner *s, const struct gloss_entry *entry);

/** Counts bytes 0x0A. */
size_t gloss_newlines(const char *bytes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
