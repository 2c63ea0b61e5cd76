#pragma once

/* What an engine needs to count the lines with a match: blocks of whole lines, and which of their
 * matches begin a line that had none yet. */

#include <stddef.h>
#include <stdint.h>

struct blocks {
    const char *bytes; /* the block at hand */
    size_t n;
    size_t counted; /* places before this are on lines that are counted */
    uint64_t matched;
};

/** Calls scan for each block of a file, 256 KiB of whole lines or one longer line. It returns 0, or
 * not to end the program. */
void blocks_read(const char *path, int (*scan)(void *ctx, struct blocks *b), void *ctx,
                 struct blocks *b);
/** A match ends before this place of the block. Returns where its line ends. */
size_t blocks_count(struct blocks *b, size_t end);
/** Whether the bytes of [begin, end) stand alone, not as part of a longer name. */
int blocks_alone(const struct blocks *b, size_t begin, size_t end);

/** The lines of a file, NUL-terminated; they live as long as the program. */
char **blocks_list(const char *path, size_t *ret_n);
/** Ends the program with a message. */
_Noreturn void blocks_die(const char *what, const char *why);
