#pragma once

/* One file of a lineage: its descriptor, how far it was read, the half line that waits, and the
 * prints by which it is known again. */

#include "io/files/decompressed_file.h"
#include "io/tail/follow_context.h"
#include "io/tail/rotation_fsm.h"

#include <gloss/scanner.h>
#include <sys/stat.h>

struct generation {
    struct follow_place place; /* place.offset: begin of the first line not handed on */
    struct tail tail;          /* tail.offset: the next byte to read */
    struct gloss_stream stream;
    struct follow_print mark;   /* of the bytes before tail.offset */
    struct generation *younger; /* in its lineage */
    struct desk *desk;          /* that lists it; NULL: none does */
    struct generation *same_bucket, *next_changed, **changed_at; /* on it */
    struct text *text;                                           /* NULL: too short to tell */
    struct unpacked *packed; /* owned; NULL: its bytes are as they are */
    char *half;              /* owned; the bytes from place.offset on, up to max_line */
    size_t n_half;
    uint64_t size;       /* of the file, as last looked at */
    uint64_t changed_ns; /* the file's own times, as last looked at */
    uint64_t met_ns;     /* as place.met_ns, to this turn of the clock */
    uint64_t too_old_ns; /* when it was found to be; 0: it was not, or was met since then */
    uint64_t active_ns;  /* when bytes were read last */
    uint64_t read_to;    /* tail.offset before the last step */
    uint64_t hole;       /* NULs skipped */
    uint64_t found_ns;   /* it was looked for among what came since */
    uint64_t guess_fit;  /* an offset that was guessed and is right; one behind it may be, too */
    int fd;              /* -1: closed */
    bool parked;         /* closed, because there are too many open ones */
    bool looked_at;      /* since it was opened */
    bool at_path;        /* as last looked at */
    bool overlong;       /* from place.offset on: no newline within max_line bytes */
    bool may_have_hole;
    bool unread; /* there was more than one turn could take */
    bool dirty,
        told;       /* the place changed since it was committed; was handed out since it changed */
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

/** The later of a file's two times, nanoseconds since 1970. */
uint64_t generation_time(const struct stat *st);

/** One of the path (borrowed), not open. Returns NULL: no memory. */
struct generation *generation_new(const char *path, uint64_t serial);
struct generation *generation_free(struct generation *g);
/** Whether it is read, though its descriptor may be closed for a while. */
static inline bool generation_is_live(const struct generation *g)
{
    return g->fd >= 0 || g->parked;
}

/** Takes over a descriptor and goes on at place.offset, whose prints fit the file. What is known of
 * its being packed is set before. */
void generation_attach(struct generation *g, int fd, const struct stat *st, uint64_t now_ns);
/** As generation_attach(), but at the begin of the last line. Returns 0 or a negative errno: then
 * fd is still the caller's. */
int generation_attach_at_end(struct generation *g, int fd, const struct stat *st, uint64_t now_ns);

/** Reads at an offset, less than size only at the end. Returns the number of bytes, or a negative
 * errno: -EAGAIN where a packed file is not unpacked that far yet. */
ssize_t generation_read(struct generation *g, char *place, size_t size, uint64_t offset);
/** As print_before(). */
int generation_print_before(struct generation *g, uint64_t offset, struct follow_print *ret_print);

/** Whether its path names its file now; then *ret_stat tells of that. */
bool generation_is_at_path(const struct generation *g, struct stat *ret_stat);
/** Whether there is nothing to look at: the file is as it was, and was read to its end. */
bool generation_is_quiet(const struct generation *g, const struct desk *d, const struct stat *st);
/** Looks, lets tail_step() decide, reads one turn if it says so.
 *
 * @path     what its lineage's path names now; st: of the path, where that is this file.
 * @ret_action  what is left to do for the caller: TAIL_REWIND, TAIL_NEXT, TAIL_FINISH;
 *           TAIL_IDENTIFY: it was let in while it was empty, and is a packed file; or
 * TAIL_BACK_OFF, TAIL_WAIT, TAIL_READ, of which nothing is left to do. Returns 0, a positive errno
 * with TAIL_BACK_OFF, or a negative one from ops.block or of memory. */
int generation_turn(struct generation *g, struct desk *d, struct follow_buffer *b,
                    enum tail_path path, const struct stat *st, uint64_t now_ns, size_t budget,
                    enum tail_action *ret_action);

/** It is told, once, what of its text cannot be decoded. */
void generation_say_undecoded(struct generation *g, const struct desk *d, const char *what);
/** Finds out how its text is encoded, as far as that can be known yet.
 *
 * @bytes  what was read at tail.offset. */
void generation_find_text(struct generation *g, struct desk *d, struct gloss_span bytes);
/** Hands the half line on with a newline of ours. An overlong one begins to go out, as
 * desk.line; one whose file was cut off, as far as it is kept. Returns 0 or a negative errno. */
int generation_flush(struct generation *g, struct desk *d, bool cut_off);
/** Hands on whole raw lines. Returns 0 or a negative errno; d->paused may be set. */
int generation_hand_on(struct generation *g, struct desk *d, struct gloss_span raw,
                       bool own_newline);
/** It was read to `offset`, the begin of a line. */
void generation_moved(struct generation *g, uint64_t offset, struct follow_print mark);
void generation_renumber(struct generation *g, uint64_t serial);
/** Its place is not as it was committed. */
void generation_changed(struct generation *g);
/** Everything before place.offset is handed on, and nothing more will come. */
void generation_close(struct generation *g, const struct desk *d);
/** It is not read any more, but its file is there: it is not forgotten. */
void generation_met(struct generation *g, const struct desk *d);
