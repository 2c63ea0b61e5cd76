#pragma once

/* The half line of each followed file, and a bound for the memory of all of them together. Beyond
 * that bound the longest ones are given back: their bytes stand in their files behind the position
 * that a checkpoint has, and are read again when those files grow. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>

/** How many bytes of half lines the service holds in memory. */
#define HALF_LINES_BYTES ((size_t)64 << 20)
#define HALF_LINE_SIZES 64

/** The half lines of all files of a process, by their sizes. Zero-initialised but for max_bytes. */
struct half_lines {
    size_t max_bytes;                           /* that they may hold together */
    size_t bytes;                               /* that they hold */
    struct half_line *by_size[HALF_LINE_SIZES]; /* those that may be given back; [k]: of 2^k bytes
                                                   and more, up to 2^(k+1) */
    bool gave_back;                             /* one of them at least */
    bool said;                                  /* that was told */
};

/** The bytes behind a position that were read: no newline came yet. Zero-initialised is empty. */
struct half_line {
    char *bytes;      /* owned, `n` of them; NULL: there are none, or they were given back */
    size_t n;         /* how many were read, up to the length at which a line is overlong; or all,
                         where the line goes out while it is read */
    bool is_overlong; /* there are more, which are not kept: they are read again later */

    struct half_lines *all;       /* in which it is counted; NULL: in none */
    size_t counted;               /* bytes of it there */
    struct half_line *next, **at; /* of those of its size; at NULL: it may not be given back */
};

/** Whether its bytes are to be read again from the file before it can be handed on. */
static inline bool half_line_is_given_back(const struct half_line *half)
{
    return half->n > 0 && !half->bytes;
}

/** Adds bytes, as long as there are no more than `max`; with more it is overlong. Where it was
 * given back the bytes are only counted. Returns 0 or -ENOMEM. */
int half_line_append(struct half_line *half, struct gloss_span bytes, size_t max);
/** Is these bytes from now on. @bytes  owned by it from then on; NULL if n is 0. */
void half_line_set(struct half_line *half, char *bytes, size_t n, bool is_overlong);
/** Frees the bytes; is_overlong stays. */
void half_line_clear(struct half_line *half);

/** Counts it as it is now; and gives back the longest ones, perhaps this one, until no more than
 * all->max_bytes are held.
 *
 * @all  NULL: there is no bound.
 * @may_leave  whether it may be given back: it can be read again at no great cost. */
void half_lines_count(struct half_lines *all, struct half_line *half, bool may_leave);
