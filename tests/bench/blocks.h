#pragma once

/* What an engine needs to count the lines with a match: blocks of whole lines, and which matches
 * are the first on their line. */

#include <stddef.h>
#include <stdint.h>

struct blocks {
    const char *bytes; /* the block at hand */
    size_t n;
    size_t counted; /* offsets below this are on lines that were counted */
    uint64_t matched;
};

/** Calls scan for each block of a file: 256 KiB of whole lines, or one longer line.
 *
 * @scan  returns 0; any other value ends the program. */
void blocks_read(const char *path, int (*scan)(void *ctx, struct blocks *b), void *ctx,
                 struct blocks *b);
/** Counts the line in which a match ends, once. `end` is the offset behind the match. Returns the
 * offset at which the line ends. */
size_t blocks_count(struct blocks *b, size_t end);
/** Whether the bytes of [begin, end) are not part of a longer name. */
int blocks_alone(const struct blocks *b, size_t begin, size_t end);

/** The lines of a file, each NUL-terminated. They live as long as the program. */
char **blocks_list(const char *path, size_t *ret_n);
/** Ends the program with a message. */
_Noreturn void blocks_die(const char *what, const char *why);
