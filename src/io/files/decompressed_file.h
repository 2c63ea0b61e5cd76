#pragma once

/* A packed file, read as if it were plain: offsets are of the unpacked bytes. */

#include "io/files/position.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct decompressed_file;

/** What keeps a file of few bytes from taking much. */
struct decompressed_file_limits {
    struct decompress_pool *pool; /* borrowed; NULL: it may take what it needs */
    uint64_t ratio;               /* unpacked bytes for each packed one; 0: any */
};
/** So many unpacked bytes are within each ratio. */
#define DECOMPRESSED_FILE_SPARED_BYTES ((uint64_t)1 << 20)

/** Looks at the first bytes of the file.
 *
 * @fd  borrowed until decompressed_file_free() or decompressed_file_move().
 * @limits  copied; NULL: none.
 * Returns 0: it is packed, perhaps in a way that nobody here unpacks;
 * DECOMPRESSED_FILE_E_PLAIN: it is not packed; DECOMPRESSED_FILE_E_SHORT: it may become a packed
 * one; a negative errno. */
int decompressed_file_new(struct decompressed_file **ret_packed, int fd,
                          const struct decompressed_file_limits *limits);
#define DECOMPRESSED_FILE_E_PLAIN 1
#define DECOMPRESSED_FILE_E_SHORT 2
struct decompressed_file *decompressed_file_free(struct decompressed_file *p);
static inline void decompressed_file_freep(struct decompressed_file **p)
{
    *p = decompressed_file_free(*p);
}

/** Other limits from now on. */
void decompressed_file_limit(struct decompressed_file *p,
                             const struct decompressed_file_limits *limits);
/** The same file, opened again. */
void decompressed_file_move(struct decompressed_file *p, int fd);
/** The file has changed: of what was unpacked only what stands before its last end is trusted, and
 * that as long as the packed bytes there are the same. */
void decompressed_file_restart(struct decompressed_file *p);

/** Reads as pread(2), but only up to the end, and where a call has done its share of work, returns
 * less than size. Reading on is cheap, reading back means to unpack from an end before;
 * DECOMPRESSED_FILE_BACK_BYTES of what was read last are kept. What is damaged or cut off ends
 * where it is not whole any more. What is refused has no bytes.
 *
 * Returns the number of bytes, never one from 1 to DECOMPRESSED_FILE_BACK_BYTES but for the end;
 * -EAGAIN: it has done its share of work, DECOMPRESSED_FILE_STEP_BYTES or so of packed and of
 * unpacked bytes, and is not there yet, or it has to wait for other files: call again; another
 * negative errno. */
ssize_t decompressed_file_read(struct decompressed_file *p, char *place, size_t size,
                               uint64_t offset);
#define DECOMPRESSED_FILE_BACK_BYTES ((size_t)64 << 10)
#define DECOMPRESSED_FILE_STEP_BYTES ((uint64_t)1 << 20)

/** Whether its unpacked bytes start with those that the print is of; false where it is of nothing,
 * or they cannot be read. */
bool decompressed_file_starts_with(struct decompressed_file *p, struct fingerprint head_print);

/** Whether the end was reached; then it holds neither a library's state nor more than a few bytes.
 */
bool decompressed_file_at_end(const struct decompressed_file *p);
/** Whether the end was reached, and is there. */
bool decompressed_file_ends_at(const struct decompressed_file *p, uint64_t offset);
/** Why nothing of it is to be read, as a phrase ("it is a tar archive"), or NULL. Of what is packed
 * inside a packed file that is known with the first byte that is asked for. */
const char *decompressed_file_refusal(const struct decompressed_file *p);
/** What is wrong with the packed bytes; NULL: nothing that was met. */
const char *decompressed_file_problem(const struct decompressed_file *p);

/** Bytes that were unpacked of it, each as often as that was done. */
uint64_t decompressed_file_work(const struct decompressed_file *p);
