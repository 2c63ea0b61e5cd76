#pragma once

/* A packed file, read as if it were plain: offsets are of the unpacked bytes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct unpacked;

/** Looks at the first bytes of the file. @fd  borrowed until unpacked_free() or unpacked_move().
 * Returns 0; UNPACKED_E_PLAIN: it is not packed; UNPACKED_E_SHORT: it may become a packed one;
 * a negative errno. */
int unpacked_new(struct unpacked **ret_packed, int fd);
#define UNPACKED_E_PLAIN 1
#define UNPACKED_E_SHORT 2
struct unpacked *unpacked_free(struct unpacked *p);
static inline void unpacked_freep(struct unpacked **p)
{
    *p = unpacked_free(*p);
}

/** The same file, opened again. */
void unpacked_move(struct unpacked *p, int fd);
/** The file has changed: what was unpacked is not trusted any more. */
void unpacked_restart(struct unpacked *p);

/** Reads as pread(2), but only up to the end returns less than size. Reading on is cheap, reading
 * back means to unpack all from the begin; UNPACKED_BACK_BYTES are kept of the begin and of what
 * was read last. What is damaged or cut off ends where it is not whole any more.
 *
 * Returns the number of bytes; -EAGAIN: it got on by about UNPACKED_STEP_BYTES and is not there
 * yet, call again; another negative errno. */
ssize_t unpacked_read(struct unpacked *p, char *place, size_t size, uint64_t offset);
#define UNPACKED_BACK_BYTES 256
#define UNPACKED_STEP_BYTES ((uint64_t)1 << 20)

/** Whether the end was reached; then it holds neither memory nor a library's state. */
bool unpacked_at_end(const struct unpacked *p);
/** What is wrong with the packed bytes; NULL: nothing that was met. */
const char *unpacked_problem(const struct unpacked *p);
