#pragma once

/* A hit as an entry of the journal:
 *
 *     MESSAGE            the line
 *     MESSAGE_ID         of catalog and code: `journalctl -x` explains it
 *     PRIORITY           by severity: critical 2, error 3, warning 4, info 6
 *     SYSLOG_IDENTIFIER  glossd
 *     GLOSS_CODE GLOSS_CATALOG GLOSS_SEVERITY GLOSS_CAUSE GLOSS_SOLUTION
 *     GLOSS_SOURCE GLOSS_LINE GLOSS_OFFSET    where the line stood */

#include <gloss/buf.h>
#include <gloss/scanner.h>

/** The most that stands in the field of a text; what is longer is cut. */
#define JOURNAL_ENTRY_TEXT_MAX ((size_t)32 * 1024)

/** Appends it in the journal's native form; memory trouble shows in out->failed.
 *
 * @hit  of the line. Where that is longer than JOURNAL_ENTRY_TEXT_MAX, MESSAGE is the part of it
 *       that has the hit. */
void journal_entry_write(struct gloss_buf *out, const char *source, const struct gloss_line *line,
                         const struct gloss_hit *hit);
