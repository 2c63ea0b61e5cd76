#pragma once

/* How the service is, in a sentence: "Following 3 files, 1200 lines read, 14 hits, 0 bytes behind."
 * and behind it, when something is wrong, "Degraded: REASON; REASON." */

#include "app/service/topology.h"

#include <stdbool.h>
#include <stddef.h>

/** What the topology itself does not know. */
struct status_troubles {
    bool commits_fail; /* the last commit failed, and nothing is read until one succeeds */
    bool slow_disk;    /* the checkpoint under way takes long */
    bool no_watches;   /* folders cannot be watched, and files are looked at by the clock */
};

/** Writes the sentence, cut to size, NUL-terminated. */
void status_sentence(const struct topology *s, const struct status_troubles *troubles, char *text,
                     size_t size);
