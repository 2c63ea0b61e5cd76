#pragma once

/* The own time of a line: where in the line it stands, and by which form. */

#include "core/text/time_rules.h"

/** How the times of a stream are read. */
struct time_reading {
    const struct time_rules *rules;
    const char *const *formats; /* of one's own, tried first */
    size_t n_formats;
    size_t *last; /* the row of the table that read the last line; any number at first */
};

/** Reads the time of a line. Returns TIME_ABSENT: it has none; TIME_UNSURE: it has something like a
 * time, which cannot be told; TIME_FOUND with *ret_ns.
 *
 * @ret_civil  as it stands in the line; written with TIME_FOUND and TIME_UNSURE; may be NULL. */
enum time_match timestamp_read(struct gloss_span line, const struct time_reading *how,
                               uint64_t *ret_ns, struct civil *ret_civil);

/** Whether a line begins with a blank, behind a byte order mark. */
bool timestamp_is_indented(struct gloss_span line);
