#pragma once

/* What the owner of a follow decides: which files are followed and how, and whom the follow tells
 * of lines and events. */

#include "io/files/link_resolver.h"

#include <gloss/lines.h>
#include <gloss/scanner.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What is worth telling a person. */
enum follow_event {
    FOLLOW_OPENED,     /* a file is followed from now on; detail: from which offset */
    FOLLOW_FINISHED,   /* a file was read to its end and closed */
    FOLLOW_TRUNCATED,  /* a file was cut off or written anew; it is read from 0 again */
    FOLLOW_GONE,       /* a file is gone, and perhaps bytes of it were not read; detail: which */
    FOLLOW_UNREADABLE, /* a path could not be looked at: told once, until it could again */
    FOLLOW_READABLE,   /* it could */
    FOLLOW_SKIPPED,    /* a glob found something that is no file, another source's, or an archive */
    FOLLOW_HOLE,       /* NULs at the start of a file were skipped; detail: how many */
    FOLLOW_UNDECODED,  /* UTF-16 or UTF-32 without a byte order mark, or bytes that do not decode:
                          told once for each file */
    FOLLOW_LIMITED,    /* a limit of the follow takes effect; detail: which, and what follows */
};

/** Whether the owner of a follow has written a file itself. */
enum follow_ours {
    FOLLOW_NOT_OURS,
    FOLLOW_OURS,
    FOLLOW_MAYBE_OURS, /* it has, if ops.begins_as_ours says so */
};

/** How the follow tells its owner. */
struct follow_ops {
    /** Whole lines of one file; or a part of an overlong line, then nothing else comes from this
     * follow, nor may be taken from others, until the last part. The block's bytes die when this
     * returns.
     * @stream  of the file; its lines are right before the block, the owner's scanner moves it on.
     * Returns 0; 1: the block is taken, but nothing more can be now (a sink is full), so the turn
     * ends; a negative errno ends the turn and is returned by follow_turn(). */
    int (*block)(void *ctx, const char *path, struct gloss_stream *stream,
                 const struct gloss_block *block);
    /** @detail  a phrase, or NULL. */
    void (*event)(void *ctx, enum follow_event event, const char *path, const char *detail);
    /** Whether another source follows the file with that device and inode. Asked before a file is
     * opened. NULL: never. */
    bool (*taken)(void *ctx, uint64_t dev, uint64_t ino);
    /** Whether the owner writes that file itself, so that nothing of it is to be read. Asked before
     * a file is opened for reading. NULL: it writes none. */
    enum follow_ours (*ours)(void *ctx, const struct link_target *target);
    /** After FOLLOW_MAYBE_OURS: whether what the owner has written begins with these bytes, up to
     * FINGERPRINT_BYTES of them, or begins the text of which these are the first. */
    bool (*begins_as_ours)(void *ctx, struct gloss_span head);
    /** Asks for a watch on a folder, because a followed file is in it, or may appear there. Asked
     * more than once for the same folder. NULL: nobody watches. */
    void (*folder)(void *ctx, const char *folder);
    /** Whether the watch on that folder lives and tells all that is done there by name, so that
     * quiet files in it may be looked at seldom. NULL: never. */
    bool (*watched)(void *ctx, const char *folder);
    /** What the wall clock shows. NULL: the same as the clock that does not step. */
    uint64_t (*wall)(void *ctx);
};

struct decompress_pool;
struct half_lines;

struct follow_options {
    const char *name;    /* of the source, for nothing but messages */
    const char *pattern; /* a glob or a path */
    const char *const *exclude;
    size_t n_exclude;
    struct link_policy links; /* which links on the way to a file are followed */
    bool start_at_end;        /* files that the first scan finds, and of which no checkpoint has a
                                 position, are read from their end on */
    const char *encoding;     /* NULL: a byte order mark tells, else bytes are taken as they are */
    uint64_t rotate_wait_ns;
    uint64_t max_line;            /* bytes; a longer line goes out in parts */
    struct decompress_pool *pool; /* borrowed; NULL: compressed files take what they need */
    uint64_t packed_ratio; /* decompressed bytes for each byte of a compressed file; 0: any */
    bool poll; /* no watches: files are looked at every 250 ms while they are written, every 2 s
                  else */
    struct half_lines *half_lines; /* shared by all follows; NULL: half lines have no bound */
    const struct follow_ops *ops;
    void *ctx; /* what ops are called with */
};
