#pragma once

/* How far a state says that journals are read: for those who look at it and do not go on reading.
 */

#include "app/common/common_options.h"
#include "app/config/config.h"
#include "io/state/store.h"

#include <gloss/buf.h>

struct state_journals_item {
    char *source, *cursor;  /* owned */
    uint64_t time_ns;       /* of the entry that was read last */
    uint64_t offset, lines; /* bytes and lines of text that were read */
};

/** In the order of sources. Zero-initialised is empty. */
struct state_journals {
    struct state_journals_item *items; /* owned */
    size_t n, size;
};

/** Returns 0 or a negative errno: state_journals_deinit() is due either way. */
int state_journals_load(struct state_journals *j, struct store *store);
void state_journals_deinit(struct state_journals *j);
bool state_journals_know(const struct state_journals *j, const char *source);

/** What became of the entry that was read last: "there", "gone", or why that is not known.
 * @config  says in which folder the source's journal is; NULL: it is the machine's. */
const char *state_journals_found(const struct state_journals_item *item,
                                 const struct config *config);

/** Append those of the sources named, or all where none is: a table, nothing where it would be
 * empty; objects of JSON with commas between. */
void state_journals_table(const struct state_journals *j, const struct words *named,
                          const struct config *config, struct gloss_buf *out);
void state_journals_json(const struct state_journals *j, const struct words *named,
                         const struct config *config, struct gloss_buf *out);
