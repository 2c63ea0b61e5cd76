#pragma once

/* A line on standard error that tells how far a file is read, written over and over. */

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool on;          /* set by the owner; false: the functions do nothing */
    const char *name; /* of the file; borrowed */
    uint64_t started_ns, shown_ns;
    bool visible; /* the line is on the terminal */
};

/** Reading of a file starts. */
void progress_start(struct progress *p, const char *name);
/** Shows the line, at most ten times a second. Of the file, position bytes are read of size bytes;
 * 0: the size is not known. */
void progress_show(struct progress *p, uint64_t position, uint64_t size);
/** Clears the line, so that something else can be written there. */
void progress_clear(struct progress *p);
