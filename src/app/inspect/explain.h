#pragma once

/* An entry of a catalog, written for people and for programs. */

#include "app/inspect/state_report.h"

#include <gloss/buf.h>
#include <gloss/catalog.h>
#include <stdbool.h>

/** How an entry is shown. */
struct explain_style {
    unsigned width; /* columns of the terminal; 0: lines are not wrapped */
    bool color;
};

/** Appends the whole entry: its name, and below it a field for each thing that the catalog says. */
void explain_text(const struct gloss_entry *entry, const struct explain_style *style,
                  struct gloss_buf *out);
/** Appends what the service saw of the entry, as fields below it. */
void explain_sight(const struct gloss_entry *entry, const struct state_report *report,
                   const struct explain_style *style, struct gloss_buf *out);
/** Appends one line: name, severity, cause; cut to the width.
 * @name_columns  the width of the first column. */
void explain_line(const struct gloss_entry *entry, size_t name_columns,
                  const struct explain_style *style, struct gloss_buf *out);
/** Appends a JSON object: code, catalog, severity, cause, solution, and pattern and reference when
 * the catalog has them.
 * @report  what the service saw of the entry becomes "seen"; NULL: there is no "seen". */
void explain_json(const struct gloss_entry *entry, const struct state_report *report,
                  struct gloss_buf *out);

/** Appends "LABEL  text"; further lines of the text are indented as far as its first one.
 * @indent  columns before the text, for the label and blanks. */
void explain_field(const char *label, const char *text, size_t indent,
                   const struct explain_style *style, struct gloss_buf *out);
