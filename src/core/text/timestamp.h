#pragma once

/* The own time of a line: where in the line it stands, and by which form. */

#include "core/text/time_forms.h"
#include "core/text/time_rules.h"

/** Which rows of the table of forms a line may have, by how it begins: by its first byte, or by how
 * many digits it begins with. */
#define TIME_INDEX_DIGITS 20
#define TIME_INDEX_KEYS (256 + TIME_INDEX_DIGITS + 1)
#define TIME_INDEX_ROWS 24
struct time_index {
    uint8_t n[FORM_PLACES][TIME_INDEX_KEYS];
    uint8_t rows[FORM_PLACES][TIME_INDEX_KEYS][TIME_INDEX_ROWS];
};
void time_index_init(struct time_index *index);

/** How the times of a stream are read. */
struct time_reading {
    const struct time_rules *rules;
    const char *const *formats; /* of one's own, tried first */
    size_t n_formats;
    const struct time_index *index; /* NULL: every row is looked at */
    size_t *last; /* the row of the table that read the last line; any number at first */
};

/** Reads the time of a line. Returns TIME_ABSENT: it has none; TIME_UNSURE: it has something like a
 * time, which cannot be told; TIME_FOUND with *ret_ns.
 *
 * @ret_civil  as it stands in the line; written only where its date is in any order; may be NULL.
 */
enum time_match timestamp_read(struct gloss_span line, const struct time_reading *how,
                               uint64_t *ret_ns, struct civil *ret_civil);

/** Whether a line begins with a blank, behind a byte order mark. */
bool timestamp_is_indented(struct gloss_span line);
