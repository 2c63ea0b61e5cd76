#pragma once

/* What all files of one follow share: its options, the memory of a turn, the one overlong line that
 * may be under way, and who is who by device and inode. */

#include "io/files/line_encoding.h"
#include "io/files/rotated_names.h"
#include "io/tail/follow.h"

#include <gloss/buf.h>
#include <gloss/lines.h>
#include <limits.h>
#include <sys/stat.h>

struct followed_file;

/** Memory for a turn. Grows to what the longest waiting line needs. */
struct follow_buffer {
    char *bytes;
    size_t size;
};
/** Makes it hold at least size bytes; what was in it is lost. Returns 0 or -ENOMEM. */
int follow_buffer_reserve(struct follow_buffer *buffer, size_t size);

/** An overlong line on its way out. */
struct long_line {
    struct followed_file *of;  /* NULL: none is under way */
    struct gloss_lines *parts; /* owned */
    uint64_t at, end;          /* raw bytes that are still to be read */
    bool owes_newline;         /* the file has none for it */
    bool decoded_all;
    unsigned failures; /* reads in a row that failed */
    uint64_t retry_ns; /* no read before this */
};

/** A folder as it was at one moment. Names in it mean what they meant as long as it stays so. */
struct follow_context_folder {
    struct file_stamp stamp; /* time_ns 0: not known, or changed just now */
    bool prepared;           /* what happens in it is told */
};

struct follow_context {
    struct follow_options options;
    struct line_encoding plain, named,
        marked[GLOSS_ENCODING_GUESSES]; /* the last by what a mark tells */
    struct gloss_buf decoded;
    struct long_line line;
    struct followed_file **buckets;        /* generations by device and inode */
    struct followed_file *changed;         /* listed ones whose place is not committed as it is */
    size_t n_buckets, n_listed, n_targets; /* the last: lineages whose path is a link */
    struct rotated_names_folder folder;
    uint64_t now_ns;     /* of this turn, or the last one */
    uint64_t wall_ns;    /* what the wall clock shows in this turn: files' times are by it */
    char near[PATH_MAX]; /* the folder that was looked at last, in that turn of the clock */
    uint64_t near_ns;
    struct follow_context_folder near_seen;
    uint64_t descriptors_max; /* that the process may have */
    uint64_t began_ns;        /* what was made up to then was there before the first scan: a time of
                                 the folders, so no other clock counts */
    bool paused;              /* a block was the last one that could be taken */
    bool by_mark;   /* the encoding is UTF-16 or UTF-32, in the order that each file's mark tells */
    bool remembers; /* something of an earlier run */
    bool wants_commit; /* something ended, shrank or vanished */
};

/** Everything of options stays borrowed. Returns 0, -EINVAL (encoding), -ENOMEM. */
int follow_context_init(struct follow_context *ctx, const struct follow_options *options);
void follow_context_deinit(struct follow_context *ctx);

/** A turn begins. */
void follow_context_tick(struct follow_context *ctx, uint64_t now_ns);

void follow_context_event(const struct follow_context *ctx, enum follow_event event,
                          const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** How long a file has to be left alone yet until it was silent for rotate_wait. */
uint64_t follow_context_silence_ns(const struct follow_context *ctx, const struct stat *st);

/** How the folder is, which are the first `len` bytes of the path, without a '/' at their end. The
 * same folder is asked about once in a turn of the clock. */
struct follow_context_folder follow_context_look_at_folder(struct follow_context *ctx,
                                                           const char *path, size_t len);

/** Enters a generation under its device and inode. Returns 0 or -ENOMEM. */
int follow_context_list(struct follow_context *ctx, struct followed_file *file);
/** Puts it among the changed ones, once; takes it away. */
void follow_context_changed(struct follow_context *ctx, struct followed_file *file);
void follow_context_settled(struct followed_file *file);
void follow_context_unlist(struct follow_context *ctx, struct followed_file *file);
/** The first listed one with that device and inode, or the next one after `after`; NULL: none. */
struct followed_file *follow_context_find(const struct follow_context *ctx, uint64_t dev,
                                          uint64_t ino, const struct followed_file *after);
