#pragma once

/* Where the filter's output goes: from a path to a folder and a name in it.
 *
 * Whoever owns a folder may put a link there, and root would write through it to a file of root's.
 * So links are followed only if they belong to root or to the user of this process, and what was
 * found is used by its folder, where nobody can exchange it. */

#include "io/files/link_resolver.h"

#include <stdbool.h>

struct output_place {
    int folder;              /* opened with O_PATH; output_place_close() closes it */
    char name[NAME_MAX + 1]; /* no link at that time */
    bool exists;
    struct stat st; /* of what exists */
};

#define OUTPUT_PLACE_E_REFUSED 1 /* a link on the way is not followed, or leads to nothing */

/** Returns 0; OUTPUT_PLACE_E_REFUSED, and *reterr_refusal says why; or a negative errno; -ENOENT:
 * its folder does not exist. */
int output_place_find(struct output_place *ret_place, const char *path,
                      struct link_refusal *reterr_refusal);
void output_place_close(struct output_place *place);
