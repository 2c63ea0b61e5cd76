#pragma once

/* How far a state says that journals are read: for those who look at it and do not go on reading.
 */

#include "app/common/common_options.h"
#include "app/config/config.h"
#include "io/state/store.h"

#include <gloss/buf.h>

struct journals_item {
    char *source, *cursor;  /* owned */
    uint64_t time_ns;       /* of the entry that was read last */
    uint64_t offset, lines; /* bytes and lines of text that were read */
};

/** In the order of sources. Zero-initialised is empty. */
struct journals {
    struct journals_item *items; /* owned */
    size_t n, size;
};

/** Returns 0 or a negative errno: journals_deinit() is due either way. */
int journals_load(struct journals *j, struct store *store);
void journals_deinit(struct journals *j);
bool journals_know(const struct journals *j, const char *source);

/** What became of the entry that was read last: "there", "gone", or why that is not known.
 * @config  says in which folder the source's journal is; NULL: it is the machine's. */
const char *journals_found(const struct journals_item *item, const struct config *config);

/** Append those of the sources named, or all where none is: a table, nothing where it would be
 * empty; objects of JSON with commas between. */
void journals_table(const struct journals *j, const struct words *named,
                    const struct config *config, struct gloss_buf *out);
void journals_json(const struct journals *j, const struct words *named, const struct config *config,
                   struct gloss_buf *out);
