#pragma once

/* A file that is followed, or was: its descriptor, how far it was read, the half line that waits
 * for its end, and the fingerprints by which it is known again.
 *
 * Whether it is open:
 *
 *   descriptor       what happens                                    next
 *   CLOSED           the file is found                               OPEN
 *   OPEN             it is quiet, and descriptors run short          SUSPENDED
 *   SUSPENDED        something happens to it                         OPEN
 *   OPEN             a follow that takes this one's place takes it   CLOSED
 *   OPEN, SUSPENDED  nothing of it is to be read any more            CLOSED
 *
 * Whether it is compressed, which is known when it has a few bytes:
 *
 *   kind        what happens                                         next
 *   UNKNOWN     its first bytes are text                             PLAIN
 *   UNKNOWN     they may become a compressed file's, but the file
 *               was left alone for rotate_wait                       PLAIN
 *   UNKNOWN     they are a compressed file's                         closed, and opened anew
 *   COMPRESSED  it changes                                           CHANGING
 *   CHANGING    it was left alone for rotate_wait                    COMPRESSED, from its start
 */

#include "core/base/util.h"
#include "io/tail/follow_context.h"
#include "io/tail/half_line.h"
#include "io/tail/match_fsm.h"
#include "io/tail/opened_file.h"
#include "io/tail/rewriting.h"
#include "io/tail/rotation_fsm.h"

enum descriptor_state {
    DESCRIPTOR_CLOSED,
    DESCRIPTOR_OPEN,
    DESCRIPTOR_SUSPENDED, /* closed for a while, but the file is read on */
};

/** What the last look at the file showed. */
struct file_look {
    bool since_open; /* there was one since the file was opened */
    uint64_t size, time_ns;
    uint64_t written; /* the size without a long hole at its end */
};

struct followed_file {
    struct file_position position; /* position.offset: start of the first line not handed on */
    struct rotation rotation;      /* rotation.offset: the next byte to read */
    struct fingerprint tail_print; /* of the bytes before rotation.offset */
    struct gloss_stream stream;
    struct half_line half;         /* from position.offset on */
    struct followed_file *younger; /* at the same path; NULL: it is the youngest */

    struct file_index_entry entry; /* by device and inode */
    struct dirty_item saved;       /* whether a checkpoint has the position as it is */

    enum descriptor_state descriptor;
    int fd; /* OPEN: the descriptor, owned; else -1 */
    enum file_kind kind;
    struct decompressed_file *decompressed; /* COMPRESSED, CHANGING: owned; else NULL */
    struct match match;                     /* whose position it has; of compressed files */
    uint64_t newline_end;                   /* of compressed files: behind the last newline that is
                                               known to come, see followed_file_turn.c */
    struct line_encoding *text;             /* borrowed; NULL: too few bytes to tell */

    struct file_look look;
    bool is_at_path;                 /* as last looked at */
    bool is_behind;                  /* it has, or may have, more than the last turn could take */
    bool may_have_hole;              /* NULs at rotation.offset are what a writer left out */
    bool said_undecodable;           /* FOLLOW_UNDECODED was told */
    bool said_hole;                  /* of one that is not at its start, FOLLOW_HOLE was told */
    uint64_t hole_start, hole_bytes; /* of the hole that is skipped now; 0 bytes: there is none */
    struct rewriting rewriting;

    uint64_t read_ns;         /* when bytes were read last */
    uint64_t behind_since_ns; /* since when it has always had bytes to read; 0: it has none */
    uint64_t last_seen_ns;    /* as position.last_seen_ns, but to the turn */
    uint64_t too_old_ns;      /* since when its age is known to be too high; 0: it is not */
    uint64_t closed_ns;       /* when it was closed, by the clock that does not step; 0: by an
                                 earlier run */
    uint64_t found_ns;        /* when its file was last found at a path; 0: not in this run */
    bool is_trimmed;          /* follow_trim() is about to forget it */
    uint64_t found_since_ns;  /* it was found among files that came since; 0: at its path */
};

/** A file of the path (borrowed) that is not open. Returns NULL: no memory. */
struct followed_file *followed_file_new(const char *path, uint64_t serial);
struct followed_file *followed_file_free(struct followed_file *file);

