#pragma once

/* Packed bytes in, plain bytes out. What is packed is one member behind the other: members of gzip,
 * streams of xz and bzip2, frames of zstd. All of them are one text. */

#include "io/files/decompress_io.h"
#include "io/files/packing.h"

#include <stdbool.h>
#include <stdint.h>

struct decompressor;

/** @packing  one that is unpacked here.
 * @memory  bytes that it may take, from DECOMPRESS_MEMORY_MIN to DECOMPRESS_MEMORY_MAX.
 * Returns 0 or -ENOMEM. */
int decompress_new(struct decompressor **ret_decompressor, enum packing packing, size_t memory);
struct decompressor *decompress_free(struct decompressor *d);
static inline void decompress_freep(struct decompressor **d)
{
    *d = decompress_free(*d);
}

/** Unpacks until all input is taken or all room is used. Where room is left over, all that the
 * input so far can give has come out. More input may come at any time, also behind an end.
 *
 * Returns 0; if both input and room are left over then, the next step tells why;
 * DECOMPRESS_E_MEMORY: it has to be allowed more memory before it can go on. Or what it met
 * behind all bytes that came out before: -EBADMSG when the packed bytes are damaged, something else
 * stands behind them, or they ask for more memory than DECOMPRESS_MEMORY_MAX; -ELIBACC when the
 * library that unpacks them is not installed; -ENOMEM. decompress_problem() says more. An error
 * stays. */
int decompress_step(struct decompressor *d, struct decompress_io *io);
#define DECOMPRESS_E_MEMORY 1
/** With DECOMPRESS_E_MEMORY: how many bytes it needs, at most DECOMPRESS_MEMORY_MAX. */
size_t decompress_needs(const struct decompressor *d);
void decompress_allow(struct decompressor *d, size_t memory);

/** The packed bytes end here. Returns 0, or -EBADMSG: they are cut off. */
int decompress_end(struct decompressor *d);
/** What is wrong, as a phrase that lives as long as the decompressor; NULL: nothing. */
const char *decompress_problem(const struct decompressor *d);

/** Whether the last byte that was taken is padding: a zero behind a member. Then zeros that come
 * next need not be given one by one, skip() takes them. */
bool decompress_is_padding(const struct decompressor *d);
void decompress_skip(struct decompressor *d, uint64_t zeros);

/** The place behind the last whole member, or the start: a fresh decompressor may go on there. */
struct decompress_place {
    uint64_t in, out; /* bytes taken and made before it */
};
struct decompress_place decompress_last_end(const struct decompressor *d);
/** How many whole members it has met. */
uint64_t decompress_members(const struct decompressor *d);
