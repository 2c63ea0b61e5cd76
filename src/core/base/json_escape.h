#pragma once

/* Bytes of a log made fit to stand inside a quoted string, or on a terminal. */

#include <gloss/buf.h>
#include <gloss/span.h>
#include <gloss/spans.h>
#include <stdbool.h>
#include <stddef.h>

/** The most that one byte becomes. */
#define JSON_ESCAPE_GROWTH 6

/** Writes at most JSON_ESCAPE_GROWTH * n bytes to out and returns how many. */
typedef size_t (*json_escape_fn)(char *out, const char *bytes, size_t n);

/** The inside of a JSON string (RFC 8259) for any bytes: each that is not part of a well-formed
 * UTF-8 sequence becomes U+FFFD. */
size_t json_escape_json(char *out, const char *bytes, size_t n);

/** What a terminal shows and does not obey: control characters but tab become ^X, DEL ^?; the
 * controls U+0080 to U+009F, and bytes that are no UTF-8, become U+FFFD. */
size_t json_escape_visible(char *out, const char *bytes, size_t n);
/** Whether json_escape_visible() would change nothing. */
bool json_escape_is_visible(struct gloss_span bytes);

/** Escapes any length; memory trouble shows in out->failed. */
void json_escape_buf(struct gloss_buf *out, struct gloss_span bytes, json_escape_fn escape);
void json_escape_spans(struct gloss_spans *out, struct gloss_span bytes, json_escape_fn escape);