/* ---- all files of a source ---- */

/** Enters it under its device and inode. Returns 0 or -ENOMEM. */
int followed_file_list(struct followed_file *file, struct follow_context *ctx);
void followed_file_unlist(struct followed_file *file);
/** The first listed file with that device and inode, or the next one after `after`; NULL: none. */
struct followed_file *followed_file_find(const struct follow_context *ctx, uint64_t dev,
                                         uint64_t ino, const struct followed_file *after);
/** The first listed file of all, or the next one after `after`; NULL: none. */
struct followed_file *followed_file_next(const struct follow_context *ctx,
                                         const struct followed_file *after);
/** The file that has this item on ctx->unsaved. */
static inline struct followed_file *followed_file_of_item(struct dirty_item *item)
{
    return container_of(item, struct followed_file, saved);
}

/* ---- the descriptor ---- */

static inline bool followed_file_is_open(const struct followed_file *file)
{
    return file->descriptor == DESCRIPTOR_OPEN;
}
/** Whether it is read, though its descriptor may be closed for a while. */
static inline bool followed_file_is_live(const struct followed_file *file)
{
    return file->descriptor != DESCRIPTOR_CLOSED;
}

/** Takes the opened file over and goes on at position.offset, whose fingerprints fit it. The
 * position counts as the file's own (file->match) until somebody says otherwise. */
void followed_file_attach(struct followed_file *file, const struct follow_context *ctx,
                          struct opened_file *opened);
/** The same for a plain file, but from the start of its last line on. Returns 0 or a negative
 * errno: then the opened file is still the caller's. */
int followed_file_attach_at_end(struct followed_file *file, const struct follow_context *ctx,
                                struct opened_file *opened);
/** Closes the descriptor for a while. */
void followed_file_suspend(struct followed_file *file);
/** The same file behind another descriptor, which it takes over; the one it has, if it has one, is
 * the caller's to close. */
void followed_file_set_fd(struct followed_file *file, int fd);
/** Lets another one have its descriptor, and what was decompressed by it. */
void followed_file_hand_over(struct followed_file *file, const struct follow_context *ctx,
                             struct followed_file *to, const struct stat *st);
/** Everything before position.offset is handed on, and nothing more will come. */
void followed_file_close(struct followed_file *file, const struct follow_context *ctx);

/** Reads at an offset; less than `size` only at the end. Returns the number of bytes, or a negative
 * errno: -EAGAIN where a compressed file is not decompressed that far yet. */
ssize_t followed_file_read(struct followed_file *file, char *bytes, size_t size, uint64_t offset);
/** As fingerprint_before(). */
int followed_file_print_before(struct followed_file *file, uint64_t offset,
                               struct fingerprint *ret_print);

/** Whether its path names the file now; then *ret_stat tells of that. */
bool followed_file_is_at_path(const struct followed_file *file, struct stat *ret_stat);
/** Whether size and time are as they were at the last look. */
bool followed_file_is_as_looked_at(const struct followed_file *file, const struct stat *st);
/** Whether nothing is to be done: it is as it was, and was read to its end. */
bool followed_file_is_quiet(const struct followed_file *file, const struct follow_context *ctx,
                            const struct stat *st);

/* ---- the position ---- */

/** It was handed on up to `offset`, the start of a line. @tail_print  of the bytes before that. */
void followed_file_move(struct followed_file *file, uint64_t offset, struct fingerprint tail_print);
/** Takes over how far another one was read; its fingerprints too. */
void followed_file_copy_position(struct followed_file *file, const struct followed_file *from);
void followed_file_renumber(struct followed_file *file, uint64_t serial);
/** Its position is not as a checkpoint has it. */
void followed_file_touch(struct followed_file *file);
/** It is not read any more, and its age counts from now. */
void followed_file_seen(struct followed_file *file, const struct follow_context *ctx);
/** The same: it is still there, so it is not to be forgotten. */
void followed_file_found(struct followed_file *file, const struct follow_context *ctx);
/** Tells that what was not read of it is not there any more. */
void followed_file_say_gone(const struct followed_file *file, const struct follow_context *ctx);
