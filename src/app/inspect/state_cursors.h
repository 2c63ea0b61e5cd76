#pragma once

/* The cursors of a state: how far sources are read that are no files, such as the journal. Commands
 * show and check them; only the service goes on reading from them. */

#include "app/common/common_options.h"
#include "app/config/config.h"
#include "io/state/store.h"

#include <gloss/buf.h>

struct state_cursor {
    char *source, *key, *cursor; /* owned */
    uint64_t time_ns;            /* time of the entry that was read last, since 1970 */
    uint64_t offset, lines;      /* bytes and lines of text that were read */
};

/** All cursors of a state, in the order of their sources' names. Zero-initialised is empty. */
struct state_cursors {
    struct state_cursor *items; /* owned */
    size_t n, size;
};

/** Reads all cursors of a state. Returns 0 or a negative errno; state_cursors_deinit() has to be
 * called either way. */
int state_cursors_load(struct state_cursors *c, struct store *store);
void state_cursors_deinit(struct state_cursors *c);
/** Whether there is a cursor of that source. */
bool state_cursors_know(const struct state_cursors *c, const char *source);

/** The words before the source's name in messages: "journal of". @config  NULL: it is not known. */
const char *state_cursors_what(const struct state_cursor *item, const struct config *config);

/** Whether the entry that was read last still exists: "there", "gone", or why that is not known.
 * @config  says in which folder the source's journal is; NULL: it is the machine's journal. */
const char *state_cursors_found(const struct state_cursor *item, const struct config *config);

/** Append the cursors of the sources in `named`, or all when it is empty: state_cursors_table() as
 * a table with a title, or nothing when there are none; state_cursors_json() as JSON objects with
 * commas between them. */
void state_cursors_table(const struct state_cursors *c, const struct words *named,
                         const struct config *config, struct gloss_buf *out);
void state_cursors_json(const struct state_cursors *c, const struct words *named,
                        const struct config *config, struct gloss_buf *out);
