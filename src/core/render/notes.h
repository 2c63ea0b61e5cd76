#pragma once

/* Explanations in the shape of their output format, made once per entry. What a format makes of
 * one code:
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
 * @index       how many notes the line has before this one: it decides commas and key names.
 * @ret_lasts   whether *ret_note lives as long as the notes; else it dies with the next call.
 *
 * Returns 0 or -ENOMEM. */
int notes_get(struct gloss_notes *n, const struct gloss_hit *hit, unsigned index,
              struct gloss_span *ret_note, bool *ret_lasts);

/** Appends a cause or a solution with each {name} of a pattern's group filled in. */
void notes_fill(struct gloss_buf *out, const char *text, const struct gloss_hit *hit,
                escape_fn escape);

enum gloss_format notes_format(const struct gloss_notes *n);

/** The escape sequence that begins a severity's colour; PAINT_END ends it. */
const char *paint_severity(enum gloss_severity severity);
#define PAINT_END "\x1b[0m"

/** Appends a value of logfmt: bare where it is printable ASCII without blank, quote, '=' and
 * backslash; else quoted and escaped as in JSON. */
void notes_logfmt_value(struct gloss_buf *out, struct gloss_span value);
