#pragma once

/* How a folder is at this moment. As long as it stays so the names in it mean the files that they
 * meant, and a quiet file need not be looked up by its path. Many paths stand in one folder, so the
 * last answer is kept for the rest of the turn. */

#include "io/files/file_time.h"
#include "io/tail/follow_options.h"

#include <limits.h>

struct folder_look {
    struct file_stamp stamp; /* time_ns 0: not known, or the folder changed a moment ago */
    bool is_watched;         /* all that is done there by name wakes the follow */
};

/** The answer that was given last. Zero-initialised is of no folder. */
struct folder_cache {
    char path[PATH_MAX];
    uint64_t asked_ns; /* by the wall clock */
    struct folder_look seen;
};

/** Looks at the folder whose name is the first `len` bytes of `path`, without a '/' at their end.
 * @wall_ns  of this turn: the same folder is looked at once for each value. */
struct folder_look folder_cache_look(struct folder_cache *cache,
                                     const struct follow_options *options, uint64_t wall_ns,
                                     const char *path, size_t len);
