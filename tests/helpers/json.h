#pragma once

/* A second opinion on JSON: a strict reader (RFC 8259) that shares nothing with the writers it
 * judges. */

#include <gloss/buf.h>
#include <gloss/span.h>

/** NULL when text is one JSON value in well-formed UTF-8 and nothing else (no blanks around it);
 * else what is wrong. */
const char *json_error(struct gloss_span text);

/** The text of an object's value of that key, quotes included; ptr NULL when there is none. The
 * object must have passed json_error(). Of an array: the key is a number from 0. */
struct gloss_span json_get(struct gloss_span value, const char *key);

/** Appends what a JSON string (with its quotes) stands for. */
void json_unquote(struct gloss_span string, struct gloss_buf *out);
