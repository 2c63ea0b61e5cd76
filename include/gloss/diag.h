#ifndef GLOSS_DIAG_H
#define GLOSS_DIAG_H

/* What is wrong in something the user wrote: where, what, and what would be right. */

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

/** One mistake. */
struct gloss_diag {
    enum gloss_diag_level level;
    char *file;      /* as the user named it; owned; may be NULL: of no file */
    unsigned line;   /* from 1; 0: of the whole file */
    unsigned column; /* from 1, in characters; 0: of the whole line */
    char *text;    /* one sentence without a final full stop, what is wrong and what would be right;
                      owned */
    char *excerpt; /* the source line that line and column name, without its end; owned, may be NULL
                    */
};

/** A growing list of mistakes, in the order found. Zero-initialised is empty. */
struct gloss_diags {
    struct gloss_diag *items; /* owned */
    size_t n, size;
    size_t errors; /* how many of them are GLOSS_DIAG_ERROR */
    bool failed; /* a mistake could not be recorded for lack of memory; it is counted in errors all
                    the same */
};

/** Records a mistake; file and excerpt are copied and may be NULL.
 * A list keeps at most 1,000; what comes later is only counted in errors. */
void gloss_diags_add(struct gloss_diags *d, enum gloss_diag_level level, const char *file,
                     unsigned line, unsigned column, struct gloss_span excerpt, const char *format,
                     ...) __attribute__((format(printf, 7, 8)));

/** Puts the mistakes from the first-th on in the order of their places in a file; those of others
 * stand behind them. Stable. */
void gloss_diags_sort(struct gloss_diags *d, size_t first, const char *file);

/** Frees what the list owns and makes it empty. */
void gloss_diags_deinit(struct gloss_diags *d);

/** Appends one mistake as "FILE:LINE:COLUMN: error: TEXT\n", then the excerpt and a line with a
 * caret below the column (tabs kept, so that the caret stands right; control characters shown as
 * '?'; an excerpt over 120 bytes is cut around the column). */
void gloss_diag_format(const struct gloss_diag *d, struct gloss_buf *out);

#ifdef __cplusplus
}
#endif
#endif
