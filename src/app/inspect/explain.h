#pragma once

/* An entry as a person reads it, and as a program does. */

#include "app/inspect/state_report.h"

#include <gloss/buf.h>
#include <gloss/catalog.h>
#include <stdbool.h>

/** How an entry is shown. */
struct explain_style {
    unsigned width; /* columns of the terminal; 0: lines are not wrapped */
    bool color;
};

/** Appends the whole entry: its name, and below it each thing the catalog says. */
void explain_text(const struct gloss_entry *entry, const struct explain_style *style,
                  struct gloss_buf *out);
/** Appends what the service saw of the entry, as fields below it. */
void explain_sight(const struct gloss_entry *entry, const struct state_report *report,
                   const struct explain_style *style, struct gloss_buf *out);
/** Appends one line: name, severity, cause; cut to the width. name_columns: of the first column. */
void explain_line(const struct gloss_entry *entry, size_t name_columns,
                  const struct explain_style *style, struct gloss_buf *out);
/** Appends an object: code, catalog, severity, cause, solution, and where they are known pattern
 * and reference.
 * @recall  what the service saw of it becomes "seen"; NULL: nothing is known of that. */
void explain_json(const struct gloss_entry *entry, const struct state_report *report,
                  struct gloss_buf *out);

/** Appends "LABEL  text", the text wrapped and indented below itself. indent: columns of the label,
 * with its blanks. */
void explain_field(const char *label, const char *text, size_t indent,
                   const struct explain_style *style, struct gloss_buf *out);
