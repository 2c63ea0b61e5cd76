#pragma once

/* A packed file, read as if it were plain: offsets are of the unpacked bytes. */

#include "io/files/position.h"

#include <stddef.h>
#include <sys/types.h>

struct decompressed_file;

/** Looks at the first bytes of the file. @fd  borrowed until decompressed_file_free() or
 * decompressed_file_move(). Returns 0; DECOMPRESSED_FILE_E_PLAIN: it is not packed;
 * DECOMPRESSED_FILE_E_SHORT: it may become a packed one; a negative errno. */
int decompressed_file_new(struct decompressed_file **ret_packed, int fd);
#define DECOMPRESSED_FILE_E_PLAIN 1
#define DECOMPRESSED_FILE_E_SHORT 2
struct decompressed_file *decompressed_file_free(struct decompressed_file *p);
static inline void decompressed_file_freep(struct decompressed_file **p)
{
    *p = decompressed_file_free(*p);
}

/** The same file, opened again. */
void decompressed_file_move(struct decompressed_file *p, int fd);
/** The file has changed: what was unpacked is not trusted any more. */
void decompressed_file_restart(struct decompressed_file *p);

/** Reads as pread(2), but only up to the end returns less than size. Reading on is cheap, reading
 * back means to unpack all from the begin; DECOMPRESSED_FILE_BACK_BYTES are kept of the begin and
 * of what was read last. What is damaged or cut off ends where it is not whole any more.
 *
 * Returns the number of bytes; -EAGAIN: it got on by about DECOMPRESSED_FILE_STEP_BYTES and is not
 * there yet, call again; another negative errno. */
ssize_t decompressed_file_read(struct decompressed_file *p, char *place, size_t size,
                               uint64_t offset);
#define DECOMPRESSED_FILE_BACK_BYTES 256
#define DECOMPRESSED_FILE_STEP_BYTES ((uint64_t)1 << 20)

/** Whether its unpacked bytes start with those that the print is of; false where it is of nothing,
 * or they cannot be read. */
bool decompressed_file_starts_with(struct decompressed_file *p, struct fingerprint head_print);

/** Whether the end was reached; then it holds neither memory nor a library's state. */
bool decompressed_file_at_end(const struct decompressed_file *p);
/** What is wrong with the packed bytes; NULL: nothing that was met. */
const char *decompressed_file_problem(const struct decompressed_file *p);
