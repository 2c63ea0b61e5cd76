#ifndef GLOSS_SCANNER_H
#define GLOSS_SCANNER_H

/* Blocks of a log in, findings out: hits, unknown codes and success markers, line by line.
 *
 *     #include <assert.h>
 *     #include <gloss/scanner.h>
 *     #include <stdio.h>
 *
 *     static int on_line(void *ctx, const struct gloss_line *line)
 *     {
 *         for (size_t i = 0; i < line->n_hits; i++)
 *             printf("%s:%llu: %s\n", (const char *)ctx, (unsigned long long)line->number,
 *                    line->hits[i].entry->code);
 *         return 0;
 *     }
 *
 *     int main(void)
 *     {
 *         struct gloss_block block = {.begins_line = true, .ends_line = true};
 *         struct gloss_stream stream = {0};
 *         struct gloss_catalogs *set;
 *         struct gloss_matcher *matcher;
 *         struct gloss_scanner *scanner;
 *
 *         if (gloss_catalogs_new(&set) < 0 || gloss_catalogs_read_builtin(set) != 0 ||
 *             gloss_matcher_new(&matcher, set, NULL) < 0 ||
 *             gloss_scanner_new(&scanner, matcher) < 0)
 *             return 1;
 *         block.bytes = gloss_span_str("quiet\nsend failed: BIZ_NO_MESSAGE\n");
 *         if (gloss_scanner_scan(scanner, &block, &stream, on_line, "app.log") != 0)
 *             return 1;
 *         assert(stream.lines == 2);
 *         gloss_stream_deinit(&stream);
 *         gloss_scanner_free(scanner);
 *         gloss_matcher_free(matcher);
 *         gloss_catalogs_free(set);
 *     }
 */

#include <gloss/lines.h>
#include <gloss/matcher.h>
#include <gloss/times.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A named group of a pattern that took part in a match. */
struct gloss_capture {
    const char *name; /* owned by the matcher */
    struct gloss_span value;
};

/** One occurrence of an entry in a line. */
struct gloss_hit {
    const struct gloss_entry *entry;
    struct gloss_span text; /* in a part of an overlong line it may reach into the next part */
    const struct gloss_capture *captures;
    size_t n_captures;
    bool first; /* the first hit of its entry on the line, all parts of the line taken together */
};

/** A word that has the shape of a catalog's family, is no code of the set and touches no hit. */
struct gloss_unknown {
    const struct gloss_catalog *catalog;
    struct gloss_span text;
};

/** A line, or a part of an overlong line, on which something was found. All spans die with the
 * block. */
struct gloss_line {
    struct gloss_span text; /* without the line end */
    /* "\n" or "\r\n". Empty where the stream's last line has none, and in all parts of an overlong
     * line but the last. */
    struct gloss_span end;
    uint64_t number;   /* of the line in the stream, from 1 */
    uint64_t offset;   /* of text in the stream */
    bool begins, ends; /* text holds the line's first byte; its last one. Both for a whole line */
    const struct gloss_hit *hits; /* in order, without overlaps */
    size_t n_hits;
    const struct gloss_unknown *unknown; /* likewise */
    size_t n_unknown;
    bool success;     /* a success marker stands here, and in no earlier part of the line */
    bool first_match; /* there are hits here, and none in an earlier part of the line */
};

/** What a scanner has to know of a stream from one block to the next. Zero-initialised, it is at
 * the start of a stream; `lines` may be set to the number of lines that were scanned before. */
struct gloss_stream {
    uint64_t lines;  /* line ends so far, and one more when the stream's last line had none */
    uint64_t resume; /* stream offset before which no hit may begin: a hit reached over a seam */
    uint64_t unknown_resume; /* the same for unknown codes */
    bool matched, succeeded; /* this overlong line had a hit; a success marker */
    uint64_t *seen; /* owned; a bit for each entry seen on this overlong line; NULL: none */
    struct gloss_time_memory times; /* not used by the scanner: of gloss_times_begin() */
};

/** Frees what the stream owns. */
void gloss_stream_deinit(struct gloss_stream *s);

/** Called for each line with a finding, in order.
 *
 * @line  dies, with all it points to, when the function returns.
 *
 * Returns 0 to go on. Any other value ends the scan, which returns it. */
typedef int (*gloss_line_fn)(void *ctx, const struct gloss_line *line);

/** A scanner; it serves any number of streams. */
struct gloss_scanner;

/** @matcher  borrowed; must live as long as the scanner. Returns 0 or -ENOMEM. */
int gloss_scanner_new(struct gloss_scanner **ret_scanner, struct gloss_matcher *matcher);
struct gloss_scanner *gloss_scanner_free(struct gloss_scanner *s);
static inline void gloss_scanner_freep(struct gloss_scanner **s)
{
    *s = gloss_scanner_free(*s);
}

/** Scans one block.
 *
 * @block   borrowed for the call; less than 4 GiB, with what may be read around it.
 * @stream  of this block; updated.
 * @fn      is called with ctx for each line with a finding.
 *
 * Returns 0: the block was scanned to its end; what fn returned; -ENOMEM. A pattern that reaches
 * one of PCRE2's limits is given up for the rest of that line, and this is counted. */
int gloss_scanner_scan(struct gloss_scanner *s, const struct gloss_block *block,
                       struct gloss_stream *stream, gloss_line_fn fn, void *ctx);

/** Called between two lines, where lines have taken long. */
typedef void (*gloss_work_fn)(void *ctx);

/** Has fn called with ctx within gloss_scanner_scan(), each time that lines have taken as much work
 * as ten milliseconds hold, or after a line that took more. It may not use the scanner.
 *
 * @fn  NULL: nothing is called. */
void gloss_scanner_on_work(struct gloss_scanner *s, gloss_work_fn fn, void *ctx);

/** On how many lines the pattern of an entry was given up because it reached a limit. For NULL, the
 * same of the patterns of families and success markers, each counted for itself. */
uint64_t gloss_scanner_limit_hits(const struct gloss_scanner *s, const struct gloss_entry *entry);

/** How many of n bytes are line feeds, 0x0A. */
size_t gloss_newlines(const char *bytes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
