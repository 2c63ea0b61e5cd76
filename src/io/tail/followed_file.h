#pragma once

/* One file of a lineage: its descriptor, how far it was read, the half line that waits, and the
 * prints by which it is known again. */

#include "core/base/util.h"
#include "io/files/decompressed_file.h"
#include "io/files/position.h"
#include "io/tail/follow_context.h"
#include "io/tail/rotation_fsm.h"

#include <gloss/scanner.h>
#include <sys/stat.h>

struct followed_file {
    struct file_position position; /* place.offset: begin of the first line not handed on */
    struct rotation rotation;      /* tail.offset: the next byte to read */
    struct gloss_stream stream;
    struct fingerprint mark;          /* of the bytes before tail.offset */
    struct followed_file *younger;    /* in its lineage */
    struct file_index_entry entry;    /* by device and inode */
    struct dirty_item saved;          /* whether a checkpoint has the position as it is */
    struct line_encoding *text;       /* NULL: too short to tell */
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
    bool unread;    /* there was more than one turn could take */
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
/** The file that an entry of the index is of; NULL: of NULL. */
static inline struct followed_file *followed_file_of_entry(struct file_index_entry *entry)
{
    return entry ? container_of(entry, struct followed_file, entry) : NULL;
}
static inline struct followed_file *followed_file_of_item(struct dirty_item *item)
{
    return item ? container_of(item, struct followed_file, saved) : NULL;
}
/** Enters it where all files of the source stand, under its device and inode. Returns 0 or -ENOMEM.
 */
int followed_file_list(struct follow_context *ctx, struct followed_file *file);
void followed_file_unlist(struct followed_file *file);
/** The first listed file with that device and inode, or the next one after `after`; NULL: none. */
struct followed_file *followed_file_find(const struct follow_context *ctx, uint64_t dev,
                                         uint64_t ino, const struct followed_file *after);
/** The first listed file of all, or the next one after `after`; NULL: none. */
struct followed_file *followed_file_next(const struct follow_context *ctx,
                                         const struct followed_file *after);

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
/** Whether size and time are as they were at the last look. */
bool followed_file_is_as_looked_at(const struct followed_file *file, const struct stat *st);
/** Whether there is nothing to look at: the file is as it was, and was read to its end. */
bool followed_file_is_quiet(const struct followed_file *file, const struct follow_context *ctx,
                            const struct stat *st);
/** It was read to `offset`, the begin of a line. */
void followed_file_moved(struct followed_file *file, uint64_t offset, struct fingerprint mark);
void followed_file_renumber(struct followed_file *file, uint64_t serial);
/** Its place is not as it was committed. */
void followed_file_changed(struct followed_file *file);
/** Everything before place.offset is handed on, and nothing more will come. */
void followed_file_close(struct followed_file *file, const struct follow_context *ctx);
/** Tells that the rest of it is not there any more. */
void followed_file_say_gone(const struct followed_file *file, const struct follow_context *ctx);
/** It is not read any more, but its file is there: it is not forgotten. */
void followed_file_seen(struct followed_file *file, const struct follow_context *ctx);
