#pragma once

/* What the sources of a state do not read, and why. */

#include "app/common/common_options.h"
#include "io/state/store.h"

#include <gloss/buf.h>

/** Whether the state has a skipped path of that source. Returns 1, 0 or a negative errno. */
int state_skipped_know(struct store *store, const char *source);

/** Append the skipped paths of the sources in `named`, or all when it is empty:
 * state_skipped_table() as a table with a title, or nothing when there are none;
 * state_skipped_json() as JSON objects with commas between them. Each returns 0 or a negative
 * errno. */
int state_skipped_table(struct store *store, const struct words *named, struct gloss_buf *out);
int state_skipped_json(struct store *store, const struct words *named, struct gloss_buf *out);
