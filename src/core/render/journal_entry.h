#pragma once

/* A hit as an entry of the journal:
 *
 *     MESSAGE            the line
 *     MESSAGE_ID         of catalog and code: by it `journalctl -x` finds the explanation
 *     PRIORITY           by severity: critical 2, error 3, warning 4, info 6
 *     SYSLOG_IDENTIFIER  glossd
 *     GLOSS_CODE GLOSS_CATALOG GLOSS_SEVERITY GLOSS_CAUSE GLOSS_SOLUTION
 *     GLOSS_SOURCE GLOSS_LINE GLOSS_OFFSET    where the line stood */

#include <gloss/buf.h>
#include <gloss/scanner.h>

/** The most bytes of a text in a field; a longer text is cut. */
#define JOURNAL_ENTRY_TEXT_MAX ((size_t)32 * 1024)

/** Appends the entry for a hit, in the form that the journal's socket takes. When memory runs out,
 * out->failed is set.
 *
 * @hit  one of the line. Where the line is longer than JOURNAL_ENTRY_TEXT_MAX, MESSAGE is a part of
 * the line that has the hit. */
void journal_entry_write(struct gloss_buf *out, const char *source, const struct gloss_line *line,
                         const struct gloss_hit *hit);
