#pragma once

/* Decides from where on a compressed file is read, and touches nothing.
 *
 * Such a file may hold the text of a file that was read before, under another name. That is known
 * by its start, which costs little to decompress; how far the text was read shows only where that
 * reading ended. So the file takes over the position of a candidate, a file that was read and has
 * the same start, and is decompressed up to there, in turns like any other file. Then it is judged
 * by the bytes before the position, and by whether there are bytes behind it (match_judge()):
 *
 *   state              before       behind   verdict           next
 *   PROVEN, AT_END     any          any      MATCH_UNASKED     as it was
 *   any other          differ       any      MATCH_WRONG       as it was
 *   any with must_end  as expected  some     MATCH_WRONG       as it was
 *   SMALLER_CANDIDATE  as expected  some     MATCH_WRONG       as it was, the offset is noted
 *   REMEMBERED, REST   as expected  none     MATCH_ENDS_HERE   PROVEN
 *   any other          as expected  none     MATCH_ENDS_HERE   AT_END
 *   any other          as expected  some     MATCH_READ_ON     PROVEN
 *
 * Where the verdict is MATCH_WRONG the next candidate is tried. The largest offset that is right
 * counts: a file may be copied, and both be read on to different offsets; who compresses the copy
 * compresses what is behind both. So offsets that are right are noted, and the last one of them is
 * tried again when there are no larger ones:
 *
 *   state              event                                        next
 *   any but LARGEST    match_try(): others have larger offsets      SMALLER_CANDIDATE
 *   any but LARGEST    match_try(): it has the largest offset       CANDIDATE
 *   any                match_try_largest()                          LARGEST
 *   LARGEST            match_try(): another one of that offset      LARGEST
 *   any                match_give_up(): it is read from 0           PROVEN
 *   any                match_remember()                             REMEMBERED
 *   any                match_take_rest()                            REST
 *
 * Only these functions write a member of struct match; everybody may read them. */

#include <stdbool.h>
#include <stdint.h>

enum match_state {
    MATCH_PROVEN,            /* the position is the file's own */
    MATCH_AT_END,            /* it is, and nothing came behind it yet */
    MATCH_REMEMBERED,        /* a checkpoint has the position for a file of this inode */
    MATCH_REST,              /* it is a file's that is gone and was not read to its end */
    MATCH_CANDIDATE,         /* it is a candidate's */
    MATCH_SMALLER_CANDIDATE, /* it is a candidate's, and others have larger offsets */
    MATCH_LARGEST,           /* it is a candidate's, and no larger offset was right */
};

/** Zero-initialised is of a file whose position is its own. */
struct match {
    enum match_state state;
    bool must_end; /* the candidate's text is short, and like many others: what is compressed
                      must end where that was read to */
    uint64_t right_offset; /* noted as right while larger ones were tried; 0: none was */
};

enum match_verdict {
    MATCH_UNASKED,   /* there is nothing to prove */
    MATCH_WRONG,     /* try the next candidate */
    MATCH_ENDS_HERE, /* the position is right, and all was read */
    MATCH_READ_ON,   /* it is right */
};

/** Judges by the first table.
 *
 * @offset   of the position.
 * @is_same  the bytes before it are the expected ones.
 * @has_more there are bytes behind it. */
enum match_verdict match_judge(struct match *match, uint64_t offset, bool is_same, bool has_more);

/** A checkpoint has a position of the file. */
void match_remember(struct match *match);
/** The file may hold what was not read of one that is gone. */
void match_take_rest(struct match *match);
/** The position is now a candidate's. @has_larger  there are candidates of larger offsets. */
void match_try(struct match *match, bool must_end, bool has_larger);
/** There are no more candidates of larger offsets: from now on only those of the largest offset
 * that was noted as right count. */
void match_try_largest(struct match *match);
/** There are no candidates: the position is 0. */
void match_give_up(struct match *match);

/** Whether the position is the file's own. */
bool match_is_proven(const struct match *match);
/** Whether nothing of the file was handed on or told: it is somebody else's text so far. */
bool match_is_silent(const struct match *match);
/** Whether that offset was noted as right, and larger ones are tried. */
bool match_is_noted(const struct match *match, uint64_t offset);
/** Whether some offset was noted as right, and match_try_largest() was not called yet. */
bool match_has_noted(const struct match *match);
