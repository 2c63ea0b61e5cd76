#pragma once

/* A limit on the test's own process, in the place of a full disk. */

#include <sys/resource.h>

/** How long a file may become from now on; a write beyond fails with EFBIG. RLIM_INFINITY: as long
 * as it likes. */
void limits_file_bytes(rlim_t bytes);
