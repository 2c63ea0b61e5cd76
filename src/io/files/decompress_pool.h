#pragma once

/* Who may decompress now. A service may have thousands of compressed files and little memory, so
 * only a few of them are open at once, and together they have a limit of memory. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Decompressors that are open at once; the last one only while a file's head is looked at. */
#define DECOMPRESS_POOL_OPEN_MAX 4
/** Bytes that all of them may take together. */
#define DECOMPRESS_POOL_MEMORY_MAX ((size_t)128 << 20)
/** A slot that was not used for so long is given to a file that waits for one; */
#define DECOMPRESS_POOL_IDLE_NS UINT64_C(1000000000)
/** and so is the slot of a file that has made so many bytes. */
#define DECOMPRESS_POOL_SHARE_BYTES ((uint64_t)64 << 20)

struct decompress_pool;

/** Returns 0 or -ENOMEM. */
int decompress_pool_new(struct decompress_pool **ret_pool);
/** Every slot must be given back before. */
struct decompress_pool *decompress_pool_free(struct decompress_pool *pool);
/** Tells the time, by a clock that does not step. */
void decompress_pool_set_time(struct decompress_pool *pool, uint64_t now_ns);

/** The right of one file to decompress. Part of a struct of the file; zero but for on_lost. */
struct decompress_slot {
    /** Closes the decompressor, because another file gets the slot. */
    void (*on_lost)(struct decompress_slot *slot);
    /* Private. */
    struct decompress_pool *pool; /* NULL: it is not taken */
    struct decompress_slot *next;
    size_t memory;
    uint64_t used_ns;
    uint64_t share; /* bytes that it may make before others that wait come first */
};

/** Takes a slot with so much memory. Others may lose theirs for it: one that is idle, or has made
 * its share.
 * @redo  bytes that have to be made again before there is any progress; they are added to the share
 *        twice, so that all the work on a file stays in proportion to its size, however often it
 *        loses its slot.
 * Returns false: not now. */
bool decompress_slot_take(struct decompress_slot *slot, struct decompress_pool *pool, size_t memory,
                          uint64_t redo);
/** Lets a slot that is taken have more memory. Returns false: not now. */
bool decompress_slot_grow(struct decompress_slot *slot, size_t memory);
/** It was used to make so many bytes. */
void decompress_slot_use(struct decompress_slot *slot, uint64_t bytes);
/** Gives it back, if it is taken. */
void decompress_slot_give(struct decompress_slot *slot);
