#pragma once

/* Times as values of keys: in a JSON object that is a line, and in a line of key=value. */

#include "core/text/civil_time.h"

/** Reads a value. Returns as civil_match(), with the time in *ret_ns where there is one. */
typedef enum time_match (*time_value_fn)(void *ctx, struct gloss_span value, uint64_t *ret_ns);

/** The time of an object, under one of the usual keys at any place in it or one level down. Of
 * several keys the first one of the table counts that has a time.
 *
 * @r  stands at its opening brace. */
enum time_match time_keys_object(struct reader r, time_value_fn fn, void *ctx, uint64_t *ret_ns);

/** The time of a line whose first word is key=value; "date", "time" and "tz" make one time. */
enum time_match time_keys_pairs(struct reader r, time_value_fn fn, void *ctx, uint64_t *ret_ns);
