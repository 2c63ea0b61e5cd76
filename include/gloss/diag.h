#ifndef GLOSS_DIAG_H
#define GLOSS_DIAG_H

/* Diagnostics: what is wrong in something that a person wrote, where, and what would be right.
 *
 *     #include <gloss/diag.h>
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *         struct gloss_span line = gloss_span_str("sevrity: error");
 *         struct gloss_diags diags = {0};
 *         struct gloss_buf text = {0};
 *
 *         gloss_diags_add(&diags, GLOSS_DIAG_ERROR, "own.yaml", 7, 1, line, "unknown key '%s'",
 *                         "sevrity");
 *         for (size_t i = 0; i < diags.n; i++)
 *             gloss_diag_format(&diags.items[i], &text);
 *         fwrite(text.ptr, 1, text.len, stderr);
 *         gloss_buf_deinit(&text);
 *         gloss_diags_deinit(&diags);
 *     }
 */

#include <gloss/buf.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gloss_diag_level {
    GLOSS_DIAG_ERROR,
    GLOSS_DIAG_WARNING,
};

/** One mistake. All strings are owned and NUL-terminated. */
struct gloss_diag {
    enum gloss_diag_level level;
    char *file;      /* as the user named it; NULL: the mistake is in no file */
    unsigned line;   /* from 1; 0: the mistake is of the file as a whole */
    unsigned column; /* from 1, in characters; 0: it is of the line as a whole */
    char *text;      /* a sentence without a full stop at its end */
    char *excerpt;   /* the line of the file, without its line end; NULL: not to be shown */
};

/** A growing list of mistakes, in the order in which they were added. Zero-initialised, it is
 * empty. */
struct gloss_diags {
    struct gloss_diag *items; /* owned */
    size_t n, size;
    size_t errors; /* how many mistakes of GLOSS_DIAG_ERROR were added, kept or not */
    bool failed;   /* memory ran out, and a mistake could not be kept */
};

/** Adds a mistake. A list keeps the first 1,000; those behind them only count in `errors`.
 *
 * @file     copied; may be NULL.
 * @excerpt  copied; ptr may be NULL.
 * @format   of printf(3), for the text. */
void gloss_diags_add(struct gloss_diags *d, enum gloss_diag_level level, const char *file,
                     unsigned line, unsigned column, struct gloss_span excerpt, const char *format,
                     ...) __attribute__((format(printf, 7, 8)));

/** Sorts the mistakes from the index `first` on: those of `file` come first, by line and column,
 * and those of other files and of none follow. Equal ones keep their order. */
void gloss_diags_sort(struct gloss_diags *d, size_t first, const char *file);

/** Frees what the list owns and empties it. */
void gloss_diags_deinit(struct gloss_diags *d);

/** Appends a mistake as compilers show it: "FILE:LINE:COLUMN: error: TEXT" with the parts of the
 * place that are known, then the excerpt, and a caret below the column. Control characters become
 * '?'; tabs of the excerpt are kept, so that the caret stands right. Of an excerpt of more than 120
 * bytes the part around the column is shown. */
void gloss_diag_format(const struct gloss_diag *d, struct gloss_buf *out);

#ifdef __cplusplus
}
#endif
#endif
