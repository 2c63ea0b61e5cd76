#pragma once

/* Notes: explanations of entries in the form of an output format, made once for each entry. A note
 * in each format:
 *
 *     text     "  # CODE: cause Fix: solution"
 *     note     "    CODE (severity, catalog): cause\n      Fix: solution\n"
 *     json     {"code":…,"catalog":…,"severity":…,"cause":…,"solution":…,"captures":{…}}
 *     logfmt   " code=… catalog=… severity=… cause=… solution=… captures.NAME=…"; the second code
 *              of a line has code2=, catalog2=, …, captures2.NAME=, the third code3= and so on */

#include "core/base/escape.h"

#include <gloss/annotate.h>
#include <stdbool.h>

/** The note of a hit.
 *
 * @index      how many notes the line has before this one: commas and the names of keys depend on
 * it.
 * @ret_lasts  whether *ret_note lives as long as n; else it dies with the next call.
 *
 * Returns 0 or -ENOMEM. */
int notes_get(struct gloss_notes *n, const struct gloss_hit *hit, unsigned index,
              struct gloss_span *ret_note, bool *ret_lasts);

/** Appends a cause or solution, in which each {NAME} is replaced by what the named group took,
 * through an escape function. When memory runs out, out->failed is set. */
void notes_fill(struct gloss_buf *out, const char *text, const struct gloss_hit *hit,
                escape_fn escape);

/** The format that the notes were made for. */
enum gloss_format notes_format(const struct gloss_notes *n);

/** The escape sequence that begins the colour of a severity; PAINT_END ends it. */
const char *paint_severity(enum gloss_severity severity);
#define PAINT_END "\x1b[0m"

/** Appends a value of logfmt: as it is where it consists of printable ASCII characters other than
 * blank, quotation mark, '=' and backslash; else in quotation marks and escaped as in JSON. */
void notes_logfmt_value(struct gloss_buf *out, struct gloss_span value);
