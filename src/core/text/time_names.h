#pragma once

/* The words in dates and times: months, weekdays, zones, severities. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>

/** The length of the name of a month at the beginning of a text, with the point of an
 * abbreviation; 0: there is none. *ret_month is 1 to 12. */
size_t time_names_month(const char *at, const char *end, int *ret_month);
/** The same for a weekday. */
size_t time_names_weekday(const char *at, const char *end);

/** Whether a word is the abbreviation of a zone, of whichever. */
bool time_names_is_zone(struct gloss_span word);
/** Whether it means UTC everywhere. */
bool time_names_is_utc(struct gloss_span word);
/** The seconds east of UTC of an abbreviation that means one zone alone. Returns whether it does.
 */
bool time_names_zone(struct gloss_span word, int *ret_offset_s);

/** Whether a word is the name of a severity, in upper or lower case, or its first letter. */
bool time_names_is_level(struct gloss_span word);
