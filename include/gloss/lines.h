#ifndef GLOSS_LINES_H
#define GLOSS_LINES_H

/* Bytes in, blocks of whole lines out. A line longer than max_line comes in parts, cut at fixed
 * distances from its beginning, so that how the bytes were read never shows in the result. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How far around a part of an overlong line may be looked, in bytes: a match that crosses a seam
 * is found when it is no longer than this. */
#define GLOSS_SEAM_BYTES 65536

/** A run of whole lines, or one part of an overlong line. Borrowed from whoever made it.
 * Blocks of a stream follow each other without gap or overlap: bytes are its partition. */
struct gloss_block {
    struct gloss_span
        bytes;       /* line ends included; the last line may lack its own at the end of a stream */
    uint64_t offset; /* stream offset of bytes.ptr[0] */
    size_t
        before; /* bytes readable directly before bytes.ptr, of the same line; 0 for whole lines */
    size_t after; /* bytes readable directly behind, of the same line: a match may reach into them,
                     but none begins in them; 0 for whole lines */
    bool begins_line; /* bytes.ptr[0] is the first byte of a line: false in the later parts */
    bool ends_line;   /* the block's last line ends with it: false in all but the last part */
};

struct gloss_lines;

/** @chunk     how many bytes a caller likes to read at once; 1 byte to 16 MiB, 4 KiB and more are
 *            sensible.
 * @max_line  longest line that is kept whole, in bytes without its newline; 1 byte to 64 MiB.
 * @offset    stream offset of the first byte that will come; the begin of a line.
 * Returns 0 or -ENOMEM. Memory is taken as needed: a stream of short lines holds 2 * chunk at most,
 * an overlong line max_line + 2 * GLOSS_SEAM_BYTES + chunk; either and a page. */
int gloss_lines_new(struct gloss_lines **ret_lines, size_t chunk, size_t max_line, uint64_t offset);
struct gloss_lines *gloss_lines_free(struct gloss_lines *l);
static inline void gloss_lines_freep(struct gloss_lines **l)
{
    *l = gloss_lines_free(*l);
}

/** Where the next bytes go: at least one chunk. The place is good until the next call; blocks
 * handed out before die with this call. Ask only when gloss_lines_next() has returned 0, and not
 * after gloss_lines_end(). Returns 0 or -ENOMEM. */
int gloss_lines_room(struct gloss_lines *l, char **ret_place, size_t *ret_size);
/** n bytes stand there now. */
void gloss_lines_fill(struct gloss_lines *l, size_t n);
/** Nothing more will come: the rest is a last line, with or without line end. */
void gloss_lines_end(struct gloss_lines *l);
/** Returns 1 and a block, or 0: more bytes are needed, or all was handed out after
 * gloss_lines_end(). */
int gloss_lines_next(struct gloss_lines *l, struct gloss_block *ret_block);
/** Bytes that came but were not handed out yet: a line that waits for its end. */
size_t gloss_lines_waiting(const struct gloss_lines *l);
/** Forgets what waits and goes on at another offset, as after gloss_lines_new(). */
void gloss_lines_reset(struct gloss_lines *l, uint64_t offset);

#ifdef __cplusplus
}
#endif
#endif
