#pragma once

/* The loops that see every byte of a log. Each loop is written once (kernel_body.h), over a
 * vocabulary of masks of 64 bits, one for each of 64 bytes, and is compiled once for each kind of
 * CPU. The loops only nominate places: a place too many costs time and nothing else, a place too
 * few is a bug. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** For functions whose arguments are constants where they are called: the compiler then makes a
 * loop of its own for each case. */
#define FORCE_INLINE inline __attribute__((always_inline))

/** The most bytes of a window that tables look at. */
#define KERNEL_DEPTH_MAX 6

/** The longest run that a kernel can demand, and the number of steps it takes to see one: each step
 * doubles the length. */
#define KERNEL_RUN_STEPS 3
#define KERNEL_RUN_MAX (1 << KERNEL_RUN_STEPS)

/** How many bytes a kernel is given at a time: they and the places that it names for them stay in
 * the nearest cache. */
#define KERNEL_CHUNK 16384

/** How tables are looked up, from the slowest to the fastest. */
enum kernel_look {
    KERNEL_EXACT, /* by all bits of a byte */
    KERNEL_ASCII, /* the same result, where no byte of 128 or more is in any set */
    KERNEL_ROUGH, /* as KERNEL_ASCII, but bytes with the same low bits may pass for each other */
};

/** Teddy's tables: for each of the first `depth` bytes of eight buckets of windows, the set of
 * bytes that may stand there. Byte c is in the set of bucket k at place i when bit k of low[i][c &
 * 15] & high[i][c >> 4] is set; a place of the text is nominated when all bytes from it on are in
 * the sets of one bucket. Tables of depth 1 also serve as a class of bytes. */
struct kernel_tables {
    unsigned depth; /* 1 to KERNEL_DEPTH_MAX */
    uint8_t low[KERNEL_DEPTH_MAX][16], high[KERNEL_DEPTH_MAX][16];
    bool rough; /* bytes with the same low bits may pass for each other */
    /* The rest is filled in by kernel_tables_finish(). */
    uint8_t whole[KERNEL_DEPTH_MAX][256];  /* the buckets of each byte */
    uint8_t folded[KERNEL_DEPTH_MAX][128]; /* the buckets of bytes c and c + 128 together */
    enum kernel_look look;
};

/** Puts the window that begins at `bytes` into a bucket, 0 to 7. */
void kernel_tables_add(struct kernel_tables *t, const char *bytes, unsigned bucket);

/** Makes the tables ready for use. Due whenever low, high or rough have changed. */
void kernel_tables_finish(struct kernel_tables *t);

/** What a kernel works on: it nominates places in [begin, end) and reads bytes in [0, limit).
 * Places are offsets from `bytes`, below 4 GiB. */
struct kernel_text {
    const char *bytes;
    size_t begin, end, limit;
};

/** Which runs of a class of bytes are looked for. */
struct kernel_class_runs {
    struct kernel_tables class; /* of depth 1, of ASCII bytes only */
    unsigned min_len;           /* the shortest run that counts: 1 to KERNEL_RUN_MAX bytes */
};

/** What a kernel's loops cost for each byte of text, in picoseconds, as measured. */
struct kernel_costs {
    unsigned loop;       /* teddy(), whatever the depth */
    unsigned teddy;      /* and for each place of depth, with an exact look-up */
    unsigned rough;      /* or with a rough one */
    unsigned class_runs; /* class_runs() */
};

/** The loops, compiled for one kind of CPU. */
struct kernel {
    const char *name; /* "portable", "avx2", "avx512" */
    struct kernel_costs costs;
    /** Counts the bytes 0x0A. */
    size_t (*newlines)(const char *bytes, size_t n);
    /** Writes to `out`, in order, the places where the tables match, and returns how many there
     * are. `out` has room for end - begin + 1: one place more than was found may be written. */
    size_t (*teddy)(const struct kernel_tables *tables, const struct kernel_text *text,
                    uint32_t *out);
    /** Writes to `out`, in order, the places where a run begins that is long enough, with no byte
     * of the class before it; room and result as with teddy(). */
    size_t (*class_runs)(const struct kernel_class_runs *runs, const struct kernel_text *text,
                         uint32_t *out);
};

extern const struct kernel kernel_portable;
#if defined(__x86_64__)
extern const struct kernel kernel_avx2;
extern const struct kernel kernel_avx512;
#endif

/** The kernel of a name; for NULL the best one that this CPU runs. Returns NULL where the name is
 * unknown or this CPU cannot run the kernel. */
const struct kernel *kernel_select(const char *name);
