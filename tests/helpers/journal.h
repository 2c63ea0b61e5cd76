#pragma once

/* Journal files, written by the program of systemd that takes entries in the journal's export
 * format.
 */

#include <stddef.h>

/** Entries on their way into a file. Zero-initialised is empty; the first is of second 1 behind
 * JOURNAL_BEGIN_S, each later one of a second more. */
struct journal_draft {
    char *text; /* owned */
    size_t len;
    unsigned n; /* entries so far, or where to begin to count */
};

#define JOURNAL_BEGIN_S 1700000000L /* 2023-11-14T22:13:20Z */

/** Adds an entry with a MESSAGE; @unit NULL: of none. @more: fields, each with its newline. */
void journal_add(struct journal_draft *d, const char *unit, const char *message, const char *more);
/** The same with any bytes as the MESSAGE. */
void journal_add_bytes(struct journal_draft *d, const void *bytes, size_t n);
/** Appends them to the journal file of that path, which is made where there is none, and empties
 * the draft but for its count. */
void journal_write(struct journal_draft *d, const char *path);
/** Entries "line FIRST" to "line LAST" of the unit a.service, for a file of the scratch folder. */
void journal_write_numbered(const char *name, unsigned first, unsigned last);
