#pragma once

/* Where a checkpoint stands in a file: how far a followed one was read, how much of a written one
 * is committed, and the fingerprints by which that file is known again. */

#include <stdbool.h>
#include <stdint.h>

/** Of up to FINGERPRINT_BYTES bytes: their number and a 64-bit hash. len 0: of nothing. */
struct fingerprint {
    uint32_t len;
    uint64_t hash;
};
#define FINGERPRINT_BYTES 256

/** How far a followed file was read. */
struct file_position {
    const char *path; /* under which it was followed: of its lineage */
    uint64_t serial;  /* of this generation in its lineage, growing from 1 */
    uint64_t dev, ino;
    uint64_t offset;               /* of the first line that was not handed on: bytes of the file */
    uint64_t lines;                /* lines handed on: those before offset */
    struct fingerprint head_print; /* of its first bytes, up to offset */
    struct fingerprint tail_print; /* of the last bytes before offset */
    uint64_t file_time_ns; /* the file's own time (the later of mtime and ctime) when it was last
                         seen at its path; what is born later comes behind it */
    uint64_t last_seen_ns; /* by the wall clock, to the hour: when it was closed, or its file met
                        later; its age counts from then. 0: it is read */
    bool done;             /* read to its end and closed: kept only to be recognised */
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
