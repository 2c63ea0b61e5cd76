#pragma once

/* How far a state says that sources are read which are no files, such as the journal: for those who
 * look at it and do not go on reading.
 */

#include "app/common/common_options.h"
#include "app/config/config.h"
#include "io/state/store.h"

#include <gloss/buf.h>

struct state_cursor {
    char *source, *key, *cursor; /* owned */
    uint64_t time_ns;            /* of the entry that was read last */
    uint64_t offset, lines;      /* bytes and lines of text that were read */
};

/** In the order of sources. Zero-initialised is empty. */
struct state_cursors {
    struct state_cursor *items; /* owned */
    size_t n, size;
};

/** Returns 0 or a negative errno: state_cursors_deinit() is due either way. */
int state_cursors_load(struct state_cursors *j, struct store *store);
void state_cursors_deinit(struct state_cursors *j);
bool state_cursors_know(const struct state_cursors *j, const char *source);

/** What it is called before its source's name: "journal of". @config  NULL: not known. */
const char *state_cursors_what(const struct state_cursor *item, const struct config *config);

/** What became of the entry that was read last: "there", "gone", or why that is not known.
 * @config  says in which folder the source's journal is; NULL: it is the machine's. */
const char *state_cursors_found(const struct state_cursor *item, const struct config *config);

/** Append those of the sources named, or all where none is: a table, nothing where it would be
 * empty; objects of JSON with commas between. */
void state_cursors_table(const struct state_cursors *j, const struct words *named,
                         const struct config *config, struct gloss_buf *out);
void state_cursors_json(const struct state_cursors *j, const struct words *named,
                        const struct config *config, struct gloss_buf *out);
