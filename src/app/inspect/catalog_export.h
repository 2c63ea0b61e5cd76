#pragma once

/* Catalogs in formats that other programs read. */

#include <gloss/buf.h>
#include <gloss/catalog.h>

/** Appends a message catalog of the journal: journalctl -x shows its text below a message that has
 * the entry's MESSAGE_ID. */
void catalog_export_journal(const struct gloss_catalogs *set, struct gloss_buf *out);
/** Appends the names of all codes, one on each line. */
void catalog_export_names(const struct gloss_catalogs *set, struct gloss_buf *out);
