#pragma once

/* How often a file is written anew. A byte that somebody changes, or cuts off, makes all of the
 * file be read and handed on again, and costs whoever does it nothing. So a file of which that has
 * made many bytes is left alone for a while before it is read anew. */

#include <stdint.h>

/** How many bytes may be read again within a minute before a file has to wait. */
#define REWRITING_BYTES (UINT64_C(64) << 20)

/** Zero-initialised: it was not written anew. */
struct rewriting {
    uint64_t since_ns; /* when the minute started in which bytes are counted */
    uint64_t bytes;    /* that were to be read again in it */
    unsigned delays;   /* how often the file had to wait, without a quiet minute between */
    uint64_t until_ns; /* when it could be read after it was written anew last */
};

/** The file was written anew. @bytes  that are to be read again though nobody need have written
 * them again. Returns how long the file has to be left alone. */
uint64_t rewriting_note(struct rewriting *r, uint64_t bytes, uint64_t now_ns);
