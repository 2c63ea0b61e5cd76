#pragma once

/* The place where output meets a terminal. Whatever is written for people goes through here or
 * through a terminal_filter of its own, so no command and no format can forget that a terminal
 * obeys what it is sent. */

#include <stddef.h>

/** Writes a whole text. Where the descriptor is a terminal, it is written as
 * terminal_filter_write() makes it, else as it is. Returns 0 or a negative errno, after any number
 * of the bytes was written. */
int terminal_output_write(int fd, const char *bytes, size_t n);
