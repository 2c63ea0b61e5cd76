#pragma once

/* What a checkpoint remembers of a file: how far a followed file was read, or how much of a sink is
 * committed, and the fingerprints by which the file is known again. */

#include <stdbool.h>
#include <stdint.h>

/** Up to FINGERPRINT_BYTES bytes of a file: their number and a hash of them. len 0: of none. */
struct fingerprint {
    uint32_t len;
    uint64_t hash;
};
#define FINGERPRINT_BYTES 256

/** How far a followed file was read. */
struct file_position {
    const char *path; /* under which it is followed */
    uint64_t serial;  /* of the files of that path: from 1, growing from the oldest on */
    uint64_t dev, ino;
    uint64_t offset;               /* where the first line starts that was not handed on */
    uint64_t lines;                /* lines before offset: all of them were handed on */
    struct fingerprint head_print; /* of the first bytes of the file, up to offset */
    struct fingerprint tail_print; /* of the last bytes before offset */
    uint64_t file_time_ns; /* the time of the file (file_time.h) when it was last seen at its path:
                              files that were made later come behind it */
    uint64_t last_seen_ns; /* by the wall clock, to the hour: when it was closed, or seen after
                              that; its age counts from then. 0: it is read */
    bool done;             /* read to its end and closed: remembered only to be recognised */
};

#define SINK_CURSOR_MAX 128

/** How much of a sink is committed. Zeros: nothing is. */
struct sink_position {
    uint64_t dev, ino;
    uint64_t length;
    struct fingerprint tail_print; /* of the bytes before length; len 0: not known */
    char cursor[SINK_CURSOR_MAX];  /* of a sink that is no file: the place, in its own words */
};

/** Whether there is anything to go back to. */
static inline bool sink_position_is_set(const struct sink_position *p)
{
    return p->ino != 0 || p->cursor[0] != '\0';
}
