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

struct generation;

/** Memory for a turn. Grows to what the longest waiting line needs. */
struct follow_buffer {
    char *bytes;
    size_t size;
};
/** Makes it hold at least size bytes; what was in it is lost. Returns 0 or -ENOMEM. */
int follow_buffer_reserve(struct follow_buffer *b, size_t size);

/** An overlong line on its way out. */
struct long_line {
    struct generation *of;     /* NULL: none is under way */
    struct gloss_lines *parts; /* owned */
    uint64_t at, end;          /* raw bytes that are still to be read */
    bool owes_newline;         /* the file has none for it */
    bool decoded_all;
    unsigned failures; /* reads in a row that failed */
    uint64_t retry_ns; /* no read before this */
};

/** A folder as it was at one moment. Names in it mean what they meant as long as it stays so. */
struct desk_folder {
    uint64_t dev, ino, time_ns; /* time_ns 0: not known, or changed just now */
    bool told;                  /* what happens in it is told */
};

struct desk {
    struct follow_options options;
    struct text plain, named, marked[GLOSS_ENCODING_GUESSES]; /* the last by what a mark tells */
    struct gloss_buf decoded;
    struct long_line line;
    struct generation **buckets;           /* generations by device and inode */
    struct generation *changed;            /* listed ones whose place is not committed as it is */
    size_t n_buckets, n_listed, n_targets; /* the last: lineages whose path is a link */
    struct siblings_folder folder;
    uint64_t now_ns;     /* of this turn, or the last one */
    uint64_t wall_ns;    /* what the wall clock shows in this turn: files' times are by it */
    char near[PATH_MAX]; /* the folder that was looked at last, in that turn of the clock */
    uint64_t near_ns;
    struct desk_folder near_seen;
    uint64_t descriptors_max; /* that the process may have */
    uint64_t began_ns;        /* what was made up to then was there before the first scan: a time of
                                 the folders, so no other clock counts */
    bool paused;              /* a block was the last one that could be taken */
    bool by_mark;   /* the encoding is UTF-16 or UTF-32, in the order that each file's mark tells */
    bool remembers; /* something of an earlier run */
    bool wants_commit; /* something ended, shrank or vanished */
};

/** Everything of options stays borrowed. Returns 0, -EINVAL (encoding), -ENOMEM. */
int desk_init(struct desk *d, const struct follow_options *options);
void desk_deinit(struct desk *d);

/** A turn begins. */
void desk_tick(struct desk *d, uint64_t now_ns);

void desk_event(const struct desk *d, enum follow_event event, const char *path, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

/** How long a file has to be left alone yet until it was silent for rotate_wait. */
uint64_t desk_silence_ns(const struct desk *d, const struct stat *st);

/** How the folder is, which are the first `len` bytes of the path, without a '/' at their end. The
 * same folder is asked about once in a turn of the clock. */
struct desk_folder desk_look_at_folder(struct desk *d, const char *path, size_t len);

/** Enters a generation under its device and inode. Returns 0 or -ENOMEM. */
int desk_list(struct desk *d, struct generation *g);
/** Puts it among the changed ones, once; takes it away. */
void desk_changed(struct desk *d, struct generation *g);
void desk_settled(struct generation *g);
void desk_unlist(struct desk *d, struct generation *g);
/** The first listed one with that device and inode, or the next one after `after`; NULL: none. */
struct generation *desk_find(const struct desk *d, uint64_t dev, uint64_t ino,
                             const struct generation *after);
