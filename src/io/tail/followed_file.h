#pragma once

/* One file of a lineage: its descriptor, how far it was read, the half line that waits, and the
 * prints by which it is known again. */

#include "io/files/decompressed_file.h"
#include "io/tail/follow_context.h"
#include "io/tail/rotation_fsm.h"

#include <gloss/scanner.h>
#include <sys/stat.h>

struct followed_file {
    struct file_position position; /* place.offset: begin of the first line not handed on */
    struct rotation rotation;      /* tail.offset: the next byte to read */
    struct gloss_stream stream;
    struct fingerprint mark;        /* of the bytes before tail.offset */
    struct followed_file *younger;  /* in its lineage */
    struct follow_context *context; /* that lists it; NULL: none does */
    struct followed_file *same_bucket, *next_changed, **changed_at; /* on it */
    struct line_encoding *text;                                     /* NULL: too short to tell */
    struct decompressed_file *packed; /* owned; NULL: its bytes are as they are */
    char *half;                       /* owned; the bytes from place.offset on, up to max_line */
    size_t n_half;
    uint64_t size;         /* of the file, as last looked at */
    uint64_t changed_ns;   /* the file's own times, as last looked at */
    uint64_t last_seen_ns; /* as place.last_seen_ns, to this turn of the clock */
    uint64_t too_old_ns;   /* when it was found to be; 0: it was not, or was met since then */
    uint64_t active_ns;    /* when bytes were read last */
    uint64_t read_to;      /* tail.offset before the last step */
    uint64_t hole;         /* NULs skipped */
    uint64_t found_ns;     /* it was looked for among what came since */
    uint64_t guess_fit;    /* an offset that was guessed and is right; one behind it may be, too */
    int fd;                /* -1: closed */
    bool parked;           /* closed, because there are too many open ones */
    bool looked_at;        /* since it was opened */
    bool at_path;          /* as last looked at */
    bool overlong;         /* from place.offset on: no newline within max_line bytes */
    bool may_have_hole;
    bool unread; /* there was more than one turn could take */
    bool dirty,
        prepared;   /* the place changed since it was committed; was handed out since it changed */
    bool undecoded; /* it was said */
    /* Of packed ones. */
    bool kind_known;  /* whether it is packed */
    bool unsettled;   /* it has changed, and may go on to do so */
    bool guess;       /* its place is that of a generation of which it may be the packed copy */
    bool guess_exact; /* then it ends there */
    bool guess_more;  /* there are others, of larger offsets */
    bool guess_own;   /* the place is what a checkpoint remembers of itself */
    bool guess_final; /* none of larger offsets is right */
    bool replaces;    /* that one was not read to its end, and is not there any more */
    bool silent;      /* nothing of it was handed on, or said */
};

/** One of the path (borrowed), not open. Returns NULL: no memory. */
struct followed_file *followed_file_new(const char *path, uint64_t serial);
struct followed_file *followed_file_free(struct followed_file *file);
/** Whether it is read, though its descriptor may be closed for a while. */
static inline bool followed_file_is_live(const struct followed_file *file)
{
    return file->fd >= 0 || file->parked;
}

/** Takes over a descriptor and goes on at place.offset, whose prints fit the file. What is known of
 * its being packed is set before. */
void followed_file_attach(struct followed_file *file, int fd, const struct stat *st,
                          uint64_t now_ns);
/** As followed_file_attach(), but at the begin of the last line. Returns 0 or a negative errno:
 * then fd is still the caller's. */
int followed_file_attach_at_end(struct followed_file *file, int fd, const struct stat *st,
                                uint64_t now_ns);

/** Reads at an offset, less than size only at the end. Returns the number of bytes, or a negative
 * errno: -EAGAIN where a packed file is not unpacked that far yet. */
ssize_t followed_file_read(struct followed_file *file, char *position, size_t size,
                           uint64_t offset);
/** As fingerprint_before(). */
int followed_file_print_before(struct followed_file *file, uint64_t offset,
                               struct fingerprint *ret_print);

/** Whether its path names its file now; then *ret_stat tells of that. */
bool followed_file_is_at_path(const struct followed_file *file, struct stat *ret_stat);
/** Whether there is nothing to look at: the file is as it was, and was read to its end. */
bool followed_file_is_quiet(const struct followed_file *file, const struct follow_context *ctx,
                            const struct stat *st);
/** Looks, lets rotation_step() decide, reads one turn if it says so.
 *
 * @path     what its lineage's path names now; st: of the path, where that is this file.
 * @ret_action  what is left to do for the caller: ROTATION_REWIND, ROTATION_NEXT, ROTATION_FINISH;
 *           ROTATION_IDENTIFY: it was let in while it was empty, and is a packed file; or
 * ROTATION_BACK_OFF, ROTATION_WAIT, ROTATION_READ, of which nothing is left to do. Returns 0, a
 * positive errno with ROTATION_BACK_OFF, or a negative one from ops.block or of memory. */
int followed_file_turn(struct followed_file *file, struct follow_context *ctx,
                       struct follow_buffer *buffer, enum path_names path, const struct stat *st,
                       uint64_t now_ns, size_t budget, enum rotation_action *ret_action);

/** It is told, once, what of its text cannot be decoded. */
void followed_file_say_undecoded(struct followed_file *file, const struct follow_context *ctx,
                                 const char *what);
/** Finds out how its text is encoded, as far as that can be known yet.
 *
 * @bytes  what was read at tail.offset. */
void followed_file_find_text(struct followed_file *file, struct follow_context *ctx,
                             struct gloss_span bytes);
/** Hands the half line on with a newline of ours. An overlong one begins to go out, as
 * desk.line; one whose file was cut off, as far as it is kept. Returns 0 or a negative errno. */
int followed_file_flush(struct followed_file *file, struct follow_context *ctx, bool cut_off);
/** Hands on whole raw lines. Returns 0 or a negative errno; ctx->paused may be set. */
int followed_file_hand_on(struct followed_file *file, struct follow_context *ctx,
                          struct gloss_span raw, bool own_newline);
/** It was read to `offset`, the begin of a line. */
void followed_file_moved(struct followed_file *file, uint64_t offset, struct fingerprint mark);
void followed_file_renumber(struct followed_file *file, uint64_t serial);
/** Its place is not as it was committed. */
void followed_file_changed(struct followed_file *file);
/** Everything before place.offset is handed on, and nothing more will come. */
void followed_file_close(struct followed_file *file, const struct follow_context *ctx);
/** It is not read any more, but its file is there: it is not forgotten. */
void followed_file_seen(struct followed_file *file, const struct follow_context *ctx);
