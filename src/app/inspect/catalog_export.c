/* A message catalog of the journal is a text of stanzas: "-- ID", headers, an empty line, prose.
 * The journal would replace @FIELD@ in the prose by that field of the message. The prose here has
 * none, because other programs may send the MESSAGE_ID without any field. */

#include "app/inspect/catalog_export.h"

#include "core/catalog/message_id.h"

#include <string.h>

#define PROSE_COLUMNS 78

/* Appends a paragraph, wrapped between words. */
static void put_paragraph(const char *label, const char *text, struct gloss_buf *out)
{
    size_t column = strlen(label);

    gloss_buf_str(out, label);
    while (*text) {
        size_t word = strcspn(text, " ");

        if (column + 1 + word > PROSE_COLUMNS) {
            gloss_buf_char(out, '\n');
            column = 0;
        } else if (column > 0) {
            gloss_buf_char(out, ' ');
            column++;
        }
        gloss_buf_append(out, text, word);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    gloss_buf_char(out, '\n');
}

static void put_entry(const struct gloss_entry *entry, struct gloss_buf *out)
{
    const struct gloss_catalog *catalog = entry->catalog;
    char id[MESSAGE_ID_SIZE];

    message_id(catalog->name, entry->code, id);
    gloss_buf_printf(out, "-- %s\nSubject: Error code %s (%s)\n", id, entry->code,
                     gloss_severity_name(entry->severity));
    gloss_buf_printf(out, "Defined-By: glossd, catalog %s\n\n", catalog->name);
    put_paragraph("Cause:", entry->cause, out);
    gloss_buf_char(out, '\n');
    put_paragraph("Solution:", entry->solution, out);
    gloss_buf_char(out, '\n');
}

void catalog_export_journal(const struct gloss_catalogs *set, struct gloss_buf *out)
{
    for (size_t i = 0; i < gloss_catalogs_n_entries(set); i++)
        put_entry(gloss_catalogs_entry(set, (uint32_t)i), out);
}

void catalog_export_names(const struct gloss_catalogs *set, struct gloss_buf *out)
{
    for (size_t i = 0; i < gloss_catalogs_n_entries(set); i++)
        gloss_buf_printf(out, "%s\n", gloss_catalogs_entry(set, (uint32_t)i)->code);
}
