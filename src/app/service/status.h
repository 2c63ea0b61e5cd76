#pragma once

/* How the service is, in a sentence: "Following 3 files, 1200 lines read, 14 hits, 0 bytes behind."
 * and, where something is not as it should be, "Degraded: WHY; WHY." behind it. */

#include "app/service/topology.h"

#include <stdbool.h>
#include <stddef.h>

/** What the topology itself does not know. */
struct status_troubles {
    bool commits_fail; /* nothing is read until one succeeds */
    bool slow_disk;    /* it has taken long for the checkpoint that is under way */
    bool no_watches;   /* files are looked at by the clock */
};

/** Writes the sentence, cut to size, NUL-terminated. */
void status_sentence(const struct topology *s, const struct status_troubles *troubles, char *text,
                     size_t size);
