#pragma once

/* The memory into which a turn reads: one for the whole process, since turns come one after the
 * other. It grows to what the longest line that waits for its end needs. */

#include <stddef.h>

struct turn_buffer {
    char *bytes; /* owned */
    size_t size;
};

/** Returns 0 or -ENOMEM. */
int turn_buffer_new(struct turn_buffer **ret_buffer);
struct turn_buffer *turn_buffer_free(struct turn_buffer *buffer);
/** Makes it hold at least `size` bytes; what was in it is lost. Returns 0 or -ENOMEM. */
int turn_buffer_reserve(struct turn_buffer *buffer, size_t size);
