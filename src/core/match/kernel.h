#pragma once

/* The loops that see every byte. Each is written once, over a vocabulary of masks of 64 bytes, and
 * compiled once for each kind of CPU. They only nominate places; a false one costs time, nothing
 * else. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Loops are inlined with constants, so that each case is one of its own. */
#define FORCE_INLINE inline __attribute__((always_inline))

#define KERNEL_DEPTH_MAX 6
/** A run can be asked to be at least so long: two to the number of steps it takes to see that. */
#define KERNEL_RUN_STEPS 3
#define KERNEL_RUN_MAX (1 << KERNEL_RUN_STEPS)
/** Bytes a kernel is given at a time: they and the places it names stay in the nearest cache. */
#define KERNEL_CHUNK 16384

/** How tables are looked up. */
enum kernel_look {
    KERNEL_EXACT, /* any byte may be in a set */
    KERNEL_ASCII, /* no byte of 128 or more is: the same, but faster */
    KERNEL_ROUGH, /* nor there; and bytes that share their low bits may be taken for each other */
};

/** Which bytes may stand at each of the first `depth` places of a literal. A byte is in the set of
 * bucket k at place i when bit k of low[i][byte & 15] & high[i][byte >> 4] is set; a place is
 * nominated when one bucket has all its bytes (Teddy, of Hyperscan). Also serves as a byte class,
 * with depth 1. */
struct kernel_tables {
    unsigned depth;
    uint8_t low[KERNEL_DEPTH_MAX][16], high[KERNEL_DEPTH_MAX][16];
    bool rough; /* bytes that share their low bits may be taken for each other */
    /* What follows is made by kernel_tables_finish(). */
    uint8_t whole[KERNEL_DEPTH_MAX][256];  /* the same, by byte */
    uint8_t folded[KERNEL_DEPTH_MAX][128]; /* and by byte & 127 */
    enum kernel_look look;
};

/** Puts the first depth bytes of a string into a bucket, 0 to 7. */
void kernel_tables_add(struct kernel_tables *t, const char *bytes, unsigned bucket);
/** To be called when low, high and rough are what they shall be. */
void kernel_tables_finish(struct kernel_tables *t);

/** Where a kernel works: it nominates places in [begin, end) of bytes, and reads in [0, limit)
 * only. Places are less than 4 GiB. */
struct kernel_text {
    const char *bytes;
    size_t begin, end, limit;
};

/** Runs of a byte class. */
struct kernel_runs {
    struct kernel_tables class; /* of depth 1, ASCII */
    unsigned min_len;           /* runs that are shorter are none: 1 to KERNEL_RUN_MAX */
};

/** What a byte costs, in picoseconds as measured: a run of the loop, and for each place of depth an
 * exact look-up or a rough one; finding runs. */
struct kernel_costs {
    unsigned loop, packed, rough, runs;
};

struct kernel {
    const char *name;
    struct kernel_costs costs;
    /** Counts bytes 0x0A. */
    size_t (*newlines)(const char *bytes, size_t n);
    /** Places where the tables match; depth 1 to KERNEL_DEPTH_MAX. out has room for
     * end - begin + 1: one behind the last may be written. Returns how many. */
    size_t (*packed)(const struct kernel_tables *tables, const struct kernel_text *text,
                     uint32_t *out);
    /** Places where a run of the class begins that is long enough and begins as a name can. As
     * packed. */
    size_t (*runs)(const struct kernel_runs *runs, const struct kernel_text *text, uint32_t *out);
};

extern const struct kernel kernel_portable;
#if defined(__x86_64__)
extern const struct kernel kernel_avx2;
extern const struct kernel kernel_avx512;
#endif

/** The kernel of that name, or the best one for NULL; NULL: unknown, or this CPU cannot run it. */
const struct kernel *kernel_select(const char *name);
