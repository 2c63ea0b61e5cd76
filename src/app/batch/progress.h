#pragma once

/* How far a file is read, on a line of its own that is written over and over. */

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool on;
    const char *name; /* of the file; borrowed */
    uint64_t begun_ns, shown_ns;
    bool visible; /* the line is on the screen */
};

/** A file begins. */
void progress_start(struct progress *p, const char *name);
/** Shows where it stands, at most ten times a second. size 0: not known. */
void progress_show(struct progress *p, uint64_t position, uint64_t size);
/** Takes the line off the screen, before something else is written there. */
void progress_clear(struct progress *p);
