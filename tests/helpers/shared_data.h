#pragma once

/* The real logs and their truth, which stand beside the checkout where they are at all: the folder
 * ../shared/data, seen from the root of the sources. */

#include <stddef.h>

/** Reads ../shared/data/NAME whole; one NUL follows, which the length does not count. When the file
 * is not there the running test says so and is skipped. The caller frees it. */
char *shared_data_read(const char *name, size_t *ret_length);

/** The path of ../shared/data/NAME. The caller frees it. */
char *shared_data_path(const char *name);
