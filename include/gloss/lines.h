#ifndef GLOSS_LINES_H
#define GLOSS_LINES_H

/* Bytes in, blocks of whole lines out. A line longer than max_line comes in parts, which are cut at
 * fixed distances from its start, so that the way the bytes were read never shows in the result.
 *
 *     #include <gloss/lines.h>
 *     #include <stdio.h>
 *     #include <unistd.h>
 *
 *     int main(void)
 *     {
 *         struct gloss_lines *lines;
 *         struct gloss_block block;
 *         ssize_t n = 1;
 *
 *         if (gloss_lines_new(&lines, 65536, 1 << 20, 0) < 0)
 *             return 1;
 *         while (n > 0) {
 *             char *place;
 *             size_t size;
 *
 *             if (gloss_lines_room(lines, &place, &size) < 0)
 *                 return 1;
 *             n = read(STDIN_FILENO, place, size);
 *             if (n > 0)
 *                 gloss_lines_fill(lines, (size_t)n);
 *             else
 *                 gloss_lines_end(lines);
 *             while (gloss_lines_next(lines, &block) > 0)
 *                 printf("%zu bytes at %llu\n", block.bytes.len, (unsigned long long)block.offset);
 *         }
 *         gloss_lines_free(lines);
 *     }
 */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How many bytes around a part of an overlong line may be read: a match that crosses a seam
 * between two parts is found when it is no longer than this. */
#define GLOSS_SEAM_BYTES 65536

/** A run of whole lines, or one part of an overlong line. The blocks of a stream follow each other
 * without gap or overlap. */
struct gloss_block {
    /* Borrowed, with their line ends. Only the last line of a stream may have none. */
    struct gloss_span bytes;
    uint64_t offset; /* of the first byte in the stream */
    /* Bytes of the same line that may be read directly before and behind the block; 0 for whole
     * lines. A match may reach into those behind it, but none begins there. */
    size_t before, after;
    bool begins_line; /* the block begins with the first byte of a line: in parts only the first
                         does */
    bool ends_line;   /* the block ends with the end of a line: in parts only the last does */
};

/** A buffer of one stream. */
struct gloss_lines;

/** @chunk     how many bytes the caller wants to read at once: 1 byte to 16 MiB; less than 4 KiB is
 *            slow.
 * @max_line  the longest line that is kept whole, in bytes without its newline: 1 byte to 64 MiB.
 * @offset    of the first byte that will come, in the stream; a line must start there.
 *
 * Returns 0 or -ENOMEM. Memory is taken when it is needed: at most 2 * chunk bytes for short lines,
 * and max_line + 2 * GLOSS_SEAM_BYTES + chunk bytes for overlong ones, and a page in either case.
 */
int gloss_lines_new(struct gloss_lines **ret_lines, size_t chunk, size_t max_line, uint64_t offset);
struct gloss_lines *gloss_lines_free(struct gloss_lines *l);
static inline void gloss_lines_freep(struct gloss_lines **l)
{
    *l = gloss_lines_free(*l);
}

/** Tells where the next bytes are to be written. Call it only when gloss_lines_next() has returned
 * 0, and not after gloss_lines_end(). Blocks that were handed out die with this call.
 *
 * @ret_place  good until the next call on these lines.
 * @ret_size   room there, in bytes: at least one chunk.
 *
 * Returns 0 or -ENOMEM. */
int gloss_lines_room(struct gloss_lines *l, char **ret_place, size_t *ret_size);

/** Tells that n bytes were written there, at most the size that was told. */
void gloss_lines_fill(struct gloss_lines *l, size_t n);

/** Tells that the stream has ended. What is left is its last line, with or without a line end. */
void gloss_lines_end(struct gloss_lines *l);

/** Hands out the next block, which lives until the next gloss_lines_room(), gloss_lines_reset() or
 * gloss_lines_free(). Returns 1 and a block; or 0: more bytes are needed, or all were handed out.
 */
int gloss_lines_next(struct gloss_lines *l, struct gloss_block *ret_block);

/** How many bytes came and were not handed out yet: an incomplete line. */
size_t gloss_lines_waiting(const struct gloss_lines *l);

/** Forgets the incomplete line and goes on at another offset, as after gloss_lines_new(). */
void gloss_lines_reset(struct gloss_lines *l, uint64_t offset);

#ifdef __cplusplus
}
#endif
#endif
